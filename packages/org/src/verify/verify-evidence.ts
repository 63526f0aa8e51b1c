import { bytesToHex, equalBytes } from "@noble/ciphers/utils.js";
import type { CredentialJudge, Device, Finding, Signed, Verdict, VerifyOptions } from "../verdict.ts";
import { array, bytes, type Cbor, readCbor } from "./cbor.ts";
import { type Group, type Leaf, placeOf, readGroup } from "./group.ts";
import { type Item, readItem } from "./item.ts";
import { readLog } from "./log.ts";
import { check, Refusal } from "./refusal.ts";
import { readStatement, roomUri } from "./statement.ts";
import { verifierWithLabels, verifyWithNoble } from "./suites.ts";
import { text } from "./tls.ts";

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
  const rows = array(parts.get("items"));
  check(rows.length <= mostItems, "too-large", "The file holds too many signed items.");
  const { groups, group } = readGroups(parts.get("groups"));
  const isSigned = verifierWithLabels(verifySignature);
  const log = readLog(parts.get("log"), group, isSigned);
  const about = bytes(parts.get("about"), 32);

  const all = rows.map((row) => {
    const item = readItem(row, groups, log, isSigned);
    const by = deviceOf(item.signer, item.acceptedAt, judge);
    const statement = readStatement(item.content, by, roomUri(group.id, group.relay));
    const { seq, hash } = statement.seen;
    const known = seq === log.first - 1 ? log.before : log.entries.get(seq)?.hash;
    const isSameLog = seq < item.seq && (known === undefined || equalBytes(known, hash));
    check(isSameLog, "history", `Whoever signed entry ${item.seq} was shown another log than this one.`);
    return { ...item, by, statement };
  });
  const inOrder = all.every(({ seq }, at) => at === 0 || seq > (all[at - 1]?.seq ?? 0));
  const inUse = new Set(all.map((each) => each.group)).size === groups.size;
  check(inOrder && inUse, "malformed", "The file holds things twice, out of order or without a use.");

  const versions = all.flatMap(({ statement: { id, root }, ...item }) =>
    id && root ? [{ ...item, id, root }] : [],
  );
  const main = versions.find(({ id }) => equalBytes(id, about));
  check(main !== undefined, "statement", "The message that the file is about is not in it.");
  for (const { seq, root, by } of versions) {
    const isVersion = equalBytes(root, main.root) && by.person === main.by.person;
    check(isVersion, "statement", `Entry ${seq} is another message, or by another author.`);
  }
  const signed = all.map(({ statement, ...item }): Signed => {
    const { by, seq, acceptedAt } = item;
    const { type, text, values, sentAt, deadline, judges, id } = statement;
    const said = { type, by, seq, acceptedAt, text, values };
    if (type === "message") return { ...said, id: bytesToHex(id ?? about), sentAt, deadline };
    const target = [main, ...versions].find((version) => statement.speaksOf(version.id, version.seq));
    check(target !== undefined, "statement", `Entry ${seq} does not speak of the message.`);
    checkWasThere(item, by, target, judge);
    const answer =
      judges && all.find(({ statement: { id, root } }) => id && !root && equalBytes(id, judges))?.seq;
    const mayJudge = judges === undefined || (answer !== undefined && by.person === main.by.person);
    check(mayJudge, "statement", `Entry ${seq} judges an answer that is not there, or not to its author.`);
    return { ...said, id: bytesToHex(target.id), answer };
  });
  const members = [...main.group.leaves.values()].map((leaf) => deviceOf(leaf, main.acceptedAt, judge));
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

function readGroups(value: Cbor | undefined): { groups: Map<number, Group>; group: Group } {
  check(array(value).length <= mostGroups, "too-large", "The file holds too many groups.");
  const all = array(value).map(readGroup);
  const [group] = all;
  const inOrder = all.every(({ epoch }, at) => at === 0 || epoch > (all[at - 1]?.epoch ?? 0));
  check(group !== undefined && inOrder, "malformed", "The file holds no group, or groups out of order.");
  const isOne = all.every((each) => placeOf(each) === placeOf(group));
  check(isOne, "group", "The file mixes different conversations, or different relays.");
  return { groups: new Map(all.map((each) => [each.epoch, each])), group };
}

/** The device of a leaf as of a time. A `basic` credential is taken at its word, and said to be unverified. */
function deviceOf({ credential, signatureKey, index }: Leaf, at: number, judge?: CredentialJudge): Device {
  if (credential.type === "basic") {
    const [person = "", device, ...rest] = text(credential.identity).split("/");
    check(device !== undefined && rest.length === 0, "credential", `Member ${index} has no name.`);
    return { person, device, isVerified: false };
  }
  check(judge !== undefined, "credential", "There are certificates, and nobody to judge them.");
  const name = judge.identify(credential);
  const isValid = judge.isValid({ credential, signaturePublicKey: signatureKey, at });
  check(name !== undefined && isValid, "credential", `The certificate of member ${index} was not valid.`);
  return { person: name.person, device: name.device, isVerified: true };
}

/** Whoever speaks of a message must have been a member when it was sent, and not have been added anew since. */
function checkWasThere({ seq, signer }: Item, by: Device, target: Item, judge?: CredentialJudge): void {
  const then = target.group.leaves.get(signer.index);
  const name = then && deviceOf(then, target.acceptedAt, judge);
  const hasStayed = then !== undefined && (!signer.isNew || equalBytes(then.encoded, signer.encoded));
  const isSame = hasStayed && name?.person === by.person && name.device === by.device;
  check(isSame, "signer", `Who signed entry ${seq} was no member when the message was sent.`);
}
