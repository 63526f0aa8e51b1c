import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  createProposal,
  createUpdate,
  decodeMessage,
  encodeMessage,
  type Group,
  protectMessage,
  receiveHandshake,
  unprotectMessage,
} from "../../src/mls.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  joinBy,
  keyPackageOf,
  pair,
  person,
} from "./world.ts";

const follow = (group: Group, message: Uint8Array): Group => {
  const received = receiveHandshake(group, message, { credentials });
  if (received.group === undefined) throw new Error("removed");
  return received.group;
};

describe.each([1, 2, 3])("suite %i", (suiteId) => {
  test("two members talk", () => {
    const { ada, adas, bens } = pair(suiteId);
    expect(authenticatorOf(adas)).toBe(authenticatorOf(bens));
    const sent = protectMessage(adas, utf8("Potassium 6.8"), { random: ada.random, paddedLength: 256 });
    const opened = unprotectMessage(bens, sent.message);
    expect(opened.data).toEqual(utf8("Potassium 6.8"));
    expect(opened.sender).toBe(0);
  });

  test("a third joins with a path, updates, and is removed", () => {
    const { ada, ben, adas, bens } = pair(suiteId);
    const cai = person("cai", ada.suite);
    const bundle = keyPackageOf(cai);
    const added = commitBy(ben, bens, {
      forcePath: true,
      proposals: [{ type: "add", keyPackage: bundle.keyPackage }],
    });
    let a = follow(adas, added.commit);
    let b = added.next;
    let c = joinBy(cai, bundle, added);
    expect(new Set([a, b, c].map(authenticatorOf)).size).toBe(1);

    const update = createUpdate(c, { random: cai.random });
    [a, b, c] = [follow(a, update.message), follow(b, update.message), follow(update.group, update.message)];
    const updated = commitBy(ada, a);
    [a, b, c] = [updated.next, follow(b, updated.commit), follow(c, updated.commit)];
    expect(new Set([a, b, c].map(authenticatorOf)).size).toBe(1);

    const leave = createProposal(c, { type: "remove", removed: c.ownLeaf });
    [a, b, c] = [follow(a, leave.message), follow(b, leave.message), follow(c, leave.message)];
    const removed = commitBy(ben, b);
    const last = receiveHandshake(c, removed.commit, { credentials });
    expect(last.kind === "commit" && last.group === undefined && last.changes.selfRemoved).toBe(true);
    [a, b] = [follow(a, removed.commit), removed.next];
    expect(authenticatorOf(a)).toBe(authenticatorOf(b));
  });

  test("a joiner reads nothing from before, a removed member nothing from after", () => {
    const { ada, adas, bens } = pair(suiteId);
    const cai = person("cai", ada.suite);
    const bundle = keyPackageOf(cai);
    const early = protectMessage(adas, utf8("before"), { random: ada.random }).message;
    const added = commitBy(ada, adas, { proposals: [{ type: "add", keyPackage: bundle.keyPackage }] });
    const c = joinBy(cai, bundle, added);
    expect(codeOf(() => unprotectMessage(c, early))).toBe("mls-epoch-past");
    // Not even where the epoch number is changed: the keys are others.
    const decoded = decodeMessage(early);
    if (decoded.type !== "private-message") throw new Error("application data is encrypted");
    const privateMessage = { ...decoded.privateMessage, epoch: c.epoch };
    const renumbered = encodeMessage({ type: "private-message", privateMessage });
    expect(codeOf(() => unprotectMessage(c, renumbered))).toBe("mls-sender-data");

    const removed = commitBy(ada, added.next, { proposals: [{ type: "remove", removed: c.ownLeaf }] });
    const late = protectMessage(removed.next, utf8("after"), { random: ada.random }).message;
    expect(receiveHandshake(c, removed.commit, { credentials }).group).toBe(undefined);
    expect(codeOf(() => unprotectMessage(c, late))).toBe("mls-epoch-future");
    const b = follow(follow(bens, added.commit), removed.commit);
    expect(unprotectMessage(b, late).data).toEqual(utf8("after"));
  });
});
