import { afterEach, expect, test } from "vitest";
import { doubting } from "./doubting.ts";
import { interposedTransport } from "./interposed-transport.ts";
import {
  ada,
  at,
  ben,
  both,
  checkGoesOn,
  cleo,
  here,
  hybrid,
  outcome,
  pass,
  talking,
} from "./reinitializing-world.ts";

const dora = "dora@stlukes.example";

afterEach(() => here.close());

test("a device that had to stop gives the Welcome of what follows up at once: what comes after it does not wait", async () => {
  const { id, clients } = await talking("halted", { [ben]: { ...both, identity: doubting(ben, dora) } });
  const [a, b] = clients;
  const d = await here.client(dora, both);
  await outcome(at(a, id).add([dora]));
  await here.until(() => at(b, id).phase === "halted" && d.conversation(id) !== undefined);
  await outcome(a.reinitialize(at(a, id), { suite: hybrid }));
  const second = await outcome(a.open({ members: [ben] }));
  // That is earlier than a second try would be.
  await here.until(() => b.conversation(second.id) !== undefined, "the second one");
  // Why it had to stop, and why it cannot follow.
  expect(here.errors.map(({ code }) => code)).toEqual(["mls-leaf-credential", "mls-psk-unknown"]);
  expect(at(b, id)).toMatchObject({ phase: "halted", continuedBy: [] });
});

test("what the relay refuses is tried eight times in a session, whatever happens meanwhile, and anew in the next one", async () => {
  const { id, clients, start } = await talking("bounded", {}, { conversationsPerOrganisation: 1 });
  const [, b] = clients;
  await outcome(b.open({ members: [cleo] }));
  for (const client of clients) await client.close();
  let [tries, claims] = [0, 0];
  const network = interposedTransport(here.relay.transport(), {
    fromClient(message) {
      const type = message.type === "request" ? message.request.type : undefined;
      if (type === "create") tries += 1;
      if (type === "claim") claims += 1;
      return undefined;
    },
  });
  const a = await start(ada, { transport: network });
  const codes: string[] = [];
  a.reinitialize(at(a, id), { suite: hybrid }).catch(({ code }: { code: string }) => codes.push(code));
  await here.until(() => at(a, id).phase === "moved");
  const minutes = async (count: number) => {
    for (let i = 0; i < count * 6; i++) {
      here.clock.advance(10_000);
      await here.settle();
    }
  };
  await minutes(2);
  expect(tries).toBeGreaterThan(2);
  expect(tries).toBeLessThan(8);
  expect([codes, here.errors]).toEqual([[], []]);
  await minutes(20);
  // Nobody has used the keys of the first try.
  expect([tries, claims]).toEqual([8, 1]);
  // What happens in another conversation is no reason to begin again.
  await outcome(a.open({ members: [ben] })).catch(() => {});
  await minutes(20);
  expect([tries, claims]).toEqual([9, 2]);
  expect(codes).toEqual(["quota-exceeded"]);
  expect(here.errors.map(({ code }) => code)).toEqual(["quota-exceeded"]);
  // No frame: the connection ends, and the next one begins by itself.
  network.last?.tell({ frame: new Uint8Array() });
  await here.until(() => a.connection === "offline");
  await minutes(20);
  expect([tries, claims]).toEqual([17, 3]);
});

test.each<[name: string, refusals: number, expected: number]>([
  ["one of each device, where all goes well", 0, 1],
  ["others, where what was made of the first ones was refused", 1, 2],
])("keys are taken for what follows a group: %s", async (name, refusals, expected) => {
  const { id, clients, start } = await talking(name);
  // The others are away, so that it is for this device to try again.
  for (const client of clients) await client.close();
  let [creates, claims] = [0, 0];
  const network = interposedTransport(here.relay.transport(), {
    fromClient(message, connection) {
      const type = message.type === "request" ? message.request.type : undefined;
      if (type === "claim") claims += 1;
      if (message.type !== "request" || type !== "create" || ++creates > refusals) return undefined;
      connection.tell({ type: "answer", id: message.id, answer: { type: "refused", code: "not-allowed" } });
      return "lost";
    },
  });
  const a = await start(ada, { transport: network });
  const going = a.reinitialize(at(a, id), { suite: hybrid });
  await here.until(() => at(a, id).phase === "moved");
  await pass(refusals * 15);
  await outcome(going);
  await checkGoesOn([a, await start(ben), await start(cleo)], id, "one");
  expect([creates, claims]).toEqual([refusals + 1, expected]);
});
