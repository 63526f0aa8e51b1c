import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { depart } from "../conversation/depart.ts";
import { joinConversation } from "../conversation/join.ts";
import { recordName } from "../conversation/record-name.ts";
import type { ConversationState } from "../conversation/state.ts";
import { Step } from "../conversation/step.ts";
import { hasCode, ReadbackError } from "../error.ts";
import type { KeyPackageBundle } from "../mls/key-package-bundle.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import { welcomeReferences } from "../mls/welcome-secrets.ts";
import type { Change } from "../port/storage.ts";
import type { LogEntry, LogHead } from "../wire/entry.ts";
import type { InboxItem, RelayMessage } from "../wire/message.ts";
import { computeAhead } from "./compute-ahead.ts";
import { suiteOf } from "./device.ts";
import type { Engine } from "./engine.ts";
import { findKeyPackage, spendKeyPackage } from "./key-packages.ts";
import { noteNewDevice } from "./own-devices.ts";
import type { Session } from "./session.ts";
import { storeKey } from "./store-key.ts";

type Welcome = Extract<InboxItem, { type: "welcome" }>;
type Delivery = Omit<Extract<RelayMessage, { type: "inbox" }>, "type">;

/** How often a Welcome is tried that the relay shows no fitting log for. Others wait meanwhile, so not for ever. */
const mostTries = 12;

/** Milliseconds between two tries. */
const pauseBetweenTries = 5_000;

/** What the inbox tells. */
export interface InboxHandler {
  /** A conversation was joined; it is durable. */
  onJoined(id: string): void;
  /** Reads a conversation's log up to an entry, or all there is of it. Rejects where the session ends first. */
  readUpTo(id: string, seq?: number): Promise<void> | undefined;
  /** The item `index` tells that the person has another device; that is durable. Called within the task that stored it. */
  onDevice(index: number): void;
  /** An item could not be used; it is passed over for good. */
  onProblem(error: ReadbackError): void;
}

/** Takes what the relay holds for this device alone, in order, each item exactly once. */
export class Inbox {
  readonly #engine: Engine;
  readonly #handler: InboxHandler;
  /** The last item processed, by the name of its record: each relay counts for itself. */
  readonly #cursors = new Map<string, number>();
  /** The session that items come from, and the last one that it has brought. */
  #session: Session | undefined;
  #last = 0;
  /** The conversation that the last Welcome names as the one before it. */
  #predecessor: string | undefined;
  /** Ends the pause between two tries. */
  #endPause: () => void = () => {};

  /** Holds nothing until {@link Inbox.open}. */
  constructor(engine: Engine, handler: InboxHandler) {
    this.#engine = engine;
    this.#handler = handler;
  }

  /** Reads how far this device has come with the relay of a session: the index of the last item processed. */
  async open(session: Session): Promise<number> {
    const key = cursorKey(session);
    const known = this.#cursors.get(key);
    if (known !== undefined) return known;
    const stored = await this.#engine.vault.read(key);
    const cursor = stored === undefined ? 0 : decode((reader) => reader.safe(), stored);
    this.#cursors.set(key, cursor);
    return cursor;
  }

  /**
   * Processes one item and lets the relay forget it. Rejects only where it may be tried again, with another session:
   * connection or storage failed.
   */
  async take(session: Session, { after, index, item }: Delivery): Promise<void> {
    const cursor = this.#cursors.get(cursorKey(session)) ?? 0;
    const before = this.#session === session ? this.#last : cursor;
    // Whatever is taken out of turn would pass over for good what comes before it. The next session begins with that.
    if (index > before && after !== before)
      throw new ReadbackError("transport-failed", "The relay has left out something of an inbox.");
    this.#session = session;
    this.#last = Math.max(before, index);
    if (index > cursor) {
      if (item.type === "welcome") await this.#join(session, index, item);
      else await this.#noteDevice(session, index);
    }
    await session.request({ type: "acknowledge-inbox", upTo: index });
  }

