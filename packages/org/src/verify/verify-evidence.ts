import { bytesToHex, equalBytes } from "@noble/ciphers/utils.js";
import type { Finding, Signed, Verdict, VerifyOptions } from "../verdict.ts";
import { array, bytes, readCbor } from "./cbor.ts";
import { deviceOf, readGroup } from "./group.ts";
import { readItem, readLog } from "./log.ts";
import { check, Refusal } from "./refusal.ts";
import { readStatement } from "./statement.ts";
import { attempt, verifyWithNoble } from "./suites.ts";

const format = "readback-evidence/1";
const [largest, mostItems, mostGroups] = [2 ** 24, 2 ** 11, 2 ** 8];

/** Verifies an evidence file, offline. Never throws: whatever the bytes are, it answers. */
export function verifyEvidence(file: Uint8Array, options: VerifyOptions = {}): Verdict {
  try {
    return { holds: true, finding: verify(file, options) };
  } catch (error) {
    if (error instanceof Refusal) return { holds: false, code: error.code, problem: error.message };
    // For instance in what was brought along to judge certificates. Then nothing is proved either.
    return { holds: false, code: "failed", problem: "Something went wrong while the file was judged." };
  }
}

function verify(file: Uint8Array, { judge, verifySignature = verifyWithNoble }: VerifyOptions): Finding {
  check(file.length <= largest, "too-large", "The file is larger than 16 MiB.");
  const parts = readCbor(file);
  const isEvidence = parts instanceof Map && parts.size === 5 && parts.get("format") === format;
  check(isEvidence, "malformed", `The file is no evidence of the form ${format}.`);
  const [rows, contexts] = [array(parts.get("items")), array(parts.get("groups"))];
  const isSmall = rows.length <= mostItems && contexts.length <= mostGroups;
  check(isSmall, "too-large", "The file holds too many groups or signed items.");

  const groups = contexts.map(readGroup);
  const [group] = groups;
  const inOrder = isAscending(groups.map(({ epoch }) => epoch));
  check(group !== undefined && inOrder, "malformed", "The file holds no group, or groups out of order.");
  const isOne = groups.every(({ room, logKey }) => room === group.room && equalBytes(logKey, group.logKey));
  check(isOne, "group", "The file mixes different conversations, or different relays.");
  const isSigned: typeof verifySignature = (...claim) => attempt(() => verifySignature(...claim)) === true;
  const log = readLog(parts.get("log"), group, isSigned);

  const all = rows.map((row) => {
    const item = readItem(row, groups, log, isSigned);
    const by = deviceOf(item.signer, { at: item.acceptedAt }, judge);
    const statement = readStatement(item.content, by, group.room);
    const { seq, hash } = statement.seen;
    const isSameLog = seq < item.seq && equalBytes(log.hashes.get(seq) ?? hash, hash);
    check(isSameLog, "history", `Whoever signed entry ${item.seq} was shown another log than this one.`);
    return { ...item, ...statement, by };
  });
  const isTidy =
    isAscending(all.map(({ seq }) => seq)) && groups.every((each) => all.some((item) => item.group === each));
  check(isTidy, "malformed", "The file holds things twice, out of order or without a use.");

  // There may be several versions of the message, all by its author.
  const versions = all.flatMap((each) => (each.version ? [{ ...each, ...each.version }] : []));
  const main = versions.find(({ id }) => equalBytes(id, bytes(parts.get("about"), 32)));
  check(main !== undefined, "statement", "The message that the file is about is not in it.");
  for (const { seq, root, by } of versions) {
    const isVersion = equalBytes(root, main.root) && by.person === main.by.person;
    check(isVersion, "statement", `Entry ${seq} is another message, or by another author.`);
  }
  const signed = all.map(({ said, by, seq, acceptedAt, signer, version, judges, speaksOf }): Signed => {
    if (version) return { ...said, by, seq, acceptedAt, id: bytesToHex(version.id) };
    const target = [main, ...versions].find((each) => speaksOf(each.id, each.seq));
    check(target !== undefined, "statement", `Entry ${seq} does not speak of the message.`);
    // Whoever speaks of a message must have been a member when it was sent, and not have been added anew since.
    const then = target.group.leaves.get(signer.index);
    const name = then && deviceOf(then, {}, judge);
    const hasStayed = then !== undefined && (!signer.isNew || equalBytes(then.encoded, signer.encoded));
    const isSame = hasStayed && name?.person === by.person && name.device === by.device;
    check(isSame, "signer", `Who signed entry ${seq} was no member when the message was sent.`);
    const judged = judges && all.find(({ answerId }) => answerId && equalBytes(answerId, judges));
    const mayJudge = judges === undefined || (judged !== undefined && by.person === main.by.person);
    check(mayJudge, "statement", `Entry ${seq} judges an answer that is not there, or not to its author.`);
    return { ...said, by, seq, acceptedAt, id: bytesToHex(target.id), answer: judged?.seq };
  });
  const members = [...main.group.leaves.values()].map((leaf) => deviceOf(leaf, {}, judge));
  return {
    conversation: bytesToHex(group.id),
    relay: group.relay,
    message: signed.find(({ seq }) => seq === main.seq) as Signed,
    signed,
    members,
    isRosterComplete: main.group.isComplete,
    log: { first: log.first, last: log.last, signedAt: log.signedAt },
    isVerified: [...members, ...all.map(({ by }) => by)].every(({ isVerified }) => isVerified),
  };
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => number > (numbers[at - 1] ?? -1));
}
