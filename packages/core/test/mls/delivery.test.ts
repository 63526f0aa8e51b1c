import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { messageAgain } from "../../src/mls/message-again.ts";
import {
  type Group,
  protectMessage,
  receiveHandshake,
  restoreGroup,
  unprotectMessage,
} from "../../src/mls.ts";
import { StoredGroup, writtenBytes } from "./stored-group.ts";
import { fingerprint, follow, trio } from "./trio.ts";
import { authenticatorOf, codeOf, commitBy, credentials, pair } from "./world.ts";

const { ada, adas, ben, bens } = pair();

/** So many messages of ada, and her group after them. */
function sentBy(group: Group, count: number): { messages: Uint8Array[]; group: Group } {
  let at = group;
  const messages = Array.from({ length: count }, (_, i) => {
    const sent = protectMessage(at, utf8(`message ${i}`), { random: ada.random });
    at = sent.group;
    return sent.message;
  });
  return { messages, group: at };
}

test("messages may come in any order within the bounds, each of them once", () => {
  const { messages } = sentBy(adas, 40);
  fc.assert(
    fc.property(fc.shuffledSubarray([...messages.keys()], { minLength: 1 }), (order) => {
      const store = new StoredGroup();
      store.write(undefined, bens);
      let group = store.restore(ben.suite);
      for (const at of order) {
        const opened = unprotectMessage(group, messages[at] as Uint8Array);
        expect(opened.data).toEqual(utf8(`message ${at}`));
        store.write(group, opened.group);
        for (const secret of opened.consumed) secret.fill(0);
        group = store.restore(ben.suite);
      }
      for (const at of order) {
        expect(codeOf(() => unprotectMessage(group, messages[at] as Uint8Array))).toBe("mls-generation-used");
      }
    }),
    { seed: 3, numRuns: 15 },
  );
});

test("a sender who is too far ahead is refused, and the last one within the bound is not", () => {
  const { messages } = sentBy(adas, 1_002);
  expect(codeOf(() => unprotectMessage(bens, messages[1_001] as Uint8Array))).toBe("mls-generation-ahead");
  const { group } = unprotectMessage(bens, messages[1_000] as Uint8Array);
  expect(codeOf(() => unprotectMessage(group, messages[935] as Uint8Array))).toBe("mls-generation-used");
  expect(unprotectMessage(group, messages[936] as Uint8Array).data).toEqual(utf8("message 936"));
});

test("a message writes less than 400 bytes, at whatever size of the group", () => {
  const { messages } = sentBy(adas, 3);
  let group = bens;
  const store = new StoredGroup();
  store.write(undefined, group);
  for (const message of messages) {
    const opened = unprotectMessage(group, message);
    store.write(group, opened.group);
    group = opened.group;
    expect(writtenBytes(store.last)).toBeLessThan(400);
  }
  expect(store.last.length).toBe(1);
});

test("a member who falls silent between making and storing a message has said nothing", () => {
  const store = new StoredGroup();
  store.write(undefined, adas);
  protectMessage(adas, utf8("lost with the power"), { random: ada.random });
  const restored = store.restore(ada.suite);
  const sent = protectMessage(restored, utf8("said after the restart"), { random: ada.random });
  expect(unprotectMessage(bens, sent.message).data).toEqual(utf8("said after the restart"));
});

test("the guard against reuse makes two ciphertexts of one key differ in their nonce", () => {
  const [first, second] = [1, 2].map(
    () => protectMessage(adas, utf8("the same"), { random: ada.random }).message,
  );
  expect(first).not.toEqual(second);
});

test("a staged commit that never won leaves no trace, and one that won is found after a restart", () => {
  const three = trio();
  const before = fingerprint(three.adas);
  const lost = commitBy(three.ada, three.adas, { proposals: [{ type: "remove", removed: 2 }] });
  expect(fingerprint(three.adas)).toBe(before);
  // Both groups are stored: which one counts is known only once the log tells.
  const [live, staged] = [new StoredGroup(), new StoredGroup()];
  live.write(undefined, three.adas);
  staged.write(undefined, lost.next);

  const won = commitBy(three.ben, three.bens);
  const restarted = live.restore(three.ada.suite);
  const winner = follow(restarted, won.commit);
  expect(authenticatorOf(winner)).toBe(authenticatorOf(won.next));
  expect(codeOf(() => receiveHandshake(winner, lost.commit, { credentials }))).toBe("mls-epoch-past");

  const merged = staged.restore(three.ada.suite);
  expect(authenticatorOf(follow(three.cais, commitBy(three.ada, three.adas).commit))).not.toBe(
    authenticatorOf(merged),
  );
  expect(authenticatorOf(follow(three.bens, lost.commit))).toBe(authenticatorOf(merged));
  live.write(three.adas, merged);
  expect(fingerprint(live.restore(three.ada.suite))).toBe(fingerprint(lost.next));
});

test("messages of the epoch before are refused once a commit was taken", () => {
  const { message } = protectMessage(adas, utf8("too late"), { random: ada.random });
  const next = follow(bens, commitBy(ada, adas).commit);
  expect(codeOf(() => unprotectMessage(next, message))).toBe("mls-epoch-past");
});

test("records that are missing, cut or of another group are damage, never a wrong group", () => {
  const three = trio();
  const store = new StoredGroup();
  store.write(undefined, unprotectMessage(bens, sentBy(adas, 5).messages[3] as Uint8Array).group);
  const damage = (records: ReadonlyMap<string, Uint8Array>) => codeOf(() => restoreGroup(ben.suite, records));
  expect(damage(store.records)).toBe(undefined);
  const other = new StoredGroup();
  other.write(undefined, three.adas);
  for (const [name, bytes] of store.records) {
    const without = new Map(store.records);
    without.delete(name);
    // A skipped key that is gone is a message that cannot be read, which nobody can tell from one that was.
    // The same goes for secrets of components.
    if (!name.startsWith("skipped/") && name !== "exporter")
      expect([name, damage(without)]).toEqual([name, "storage-damaged"]);
    if (!name.startsWith("secret/")) {
      expect([name, damage(new Map(store.records).set(name, bytes.subarray(1)))]).toEqual([
        name,
        "storage-damaged",
      ]);
    }
  }
  for (const name of ["public", "member", "tree/0/00000"]) {
    const mixed = new Map(store.records).set(name, other.records.get(name) ?? new Uint8Array(0));
    if (name !== "member") expect([name, damage(mixed)]).toEqual([name, "storage-damaged"]);
  }
  expect(damage(new Map([...store.records, ["secret/x", new Uint8Array(32)]]))).toBe("storage-damaged");
  expect(damage(new Map())).toBe("storage-damaged");
});

test("what was opened makes its message again, byte for byte, also with data in the clear", () => {
  for (const authenticatedData of [new Uint8Array(), utf8("in the clear")]) {
    const { message } = protectMessage(adas, utf8("Potassium 6.8"), {
      random: ada.random,
      authenticatedData,
      paddedLength: 256,
    });
    const { sender: leaf, data, signature, opening } = unprotectMessage(bens, message);
    expect(messageAgain(ben.suite, bens.context, { leaf, data, signature, opening })).toEqual(message);
  }
});