  /** The session is gone: nothing is waited for. */
  close(): void {
    this.#endPause();
  }

  async #join(session: Session, index: number, item: Welcome): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryJoin(session, index, item);
      } catch (error) {
        if (!(error instanceof ReadbackError) || isTransient(error)) throw error;
        if (!hasCode(error, "log-broken") || tries >= mostTries) {
          this.#handler.onProblem(error);
          return await this.#pass(session, index);
        }
      }
      // A Welcome comes once. What the relay does not show now, or shows as it cannot be, it may show later.
      if (!session.isClosed) await this.#pause();
      if (session.isClosed)
        throw new ReadbackError("transport-failed", "The session has ended before a Welcome was used.");
    }
  }

  async #tryJoin(session: Session, index: number, item: Welcome): Promise<void> {
    const id = hex(item.conversation);
    // Whoever is added while being a member was removed before: that may be among what is still to be read.
    if (this.#isMember(id) && !this.#isHalted(id)) await this.#handler.readUpTo(id, item.seq);
    const before = this.#engine.state(id);
    if (before !== undefined && this.#isMember(id)) {
      if (before.position.seq >= item.seq) return await this.#pass(session, index);
      // Who cannot read on never learns that it was removed, but has its place again by being added. A place that it has
      // asked for itself comes first.
      if (!this.#isHalted(id) || before.staged !== undefined)
        throw new ReadbackError("log-broken", "The relay does not show the log up to a Welcome.");
    }
    const answer = await fetchEntry(session, item);
    await this.#joinAfter(session, () =>
      this.#engine.run(() => this.#complete(session, index, item, answer)),
    );
    this.#handler.onJoined(id);
  }

  /** Joins what another conversation goes on in, which may have to be read to its end first. */
  async #joinAfter(session: Session, join: () => Promise<void>): Promise<void> {
    for (;;) {
      this.#predecessor = undefined;
      try {
        return await join();
      } catch (error) {
        const id = this.#predecessor;
        const old = id === undefined ? undefined : this.#engine.state(id);
        const isBehind = hasCode(error, "mls-psk-unknown") || hasCode(error, "mls-reinit-missing");
        if (id === undefined || !isBehind || !mayGoOn(old, session)) throw error;
        await this.#handler.readUpTo(id);
        if (this.#engine.state(id)?.position.seq === old?.position.seq)
          throw new ReadbackError("log-broken", "The relay does not show what a conversation goes on with.");
      }
    }
  }

  #pause(): Promise<void> {
    const { clock } = this.#engine;
    return new Promise((resolve) => {
      const cancel = clock.wake(clock.now() + pauseBetweenTries, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  #isHalted(id: string): boolean {
    return this.#engine.state(id)?.phase === "halted";
  }

  #isMember(id: string): boolean {
    const state = this.#engine.state(id);
    return state !== undefined && state.phase !== "left" && !isOwnAttempt(state);
  }

  async #complete(session: Session, index: number, item: Welcome, answer: EntryAnswer): Promise<void> {
    const { conversation, welcome } = item;
    const id = hex(conversation);
    const present = this.#engine.state(id);
    // Several were about to open what follows a group, and another one was first: ours never comes to be.
    const own = present !== undefined && isOwnAttempt(present) ? present : undefined;
    const before = own === undefined ? present : undefined;
    const { device } = this.#engine;
    const { identity } = device;
    const bundle = await this.#bundleFor(welcome);
    const suite = suiteOf(device, bundle.keyPackage.cipherSuite);
    const self = { person: identity.person, device: identity.device };
    const conversationOf = (id: Uint8Array) => {
      this.#predecessor = hex(id);
      return this.#engine.state(this.#predecessor);
    };
    const step = await computeAhead(device.signatures, () =>
      joinConversation(
        { self, conversation, welcome, bundle, suite, before, ...answer, conversationOf },
        this.#engine.tools(),
      ),
    );
    if (before?.group !== undefined) {
      // What waited in the old place cannot be said any more, and is told to be so.
      const last = new Step(before, this.#engine.tools());
      depart(last);
      await this.#engine.complete(last);
    }
    if (own?.group !== undefined) step.consumed.push(...retiredSecrets(own.group));
    for (const { number } of own?.intents ?? [])
      step.emit({ type: "intent-failed", number, code: "conversation-moved" });
    await this.#engine.complete(step, [
      ...(own === undefined ? leftovers(id) : [{ removeAll: `${storeKey.conversation}/${id}` }]),
      ...spendKeyPackage(bundle),
      { put: cursorKey(session), value: encodeCursor(index) },
    ]);
    this.#cursors.set(cursorKey(session), index);
  }

  async #bundleFor(welcome: Uint8Array): Promise<KeyPackageBundle> {
    for (const reference of welcomeReferences(welcome)) {
      const bundle = await findKeyPackage(this.#engine, reference);
      if (bundle !== undefined) return bundle;
    }
    throw new ReadbackError(
      "mls-welcome-unknown",
      "A Welcome is for a key package that this device does not have.",
    );
  }

  #noteDevice(session: Session, index: number): Promise<void> {
    return this.#engine.run(async () => {
      await this.#engine.write([
        { put: cursorKey(session), value: encodeCursor(index) },
        noteNewDevice(index),
      ]);
      this.#cursors.set(cursorKey(session), index);
      this.#handler.onDevice(index);
    });
  }

  #pass(session: Session, index: number): Promise<void> {
    return this.#engine.run(async () => {
      await this.#engine.write([{ put: cursorKey(session), value: encodeCursor(index) }]);
      this.#cursors.set(cursorKey(session), index);
    });
  }
}

