import type { MemoryRelay } from "@readback/relay";
import { Client } from "../../src/client/client.ts";
import { ClientRuntime } from "../../src/client/client-runtime.ts";
import { loadDevice } from "../../src/client/device.ts";
import { readMessage } from "../../src/client/history.ts";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import { Vault } from "../../src/client/vault.ts";
import { encodeContent, type KnownContent } from "../../src/conversation/content.ts";
import { contentContext } from "../../src/conversation/content-context.ts";
import type { MessageRecord } from "../../src/conversation/message-record.ts";
import type { Step } from "../../src/conversation/step.ts";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import type { ManualClock } from "../../src/testing/manual-clock.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { testStoreKey } from "./world.ts";

/** What runs behind a client, with nothing in its store. */
export async function startRuntime(
  person: string,
  { relay, clock }: { readonly relay: MemoryRelay; readonly clock: ManualClock },
): Promise<ClientRuntime> {
  const crypto = defaultCryptoProvider();
  const identity = unsafeDevelopmentIdentity({ person, device: "phone" });
  const random = seededRandom(`hostile ${person}`);
  const vault = await Vault.open(memoryStorage(), crypto.aes256Gcm, testStoreKey.slice(), random);
  const device = await loadDevice(vault, identity, [2], crypto, 2, random);
  const runtime = new ClientRuntime(vault, device, { identity, transport: relay.transport(), clock, random });
  await runtime.start();
  return runtime;
}

/** A member that says what no client of ours would. */
export interface Hostile {
  readonly client: Client;
  /** What it has stored of the message at a place. */
  record(seq: number): Promise<MessageRecord>;
  /** Puts a content into the one conversation, whatever it claims; it goes out as any other. */
  say(kind: "application" | "receipt", content: (step: Step) => KnownContent): Promise<void>;
}

export async function hostileClient(
  person: string,
  { relay, clock }: { readonly relay: MemoryRelay; readonly clock: ManualClock },
): Promise<Hostile> {
  const runtime = await startRuntime(person, { relay, clock });
  return {
    client: new Client(runtime),
    record: async (seq) => {
      const record = await readMessage(runtime.engine, runtime.conversations[0]?.id ?? "", seq);
      if (record === undefined) throw new Error("There is no such message.");
      return record;
    },
    say: async (kind, content) => {
      const [conversation] = runtime.conversations;
      if (conversation === undefined) throw new Error("There is no conversation.");
      await runtime.engine.step(conversation.id, (step) => {
        const framed = encodeContent(content(step), contentContext(step.state, step.state.self));
        step.queue(kind, new Uint8Array(32), framed);
        conversation.submitter.prepare(step);
      });
    },
  };
}
