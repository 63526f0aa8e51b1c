import { unsafeDevelopmentAuthority } from "@readback/core";
import { stageExternalJoin } from "@readback/core/mls";
import type { Answer, LogEntry } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { type Device, farAhead } from "./device.ts";
import { logInAll, Member, makeConversation } from "./member.ts";
import { makeWorld } from "./world.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const cy = "cy@clinic.example/phone";
const refusal = (code: string) => ({ type: "refused", code });
const credentials = unsafeDevelopmentAuthority();

const askOf = ({ device, conversation }: Member): Promise<Answer> =>
  device.request({ type: "group-info", conversation });

/** The external commit by which the device of `by` takes the place at `replaces`, from what `member` gets of the relay. */
async function rejoin(member: Member, replaces: number | undefined, by = member) {
  const answer = await askOf(member);
  if (answer.type !== "group-info") throw new Error(`expected a group, found ${JSON.stringify(answer)}`);
  const { suite, credential, keys, world } = by.device;
  const { groupInfo, ratchetTree } = answer;
  const input = { suite, groupInfo, ratchetTree, credential, signatureKeyPair: keys, credentials };
  return stageExternalJoin({ ...input, replaces, random: world.random });
}

/** Two members, of whom the first has told the relay how to come back. */
async function two(): Promise<[Member, Member]> {
  const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
  const entry = a.stage([], { externalGroupInfo: true });
  expect(await a.submit(entry)).toMatchObject({ type: "appended", seq: 3 });
  a.group = entry.next;
  b.take((await b.fetch(2)).entries[0] as LogEntry);
  await takeWelcome(b);
  return [a, b];
}

/** Lets the relay forget what it holds for the device alone. */
const takeWelcome = ({ device }: Member): Promise<Answer> =>
  device.request({ type: "acknowledge-inbox", upTo: farAhead });

async function outsider(member: Member): Promise<Member> {
  const [device] = (await logInAll(member.device.world, cy)) as [Device];
  return new Member(device, member.conversation);
}

describe("a member that has lost its place", () => {
  test("takes it again, and goes on with everybody", async () => {
    const [a, b] = await two();
    const staged = await rejoin(b, b.leaf);
    const { commit: payload, groupInfo } = staged;
    const request = { kind: "commit", payload, groupInfo } as const;
    expect(await b.append(request)).toMatchObject({ type: "appended", seq: 4 });
    // Asked again it is the same answer.
    expect(await b.append(request)).toMatchObject({ type: "appended", seq: 4 });
    b.group = staged.next;
    expect((await b.fetch(3)).entries.map(({ header }) => header.seq)).toEqual([4]);
    a.take((await a.fetch(3)).entries[0] as LogEntry);
    expect(await a.say("welcome back")).toMatchObject({ seq: 5 });
    expect(b.take((await b.fetch(4)).entries[0] as LogEntry)).toBe("welcome back");
  });

  test("hears nothing of a group that it is no member of, nor of one that nobody has told the relay of", async () => {
    const [a] = await two();
    expect(await askOf(await outsider(a))).toEqual(refusal("not-allowed"));
    expect(await askOf(new Member(a.device, new Uint8Array(32)))).toEqual(refusal("unknown-conversation"));
    expect(await a.submit(a.stage(), { groupInfo: undefined })).toMatchObject({ type: "appended" });
    expect(await askOf(a)).toEqual(refusal("unavailable"));
  });

  test("has its place by the Welcome that waits for it, where it was added again", async () => {
    const [a, b] = (await makeConversation(await makeWorld(), ada, ben)) as [Member, Member];
    const entry = a.stage([], { externalGroupInfo: true });
    expect(await a.submit(entry)).toMatchObject({ type: "appended" });
    expect(await askOf(b)).toEqual(refusal("welcome-first"));
    await takeWelcome(b);
    expect(await askOf(b)).toMatchObject({ type: "group-info" });
  });

  test("takes nobody else's place, and nobody comes in who was not there", async () => {
    const [a, b] = await two();
    const stranger = await outsider(a);
    stranger.group = a.group;
    const send = (by: Member, { commit, groupInfo }: Awaited<ReturnType<typeof rejoin>>) =>
      by.append({ kind: "commit", payload: commit, groupInfo });
    // Somebody from outside, also with a member's help; without one's former place; another one's; made by another one.
    expect(await send(stranger, await rejoin(b, undefined, stranger))).toEqual(
      refusal("unknown-conversation"),
    );
    expect(await send(b, await rejoin(b, undefined, stranger))).toEqual(refusal("invalid-handshake"));
    await expect(rejoin(b, undefined)).rejects.toMatchObject({ code: "mls-leaf-signature-key" });
    await expect(rejoin(b, a.leaf)).rejects.toMatchObject({ code: "mls-leaf-signature-key" });
    expect(await send(a, await rejoin(b, b.leaf))).toEqual(refusal("not-allowed"));
    expect((await a.fetch(3)).entries).toEqual([]);
  });

  test("may not leave out a removal that waits", async () => {
    const [a, b] = await two();
    expect(await a.propose({ type: "remove", removed: b.leaf })).toMatchObject({ type: "appended" });
    const { commit: payload, groupInfo } = await rejoin(a, a.leaf);
    expect(await a.append({ kind: "commit", payload, groupInfo })).toEqual(refusal("missing-proposals"));
  });
});