/** The entry of the commit that a Welcome belongs to. */
type EntryAnswer = { readonly entry: LogEntry; readonly head: LogHead };

async function fetchEntry(session: Session, { conversation, seq }: Welcome): Promise<EntryAnswer> {
  const answer = await session.request({ type: "fetch", conversation, after: seq - 1, limit: 1 });
  const entry = answer.type === "entries" ? answer.entries[0] : undefined;
  if (answer.type !== "entries" || entry === undefined) {
    throw new ReadbackError("log-broken", "The relay does not show the log entry of a Welcome.");
  }
  return { entry, head: answer.head };
}

/** Whether this device is about to open the conversation itself, as what another one goes on in. */
function isOwnAttempt({ phase, continues }: ConversationState): boolean {
  return phase === "creating" && continues !== undefined;
}

/** Whether a conversation's log may be read on at the relay of a session, since its group has not ended yet. */
function mayGoOn(old: ConversationState | undefined, { challenge }: Session): boolean {
  if (old?.group === undefined || old.group.reInit !== undefined || old.phase === "halted") return false;
  return sameBytes(old.hub.logKey, challenge.logKey);
}

/** What an earlier membership of the same conversation has left behind, apart from its history. */
function leftovers(id: string): Change[] {
  const prefix = `${storeKey.conversation}/${id}`;
  const { group, stagedGroup, outgoing, intent, unverified, counter, fork } = recordName;
  const families = [group, stagedGroup, outgoing, intent, unverified, counter];
  const gone = families.map((name): Change => ({ removeAll: `${prefix}/${name}` }));
  return [...gone, { remove: `${prefix}/${fork}` }];
}

/** Whether the same item may work next time: the connection or the storage failed, not the item. */
function isTransient(error: ReadbackError): boolean {
  return hasCode(error, "transport-failed") || error.code.startsWith("storage-");
}

/** Where the cursor is stored: 32 bytes of a relay's key tell it from others. */
function cursorKey({ challenge }: Session): string {
  return `${storeKey.inbox}/${hex(challenge.logKey.subarray(1, 33))}`;
}

function encodeCursor(index: number): Uint8Array {
  return encode((writer: Writer) => void writer.safe(index), undefined);
}
