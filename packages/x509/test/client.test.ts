import { type Client, type Conversation, createClient, type Message, memoryStorage } from "@readback/core";
import { defaultCryptoProvider, withSuites } from "@readback/core/crypto";
import { experimentalMlKem768P256Suite as hybrid } from "@readback/core/experimental";
import type { CredentialRequest } from "@readback/core/log";
import { decodeKeyPackage } from "@readback/core/mls";
import { manualClock } from "@readback/core/testing";
import { type X509Authority, x509Identity } from "@readback/x509";
import { afterEach, describe, expect, test } from "vitest";
import { interposedTransport } from "../../core/test/client/interposed-transport.ts";
import { testStoreKey, textsOf } from "../../core/test/client/world.ts";
import { day } from "./organisation.ts";
import { type Ward, ward } from "./ward.ts";

const ada = "ada@mercy.example/phone";
const ben = "ben@lukes.example/phone";

let here: Ward;
afterEach(() => here.close());

async function talking(
  seed: string,
): Promise<{ a: Client; b: Client; conversation: Conversation; there: Conversation }> {
  here = ward(seed);
  const [a, b] = [await here.device(ada), await here.device(ben)];
  const conversation = await a.open({ members: ["ben@lukes.example"], subject: "Bed 12" });
  await here.until(() => b.conversation(conversation.id)?.phase === "active");
  return { a, b, conversation, there: b.conversation(conversation.id) as Conversation };
}

function reaches(message: Message, status: "sent" | "delivered" | "acknowledged"): Promise<void> {
  return here.until(async () => (await message.status()) === status, status);
}

test("devices with certificates of two hospitals talk", async () => {
  const { b, conversation, there } = await talking("talk");
  const message = await conversation.send("K 6.8");
  await reaches(message, "delivered");
  const [received] = await there.messages();
  await received?.acknowledge();
  await reaches(message, "acknowledged");
  expect(await textsOf(b, conversation.id)).toEqual(["K 6.8"]);
  expect(here.asked).toBe(2);
  expect(here.errors).toEqual([]);
});

