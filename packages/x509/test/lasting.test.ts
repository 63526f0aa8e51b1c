import { type Conversation, memoryStorage } from "@readback/core";
import type { CredentialRequest } from "@readback/core/log";
import type { Answer, ClientMessage } from "@readback/core/wire";
import { x509Identity } from "@readback/x509";
import { afterEach, describe, expect, test } from "vitest";
import { interposedTransport } from "../../core/test/client/interposed-transport.ts";
import { textsOf } from "../../core/test/client/world.ts";
import { day } from "./organisation.ts";
import { type Ward, ward } from "./ward.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";
const cleo = "cleo@mercy.example/phone";
const minute = 60_000;

let here: Ward;
afterEach(() => here.close());

async function seconds(count: number): Promise<void> {
  for (let second = 0; second < count; second++) {
    here.clock.advance(1_000);
    await here.settle();
  }
}

describe("a device that was away while its certificate ended", () => {
  test("comes into what it was added to meanwhile", async () => {
    here = ward("holiday");
    const a = await here.device(ada);
    const storage = memoryStorage();
    const b = await here.device(ben, { storage });
    await here.pass(19);
    await b.close();
    await here.pass(6);
    const conversation = await a.open({ members: ["ben@lukes.example"] });
    await conversation.send("K 6.8");
    await here.pass(10);
    const back = await here.device(ben, { storage: storage.reopen() });
    await here.until(() => back.conversation(conversation.id)?.phase === "active", "ben is in it");
    await here.until(async () => (await textsOf(back, conversation.id)).length === 1, "and reads it");
    expect(here.errors.filter(({ code }) => code !== "login-refused")).toEqual([]);
  });

  test("still does what it was asked to before", async () => {
    here = ward("removal");
    const state = { isLost: false };
    const transport = interposedTransport(here.relay.transport(), {
      fromClient: (message) => (state.isLost && isCommit(message) ? "lost" : undefined),
    });
    const storage = memoryStorage();
    const a = await here.device(ada, { storage, transport });
    await a.online();
    const [b] = [await here.device(ben), await here.device(cleo)];
    const conversation = await a.open({ members: ["ben@lukes.example", "cleo@mercy.example"] });
    await here.until(() => b.conversation(conversation.id)?.members().length === 3, "all are in it");
    state.isLost = true;
    void conversation.remove(["cleo@mercy.example"]).catch(() => {});
    await here.settle();
    await a.close();
    await here.pass(31);
    const back = await here.device(ada, { storage: storage.reopen() });
    const there = b.conversation(conversation.id) as Conversation;
    await here.until(() => there.members().length === 2, "cleo is removed");
    expect(back.conversation(conversation.id)?.members()).toHaveLength(2);
  });

  test("asks for the next one at once where its root counts no more", async () => {
    let isReplaced = false;
    const storage = memoryStorage();
    here = ward("root replaced meanwhile");
    const first = await here.device(ada, { storage });
    await first.close();
    isReplaced = true;
    // The device trusts the new root only; whoever issues it uses that.
    const judge = {
      ...here.authority,
      isValid: (claim: Parameters<typeof here.authority.isValid>[0]) =>
        here.authority.isValid(claim) && !(isReplaced && here.asked < 2),
    };
    const second = await here.device(ada, { storage: storage.reopen() }, judge);
    await here.until(() => here.asked === 2, "another question");
    await here.until(() => second.connection === "online", "a connection");
  });
});

describe("whoever issues", () => {
  function identityOf(enrol: (request: CredentialRequest) => Uint8Array[] | Promise<Uint8Array[]>) {
    const { authority } = here;
    return x509Identity({ person: "ada@mercy.example", device: "phone", authority, enrol });
  }

  test("and never answers is asked again", async () => {
    here = ward("silence");
    const identity = identityOf(({ signaturePublicKey: publicKey, suite }) => {
      here.asked += 1;
      if (here.asked === 2) return new Promise(() => {});
      const from = here.clock.now();
      return here.mercy.enrol(ada, { suite, publicKey, privateKey: publicKey }, { from, until: from + day });
    });
    const client = await here.device(ada, { identity });
    await here.pass(2);
    expect(here.asked).toBeGreaterThan(2);
    expect(client.connection).toBe("online");
    expect(here.errors.map(({ code }) => code)).toEqual(["enrolment-failed"]);
  });

  test("has a clock that is ahead, and puts no device out that has a good one", async () => {
    here = ward("clock of the issuer");
    const identity = identityOf(({ signaturePublicKey: publicKey, suite }) => {
      here.asked += 1;
      const from = here.clock.now() + (here.asked === 1 ? 0 : 2 * 3_600_000);
      return here.mercy.enrol(
        ada,
        { suite, publicKey, privateKey: publicKey },
        { from, until: from + 3 * day },
      );
    });
    const client = await here.device(ada, { identity });
    const states: string[] = [];
    await here.pass(1.9);
    client.on("connection", ({ state }) => void states.push(state));
    here.clock.advance(0.2 * day);
    await seconds(60);
    expect(here.asked).toBeGreaterThan(2);
    expect(client.connection).toBe("online");
    expect(here.errors.length).toBeGreaterThan(0);
    expect(new Set(here.errors.map(({ code }) => code))).toEqual(new Set(["enrolment-failed"]));
  });
});

test("a relay that turns down each leaf update keeps nobody busy", async () => {
  here = ward("turned down");
  here.life = 40 * minute;
  const refused: Answer = { type: "refused", code: "rate-limited" };
  const state = { isOn: false, commits: 0 };
  const transport = interposedTransport(here.relay.transport(), {
    fromClient(message, connection) {
      if (!state.isOn || message.type !== "request" || !isCommit(message)) return undefined;
      state.commits += 1;
      connection.tell({ type: "answer", id: message.id, answer: refused });
      return "lost";
    },
  });
  const a = await here.device(ada, { transport });
  await a.online();
  const b = await here.device(ben);
  const conversation = await a.open({ members: ["ben@lukes.example"] });
  await here.until(() => b.conversation(conversation.id)?.phase === "active");
  state.isOn = true;
  // Past the end of what is in the leaf; the next one is there by then.
  await seconds(45 * 60);
  await conversation.send("waits");
  const before = state.commits;
  await seconds(30 * 60);
  expect(state.commits - before).toBeGreaterThan(0);
  expect(state.commits - before).toBeLessThan(40);
  state.isOn = false;
  await seconds(70 * 60);
  expect(await textsOf(b, conversation.id)).toEqual(["waits"]);
}, 60_000);

function isCommit(message: ClientMessage): boolean {
  return message.type === "request" && message.request.type === "append" && message.request.kind === "commit";
}
