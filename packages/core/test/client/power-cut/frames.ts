import { hex } from "../../../src/codec/hex.ts";
import { Reader } from "../../../src/codec/reader.ts";
import { decodeContent } from "../../../src/conversation/content.ts";
import { decodeMessage } from "../../../src/mls/message.ts";
import type { EntryHeader } from "../../../src/wire/entry.ts";
import type { ClientMessage, RelayMessage } from "../../../src/wire/message.ts";
import type { AppendRequest } from "../../../src/wire/request.ts";
import type { Between } from "../interposed-transport.ts";
import type { Actor } from "./actor.ts";
import type { Stage } from "./stage.ts";

/** What a device has claimed to hold, and what it did hold at that moment. */
export interface Claim {
  readonly actor: string;
  readonly level: string;
  readonly upTo: number;
  readonly held: ReadonlySet<number>;
}

/** Watches what one device sends and gets. */
export class Frames implements Between {
  readonly #stage: Stage;
  readonly #actor: Actor;

  constructor(stage: Stage, actor: Actor) {
    this.#stage = stage;
    this.#actor = actor;
  }

  /** Nothing may leave that is not stored, since after a crash it would be made again and differ. */
  fromClient(message: ClientMessage): undefined {
    this.#stage.passed += 1;
    if (message.type !== "request") return;
    const { request } = message;
    if (request.type !== "append" && request.type !== "create") return;
    if (!this.#actor.view.holds(request.payload))
      this.#stage.violations.push(`${this.#actor.name} has sent a ${request.type} that is not stored`);
    if (request.type === "append" && (request.kind === "application" || request.kind === "receipt"))
      this.#content(request);
  }

  fromRelay(message: RelayMessage): undefined {
    this.#stage.passed += 1;
    const { joined } = this.#stage.observed;
    if (message.type === "entry") this.#show(message.entry.header);
    if (message.type === "inbox" && message.item.type === "welcome")
      joined.set(this.#actor.name, message.item.seq);
    if (message.type === "answer" && message.answer.type === "entries") {
      for (const { header } of message.answer.entries) this.#show(header);
    }
  }

  #show(header: EntryHeader): void {
    const { log, shown } = this.#stage.observed;
    const known = log.get(header.seq);
    if (known !== undefined && hex(known.payloadHash) !== hex(header.payloadHash))
      this.#stage.violations.push(`${this.#actor.name} was shown another entry ${header.seq}`);
    log.set(header.seq, header);
    shown.set(this.#actor.name, Math.max(header.seq, shown.get(this.#actor.name) ?? 0));
  }

  #content({ payload, kind }: AppendRequest): void {
    const decoded = decodeMessage(payload);
    if (decoded.type !== "private-message") throw new Error("Content is a private message.");
    const { ciphertext } = decoded.privateMessage;
    const sealed = this.#stage.crypto.sealed(ciphertext);
    if (sealed === undefined) throw new Error("Content was sealed by nobody.");
    // The reuse guard makes nonces differ, so a key that serves two messages shows only here.
    const other = this.#stage.observed.sentWith.get(sealed.key);
    const text = hex(ciphertext);
    if (other !== undefined && other !== text)
      this.#stage.violations.push(`${this.#actor.name} has sent two messages under one key`);
    this.#stage.observed.sentWith.set(sealed.key, text);
    if (kind === "receipt") this.#claim(sealed.plaintext);
  }

  #claim(plaintext: Uint8Array): void {
    // RFC 9420 §6.3.1: PrivateMessageContent begins with the application data; padding ends it.
    const content = decodeContent(new Reader(plaintext).bytes());
    if (content.type === "fault") return;
    if (content.type !== "receipt") throw new Error("A receipt is a receipt.");
    const { level, upTo } = content;
    this.#stage.observed.claims.push({
      actor: this.#actor.name,
      level,
      upTo,
      held: this.#actor.view.messages,
    });
  }
}