describe("a certificate", () => {
  test("is renewed in time, and what is said goes on to count", async () => {
    const { a, b, conversation, there } = await talking("renewed");
    await reaches(await conversation.send("before"), "delivered");
    await reaches(await there.send("so it is"), "delivered");
    await here.pass(20.5);
    expect(here.asked).toBe(4);
    // In time means: with what ends in ten days still in the leaves.
    await reaches(await conversation.send("meanwhile"), "delivered");
    await reaches(await there.send("yes"), "delivered");
    await here.pass(15);
    const findings: string[] = [];
    for (const client of [a, b]) client.on("integrity", ({ what }) => void findings.push(what));
    await reaches(await conversation.send("after"), "delivered");
    await reaches(await there.send("good"), "delivered");
    expect(await textsOf(b, conversation.id)).toEqual([
      "before",
      "so it is",
      "meanwhile",
      "yes",
      "after",
      "good",
    ]);
    expect(findings).toEqual([]);
    expect(here.errors).toEqual([]);
  });

  test("is renewed where nobody has said anything for months, before somebody does", {
    timeout: 120_000,
  }, async () => {
    const { b, conversation, there } = await talking("silent");
    await here.pass(100);
    // At first, and every 20 days.
    expect(here.asked).toBe(2 + 2 * 5);
    await reaches(await conversation.send("still there?"), "delivered");
    await reaches(await there.send("yes"), "delivered");
    expect(await textsOf(b, conversation.id)).toEqual(["still there?", "yes"]);
    expect(here.errors).toEqual([]);
  });

  test("that has ended says nothing: what was said waits for the next one", async () => {
    const { b, conversation } = await talking("ended");
    await reaches(await conversation.send("before"), "delivered");
    here.life = 0;
    await here.pass(31);
    const message = await conversation.send("too late?");
    await here.settle();
    expect(await message.status()).toBe("queued");
    expect(await textsOf(b, conversation.id)).toEqual(["before"]);
    expect(new Set(here.errors.map(({ code }) => code))).toEqual(
      new Set(["enrolment-failed", "login-refused"]),
    );
    here.life = 30 * day;
    await here.pass(0.2);
    await reaches(message, "delivered");
    expect(await textsOf(b, conversation.id)).toEqual(["before", "too late?"]);
  });

  test("that has ended sends nothing again that was encrypted under it", async () => {
    here = ward("again");
    let isLost = false;
    const transport = interposedTransport(here.relay.transport(), {
      fromClient: (message) =>
        isLost && message.type === "request" && message.request.type === "append" ? "lost" : undefined,
    });
    const a = await here.device(ada, { transport });
    await a.online();
    const b = await here.device(ben);
    const findings: string[] = [];
    b.on("integrity", ({ what }) => void findings.push(what));
    const conversation = await a.open({ members: ["ben@lukes.example"] });
    await here.until(() => b.conversation(conversation.id)?.phase === "active");
    isLost = true;
    const message = await conversation.send("under the first one");
    await here.settle();
    here.deaf.add(ada);
    await here.pass(31);
    isLost = false;
    here.deaf.clear();
    await here.pass(0.2);
    await reaches(message, "delivered");
    expect(findings.filter((what) => what === "credential-expired")).toEqual([]);
  });

  test("that the relay takes no more is replaced at once, and asked for no more than once an hour", async () => {
    let isStrict = false;
    here = ward("root is gone", (authority) => ({
      ...authority,
      isValid: (claim) => authority.isValid(claim) && !(isStrict && here.asked < 3),
    }));
    const client = await here.device(ada);
    isStrict = true;
    here.relay.cut();
    // The first answer is refused as well, and an hour later there is one that is not.
    for (let second = 0; second < 3_500; second++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    expect([here.asked, client.connection]).toEqual([2, "offline"]);
    for (let second = 0; second < 200; second++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    expect([here.asked, client.connection]).toEqual([3, "online"]);
    expect(new Set(here.errors.map(({ code }) => code))).toEqual(new Set(["login-refused"]));
  });

  test("comes with key packages that others can still use", async () => {
    const { a } = await talking("key packages");
    // Those of the first certificates have ended with them.
    await here.pass(35);
    const again = await a.open({ members: ["ben@lukes.example"] });
    await reaches(await again.send("a new one"), "delivered");
    expect(here.errors).toEqual([]);
  });

  test("is shown to the relay once it is there, with key packages that carry it and end with it", async () => {
    here = ward("shown");
    here.life = 900_000;
    const published: { replaces: boolean; keyPackages: readonly Uint8Array[] }[] = [];
    const transport = interposedTransport(here.relay.transport(), {
      fromClient(message) {
        if (message.type === "request" && message.request.type === "publish") published.push(message.request);
        return undefined;
      },
    });
    const client = await here.device(ada, { transport });
    await client.online();
    const states: string[] = [];
    client.on("connection", ({ state }) => void states.push(state));
    const seconds = async (count: number): Promise<void> => {
      for (let second = 0; second < count; second++) {
        here.clock.advance(1_000);
        await here.settle();
      }
    };
    await seconds(590);
    expect(states).toEqual([]);
    expect(published.map(({ replaces, keyPackages }) => [replaces, keyPackages.length])).toEqual([
      [false, 20],
    ]);
    await seconds(20);
    expect(states).toEqual(["offline", "online"]);
    expect(published.map(({ replaces, keyPackages }) => [replaces, keyPackages.length])).toEqual([
      [false, 20],
      [true, 20],
    ]);
    for (const { keyPackages } of published) {
      for (const { leafNode } of keyPackages.map(decodeKeyPackage)) {
        const { source, credential } = leafNode;
        const end = source.type === "key-package" ? Number(source.lifetime.notAfter) * 1_000 : 0;
        expect(end).toBe(here.authority.expiresAt(credential));
      }
    }
  });

  test("that was renewed takes its device along into another cipher suite", async () => {
    const crypto = withSuites(defaultCryptoProvider(), hybrid);
    here = ward("another suite", undefined, { crypto });
    const options = { crypto, suites: [2, hybrid.id] };
    const [a, b] = [await here.device(ada, options), await here.device(ben, options)];
    const conversation = await a.open({ members: ["ben@lukes.example"] });
    await here.until(() => b.conversation(conversation.id)?.phase === "active");
    // Nobody has said anything: the leaves still have the first ones, and the key packages the second ones.
    await here.pass(20.5);
    expect(here.asked).toBe(4);
    const coming = a.reinitialize(conversation, { suite: hybrid.id });
    coming.catch(() => {});
    await here.until(() => a.conversations().length === 2 && b.conversations().length === 2, "the next one");
    const next = await coming;
    await reaches(await next.send("in the next one"), "delivered");
    expect(here.errors).toEqual([]);
  });

  test("is asked for again after a restart in between, and kept otherwise", async () => {
    here = ward("restart");
    const storage = memoryStorage();
    const first = await here.device(ada, { storage });
    await first.close();
    const second = await here.device(ada, { storage: storage.reopen() });
    expect(here.asked).toBe(1);
    await here.pass(20.5);
    expect(here.asked).toBe(2);
    // The newer one is stored: nobody has to be asked for it again.
    await second.close();
    here.life = 0;
    const third = await here.device(ada, { storage: storage.reopen() });
    await here.pass(14);
    expect([here.asked, third.connection]).toEqual([2, "online"]);
    expect(here.errors).toEqual([]);
  });

  test("is asked for until there is one, less and less often", async () => {
    here = ward("patience");
    await here.device(ada);
    here.life = 0;
    await here.pass(20);
    const counts: number[] = [];
    for (const seconds of [0, 1, 2, 4, 8]) {
      here.clock.advance(seconds * 1_000);
      await here.settle();
      counts.push(here.asked);
    }
    expect(counts).toEqual([2, 3, 4, 5, 6]);
    await here.pass(1);
    const before = here.asked;
    await here.pass(1);
    expect(here.asked - before).toBe(24);
    // Once there is one, it begins anew.
    here.life = 3 * 60_000;
    await here.pass(0.1);
    here.life = 0;
    const after = here.asked;
    here.clock.advance(3 * 60_000);
    await here.settle();
    here.clock.advance(1_000);
    await here.settle();
    expect(here.asked - after).toBe(2);
  });

  test("that has to be renewed at once is renewed less and less often", async () => {
    here = ward("at once");
    const { authority } = here;
    const enrol = ({ signaturePublicKey: publicKey, suite }: CredentialRequest): Uint8Array[] => {
      here.asked += 1;
      const from = here.clock.now() - 9 * day;
      return here.mercy.enrol(
        ada,
        { suite, publicKey, privateKey: publicKey },
        { from, until: from + 10 * day },
      );
    };
    const identity = x509Identity({ person: "ada@mercy.example", device: "phone", authority, enrol });
    await here.device(ada, { identity });
    for (let second = 0; second < 600; second++) {
      here.clock.advance(1_000);
      await here.settle();
    }
    // After nothing, a minute, two, four and eight.
    expect(here.asked).toBe(5);
  });

  test("is renewed by the clock of the relay, which judges it", async () => {
    // The relay's clock is two days ahead.
    const ahead = 2 * day;
    const clock = manualClock();
    here = ward("ahead", undefined, {
      clock: {
        now: () => clock.now() + ahead,
        wake: (at, run) => clock.wake(at - ahead, run),
      },
    });
    const { authority } = here;
    const enrol = ({ signaturePublicKey: publicKey, suite }: CredentialRequest): Uint8Array[] => {
      here.asked += 1;
      const from = clock.now() + ahead;
      const life = { from, until: from + 29 * day };
      return here.mercy.enrol(ada, { suite, publicKey, privateKey: publicKey }, life);
    };
    const identity = x509Identity({ person: "ada@mercy.example", device: "phone", authority, enrol });
    await here.device(ada, { clock, identity, transport: here.relay.transport() });
    // Two thirds of 29 days are 19 and a third.
    for (let hour = 0; hour < 19.5 * 24; hour++) {
      clock.advance(3_600_000);
      await here.settle();
    }
    expect(here.asked).toBe(2);
  });
});

describe("what a device says whose certificate has ended", () => {
  /** As if nothing ever ended. */
  const endless = (authority: X509Authority): X509Authority => ({
    ...authority,
    isValid: ({ credential, signaturePublicKey }) => authority.isValid({ credential, signaturePublicKey }),
    expiresAt: () => undefined,
  });

  test("does not count, whatever the relay takes", async () => {
    here = ward("outlived", endless);
    const a = await here.device(ada);
    const b = await here.device(ben, {}, endless(here.authority));
    const conversation = await a.open({ members: ["ben@lukes.example"] });
    await here.until(() => b.conversation(conversation.id)?.phase === "active");
    const there = b.conversation(conversation.id) as Conversation;
    const findings: string[] = [];
    a.on("integrity", ({ what, by }) => void findings.push(`${what} ${by?.person}`));
    await reaches(await there.send("in time"), "delivered");
    // Ben's device gets no next one, and does not mind.
    here.deaf.add(ben);
    await here.pass(31);
    const question = await conversation.send("K 6.8: please confirm");
    await here.until(async () => (await there.messages()).length === 2);
    await (await there.messages())[1]?.acknowledge();
    await there.send("done");
    await here.until(async () => (await conversation.messages()).length === 3);
    expect((await conversation.messages()).map(({ text, problem }) => [text, problem])).toEqual([
      ["in time", undefined],
      ["K 6.8: please confirm", undefined],
      ["done", "credential-expired"],
    ]);
    await here.settle();
    expect(await question.status()).toBe("sent");
    expect(new Set(findings)).toEqual(new Set(["credential-expired ben@lukes.example"]));
    // Nor does it change what was said before.
    await here.settle();
    const told = findings.length;
    await (await there.messages())[0]?.edit("never");
    await here.until(() => findings.length > told);
    await here.settle();
    expect((await conversation.messages()).map(({ text }) => text)).toEqual([
      "in time",
      "K 6.8: please confirm",
      "done",
    ]);
  });
});

describe("no client starts", () => {
  const identityOf = (enrol: Parameters<typeof x509Identity>[0]["enrol"]) => {
    const { authority } = here;
    return x509Identity({ person: "ada@mercy.example", device: "phone", authority, enrol });
  };
  const options = (storage = memoryStorage()) => {
    const { clock, relay } = here;
    return { clock, storage, transport: relay.transport(), storeKey: testStoreKey };
  };

  test("where nobody vouches for the device, and the next try begins anew", async () => {
    here = ward("refused");
    const storage = memoryStorage();
    here.life = 0;
    await expect(here.device(ada, { storage })).rejects.toMatchObject({
      code: "enrolment-failed",
      cause: { message: "Nobody is there." },
    });
    here.life = day;
    const client = await here.device(ada, { storage: storage.reopen() });
    expect(client.connection).toBe("online");
  });

  test.each<[what: string, enrol: Parameters<typeof x509Identity>[0]["enrol"]]>([
    [
      "of another device",
      ({ signaturePublicKey: publicKey, suite }) =>
        here.mercy.enrol("ada@mercy.example/desk", { suite, publicKey, privateKey: publicKey }),
    ],
    ["of another key", () => here.mercy.enrol(ada, here.mercy.key(2))],
    [
      "of an organisation that may not say so",
      ({ signaturePublicKey: publicKey, suite }) =>
        here.lukes.enrol(ada, { suite, publicKey, privateKey: publicKey }),
    ],
    ["of nothing", () => []],
  ])("with a certificate %s", async (what, enrol) => {
    here = ward(what);
    await expect(createClient({ ...options(), identity: identityOf(enrol) })).rejects.toMatchObject({
      code: "enrolment-failed",
    });
  });

  test("once the wait for its certificate is given up", async () => {
    here = ward("aborted");
    const abort = new AbortController();
    let isTold: boolean | undefined;
    const identity = identityOf(({ signal }) => {
      isTold = false;
      signal.addEventListener("abort", () => {
        isTold = true;
      });
      return new Promise(() => {});
    });
    const starting = createClient({ ...options(), identity, signal: abort.signal });
    starting.catch(() => {});
    await here.until(() => isTold === false, "the question");
    abort.abort();
    await expect(starting).rejects.toMatchObject({ code: "aborted" });
    expect(isTold).toBe(true);
  });
});
