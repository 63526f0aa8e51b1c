import { sameBytes } from "../codec/bytes.ts";
import { fromHex } from "../codec/hex.ts";
import { decodeContent, type ReactionContent } from "../conversation/content.ts";
import { decodeMessageRecord } from "../conversation/message-record.ts";
import { reactionFamily } from "../conversation/versions.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { familyKey } from "./engine.ts";
import type { Message } from "./message.ts";
import { speak } from "./saying.ts";

/** A person's sign at a message. It is no acknowledgement. */
export interface Reaction {
  readonly person: string;
  /** The device it was made on. */
  readonly device: string;
  readonly reaction: string;
  /** When the relay accepted it, milliseconds; `undefined` while it waits to be sent. */
  readonly at: number | undefined;
}

/** What persons have put to one version of a message: at most one each, the newest. */
export class Reactions {
  readonly #runtime: ConversationRuntime;
  readonly #message: Message;

  /** @internal */
  constructor(runtime: ConversationRuntime, message: Message) {
    this.#runtime = runtime;
    this.#message = message;
  }

  /** Those that stand, one for each person. */
  async all(): Promise<Reaction[]> {
    const newest = await this.#newest();
    return newest.flatMap(({ person, device, at, content: { reaction } }) =>
      reaction === undefined ? [] : [{ person, device, reaction, at }],
    );
  }

  /**
   * Puts a sign to it, instead of the person's one before: 1 to 64 bytes of UTF-8, for instance an emoji. Resolves once
   * that is durable here; it is sent like a message. Rejects with `invalid-argument`, on a message that cannot be read
   * too, and as {@link Message.acknowledge}.
   */
  async add(reaction: string): Promise<void> {
    await this.#say(reaction);
  }

  /** Takes the person's sign back; does nothing where there is none. */
  async remove(): Promise<void> {
    await this.#say(undefined);
  }

  async #say(reaction: string | undefined): Promise<void> {
    const { id, problem } = this.#message;
    if (problem !== undefined)
      throw new ReadbackError("invalid-argument", "This message cannot be read here.");
    const { person } = this.#runtime.self;
    const own = (await this.#newest()).find((other) => other.person === person);
    if (own?.content.reaction === reaction) return;
    const former = own && { replaces: own.id };
    const sign = reaction === undefined ? {} : { reaction };
    await speak(this.#runtime, { type: "reaction", of: fromHex(id), ...former, ...sign });
  }

  /** The newest of each person; what waits to be sent is newer than what was. */
  async #newest(): Promise<Newest[]> {
    const { self, state } = this.#runtime;
    const of = fromHex(this.#message.id);
    const waiting = state.outgoing.flatMap(({ kind, id, content }): Newest[] => {
      const decoded = kind === "application" ? decodeContent(content) : undefined;
      if (decoded?.type !== "reaction" || !sameBytes(decoded.of, of)) return [];
      return [{ ...self, id, at: undefined, content: decoded }];
    });
    const stored = await readReactions(this.#runtime, of);
    const last = waiting.at(-1);
    return last === undefined ? stored : [...stored.filter(({ person }) => person !== self.person), last];
  }
}

interface Newest extends Omit<Reaction, "reaction"> {
  readonly id: Uint8Array;
  readonly content: ReactionContent;
}

/** The newest reaction of each person to a version, taken back or not. It costs one look for each person. */
export async function readReactions({ engine, id }: ConversationRuntime, of: Uint8Array): Promise<Newest[]> {
  const family = familyKey(id, reactionFamily(of));
  const found: Newest[] = [];
  let options: { after?: string; limit: number } = { limit: 1 };
  for (;;) {
    const [entry] = await engine.vault.list(family, options);
    if (entry === undefined) return found.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    const record = decodeMessageRecord(entry.value);
    const content = decodeContent(record.content);
    const { author, acceptedAt: at } = record;
    if (content.type === "reaction") found.push({ ...author, id: record.id, at, content });
    // On to the next person, past all that this one has said before.
    options = { after: `${entry.key.slice(0, entry.key.lastIndexOf("/"))}/z`, limit: 1 };
  }
}
