import { hex } from "../codec/hex.ts";
import type { CredentialAuthority } from "../conversation/identity.ts";
import { restoreConversation, restoredRecords } from "../conversation/restore.ts";
import type { ConversationState } from "../conversation/state.ts";
import { type ConversationEvent, Step, type StepResult, type StepTools } from "../conversation/step.ts";
import { hasCode, ReadbackError } from "../error.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import type { Clock } from "../port/clock.ts";
import type { Random } from "../port/random.ts";
import type { Change } from "../port/storage.ts";
import { computeAhead } from "./compute-ahead.ts";
import { type Device, suiteOf } from "./device.ts";
import { KnownServices } from "./known-services.ts";
import type { LeafUpdateTurns } from "./leaf-update-pace.ts";
import { storeKey } from "./store-key.ts";
import type { Vault } from "./vault.ts";

/** What the engine tells, always after the fact: what it tells is durable. */
export interface EngineHandler {
  onStep(state: ConversationState, events: readonly ConversationEvent[]): void;
  /** The store belongs to another client now, or nobody knows what it holds: nothing more will be written. */
  onLost(error: unknown): void;
}

/**
 * The step rule, in one place: one input at a time, the next state computed in memory, one atomic write of everything
 * that changes, and only then the new state, the events and what is sent. Where the write fails, the old state stays.
 */
export class Engine {
  readonly #conversations = new Map<string, ConversationState>();
  readonly #handler: EngineHandler;
  #queue: Promise<unknown> = Promise.resolve();
  #lost: unknown;
  #relayAhead = 0;
  #knowsRelayTime = false;
  readonly vault: Vault;
  readonly device: Device;
  readonly clock: Clock;
  readonly random: Random;
  readonly leafUpdates: LeafUpdateTurns = { freeAt: 0 };
  readonly services: KnownServices;

  /** Holds nothing until {@link Engine.load}. */
  constructor(vault: Vault, device: Device, clock: Clock, random: Random, handler: EngineHandler) {
    this.vault = vault;
    this.device = device;
    this.services = new KnownServices(device.identity.authority);
    this.clock = clock;
    this.random = random;
    this.#handler = handler;
  }

  /** Judges credentials. */
  get authority(): CredentialAuthority {
    return this.device.identity.authority;
  }

