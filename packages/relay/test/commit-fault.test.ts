import { maximumCommitFaultSize, signCommitFault } from "@readback/core/log";
import { expect, test } from "vitest";
import { type Member, makeConversation } from "./member.ts";
import { makeWorld } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const refusal = (code: string) => ({ type: "refused", code });

const faultOf = ({ device, conversation }: Member, change: object = {}): Uint8Array => {
  const [person = "", name = ""] = device.name.split("/");
  const fault = { conversation, seq: 2, entryHash: new Uint8Array(32), device: { person, device: name } };
  return signCommitFault(device.suite, device.keys, { ...fault, ...change });
};

test("takes what a member's device says of itself, once, also while somebody waits to be removed", async () => {
  const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
  const payload = faultOf(b);
  expect(await b.append({ kind: "fault", payload, epoch: 7n })).toEqual({ type: "epoch-changed", epoch: 1n });
  expect(await b.append({ kind: "fault", payload })).toMatchObject({ type: "appended", seq: 3 });
  expect(await b.append({ kind: "fault", payload })).toMatchObject({ type: "appended", seq: 3 });
  const { entries } = await a.fetch(2);
  expect(entries.map(({ header }) => header.kind)).toEqual(["fault"]);
  expect(entries[0]?.payload).toEqual(payload);
  await a.propose({ type: "remove", removed: b.leaf });
  expect(await a.say("too early")).toEqual(refusal("commit-first"));
  expect(await b.append({ kind: "fault", payload: faultOf(b, { seq: 1 }) })).toMatchObject({
    type: "appended",
  });
});

test("refuses what is no fault, another's, or of another conversation, and more than a few", async () => {
  const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
  for (const payload of [
    faultOf(a),
    faultOf(b, { conversation: new Uint8Array(32) }),
    faultOf(b).subarray(1),
    new Uint8Array(maximumCommitFaultSize + 1),
  ]) {
    expect(await b.append({ kind: "fault", payload })).toEqual(refusal("refused"));
  }
  for (let seq = 1; seq <= 5; seq++)
    expect(await b.append({ kind: "fault", payload: faultOf(b, { seq }) })).toMatchObject({
      type: "appended",
    });
  expect(await b.append({ kind: "fault", payload: faultOf(b, { seq: 6 }) })).toEqual(refusal("rate-limited"));
});