  /** The identifiers of all conversations, in hexadecimal. */
  get ids(): string[] {
    return [...this.#conversations.keys()];
  }

  /** The durable state of a conversation, or `undefined` where there is none. */
  state(id: string): ConversationState | undefined {
    return this.#conversations.get(id);
  }

  /** What a step may use, as of now. */
  tools(): StepTools {
    const { logSuite, shown } = this.device;
    const { authority, random } = this;
    const { credential } = shown.issued;
    const services = this.services.all;
    const now = this.clock.now();
    return { logSuite, authority, credential, random, services, now, relayNow: this.relayNow() };
  }

  /** What the relay's clock shows, as far as it has said: lifetimes are judged by it, and ours may be off. */
  relayNow(): number {
    return this.clock.now() + this.#relayAhead;
  }

  /** Whether the relay has said what its clock shows. */
  get knowsRelayTime(): boolean {
    return this.#knowsRelayTime;
  }

  /** Notes what the relay's clock shows now. */
  noteRelayTime(now: number): void {
    this.#knowsRelayTime = true;
    this.#relayAhead = now - this.clock.now();
  }

  /**
   * Reads all conversations. Rejects with `storage-damaged` where one cannot be restored, and with `unsupported-suite` where
   * one is of a suite that the device has no more.
   */
  async load(): Promise<void> {
    for (const id of await this.#storedIds()) {
      const records = new Map<string, Uint8Array>();
      const prefix = `${storeKey.conversation}/${id}/`;
      for (const name of restoredRecords.single) {
        const value = await this.vault.read(prefix + name);
        if (value !== undefined) records.set(name, value);
      }
      for (const name of restoredRecords.families) {
        for (const { key, value } of await this.vault.list(prefix + name))
          records.set(key.slice(prefix.length), value);
      }
      for (const { family, count } of restoredRecords.latest) {
        const latest = await this.vault.list(prefix + family, { limit: count, descending: true });
        for (const { key, value } of latest.reverse()) records.set(key.slice(prefix.length), value);
      }
      const state = restoreConversation(records, (suite) => suiteOf(this.device, suite));
      this.#conversations.set(id, state);
    }
  }

  /**
   * Runs a task when all before it are done: at any time there is at most one. A task must not wait for another one.
   * Rejects with what the task rejects with.
   */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      if (this.#lost !== undefined) throw this.#lost;
      return task();
    });
    this.#queue = result.catch(() => {});
    return result;
  }

  /** One step of one conversation, in its turn. Rejects with `unknown-conversation`, or with what `compute` throws. */
  step<T>(id: string, compute: (step: Step) => T): Promise<T> {
    return this.run(async () => {
      const step = this.#begin(id);
      const value = compute(step);
      await this.complete(step);
      return value;
    });
  }

  /** A step with many signatures: other threads verify them. `compute` may run twice, so it must change nothing else. */
  stepAhead<T>(id: string, compute: (step: Step) => T): Promise<T> {
    return this.run(async () => {
      const { step, value } = await computeAhead(this.device.signatures, () => {
        const begun = this.#begin(id);
        return { value: compute(begun), step: begun };
      });
      await this.complete(step);
      return value;
    });
  }

  /** Makes a step count, within a task: stores it, together with `also`, and only then swaps the state and tells. */
  async complete(step: Step, also: readonly Change[] = []): Promise<void> {
    const result = step.finish();
    const id = hex(result.state.id);
    const changes = [...also, ...prefixed(id, result)];
    if (changes.length > 0) await this.#write(changes);
    const isSame = this.#conversations.get(id) === result.state;
    this.#conversations.set(id, result.state);
    // Whatever is not in the new state any more must not be in memory either (RFC 9420 §9.2).
    for (const secret of result.consumed) secret.fill(0);
    if (!isSame || result.events.length > 0) this.#handler.onStep(result.state, result.events);
  }

  /** Writes records that belong to no conversation, within a task. */
  async write(changes: readonly Change[]): Promise<void> {
    await this.#write(changes);
  }

  /** Forgets a conversation that never came to be, within a task. */
  async forget(id: string): Promise<void> {
    const state = this.#conversations.get(id);
    await this.#write([{ removeAll: `${storeKey.conversation}/${id}` }]);
    this.#conversations.delete(id);
    for (const group of [state?.group, state?.staged?.next])
      for (const secret of group === undefined ? [] : retiredSecrets(group)) secret.fill(0);
  }

  /** Resolves when all tasks given so far are done. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  #begin(id: string): Step {
    const state = this.#conversations.get(id);
    if (state === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    return new Step(state, this.tools());
  }

  async #write(changes: readonly Change[]): Promise<void> {
    try {
      await this.vault.write(changes);
    } catch (error) {
      // A store that was full has changed nothing. After anything else nobody knows what is stored: to go on from memory
      // could use a key twice, so this client ends here and the next one starts from what it finds.
      if (!hasCode(error, "storage-full")) {
        this.#lost = error;
        this.#handler.onLost(error);
      }
      throw error;
    }
  }

  /** Conversations that have a state record, without reading their history. */
  async #storedIds(): Promise<string[]> {
    const ids: string[] = [];
    let after: string | undefined;
    for (;;) {
      const options = after === undefined ? { limit: 1 } : { limit: 1, after };
      const [entry] = await this.vault.list(storeKey.conversation, options);
      const id = entry?.key.split("/")[1];
      if (id === undefined) return ids;
      ids.push(id);
      // No record name begins with "z", so the next entry is the next conversation's first.
      after = `${storeKey.conversation}/${id}/z`;
    }
  }
}

function prefixed(id: string, { changes }: StepResult): Change[] {
  const prefix = `${storeKey.conversation}/${id}/`;
  return changes.map((change): Change => {
    if ("put" in change) return { put: prefix + change.put, value: change.value };
    if ("remove" in change) return { remove: prefix + change.remove };
    return { removeAll: prefix + change.removeAll };
  });
}

/** The key of a conversation's record family, for reading history. */
export function familyKey(id: string, family: string): string {
  return `${storeKey.conversation}/${id}/${family}`;
}
