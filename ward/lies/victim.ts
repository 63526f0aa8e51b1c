import { type ClientMessage, hex, type LogHead, type RelayMessage, type Request } from "@readback/core/wire";
import type { Device } from "../world/device.ts";
import type { Between } from "../world/watched-transport.ts";
import type { ForgedHistory } from "./forged-history.ts";

const mostPast = 48;

/** A lie that is being told. */
export interface Told {
  readonly between: Between;
  /** Something was told, or kept back, that is not so. */
  onTold(): void;
}

interface Asked {
  readonly requests: Map<number, Request>;
  /** How far all logs were when it was asked where they end. */
  readonly ends: Map<number, ReadonlyMap<string, number>>;
}

/** One device as a lying relay knows it: what it has asked and was told, and what it is being told now. */
export class Victim implements Between {
  readonly device: Device;
  /** The last messages it was told. */
  readonly past: RelayMessage[] = [];
  /** By conversation, the relay's word for each place that it was shown, and the last place. */
  readonly heads = new Map<string, Map<number, LogHead>>();
  readonly lies = new Set<Told>();
  /** By conversation. */
  readonly histories = new Map<string, ForgedHistory>();
  readonly #ends: () => ReadonlyMap<string, number>;
  /** By when the relay has signed it: how far all logs were when it was asked. */
  readonly vouched = new Map<number, ReadonlyMap<string, number>>();
  /** What was asked on each connection. */
  readonly #asked = new WeakMap<object, Asked>();
  #present: Asked = { requests: new Map(), ends: new Map() };

  /** @param ends - how far all logs are */
  constructor(device: Device, ends: () => ReadonlyMap<string, number>) {
    this.device = device;
    this.#ends = ends;
  }

  /** The last place of a log that it was shown. */
  shownUpTo(conversation: string): number {
    return Math.max(0, ...(this.heads.get(conversation)?.keys() ?? []));
  }

  /** Requests on the connection that the message at hand came on. */
  get requests(): ReadonlyMap<number, Request> {
    return this.#present.requests;
  }

  fromClient(message: ClientMessage, connection: object): readonly ClientMessage[] | undefined {
    const asked = this.#turnTo(connection);
    if (message.type === "request") {
      asked.requests.set(message.id, message.request);
      if (message.request.type === "ends") asked.ends.set(message.id, this.#ends());
    }
    for (const lie of this.lies) {
      const instead = lie.between.fromClient?.(message, connection);
      if (instead === undefined) continue;
      lie.onTold();
      return instead;
    }
    return this.#translated(message);
  }

  fromRelay(message: RelayMessage, connection: object): readonly RelayMessage[] | undefined {
    this.#turnTo(connection);
    this.#remember(message);
    // Who is added anew begins with a log as all others have it.
    if (message.type === "inbox" && message.item.type === "welcome")
      this.histories.delete(hex(message.item.conversation));
    const entries = [...this.histories.values()].reduce<readonly RelayMessage[]>(
      (told, history) => told.flatMap((one) => history.fromRelay(one, this)),
      [message],
    );
    return entries.flatMap((one) => this.#lie(one, connection));
  }

  #turnTo(connection: object): Asked {
    const asked = this.#asked.get(connection) ?? { requests: new Map(), ends: new Map() };
    this.#asked.set(connection, asked);
    this.#present = asked;
    return asked;
  }

  #lie(message: RelayMessage, connection: object): readonly RelayMessage[] {
    for (const lie of this.lies) {
      const instead = lie.between.fromRelay?.(message, connection);
      if (instead === undefined) continue;
      lie.onTold();
      return instead;
    }
    return [message];
  }

  #translated(message: ClientMessage): readonly ClientMessage[] | undefined {
    if (message.type !== "request" || message.request.type !== "fetch") return undefined;
    const { request } = message;
    const history = this.histories.get(hex(request.conversation));
    return history && [{ ...message, request: { ...request, after: history.realAfter(request.after) } }];
  }

  #remember(message: RelayMessage): void {
    if (message.type === "entry") this.#show(message.head);
    if (message.type === "answer" && message.answer.type === "entries") this.#show(message.answer.head);
    if (message.type === "answer" && message.answer.type === "ends") {
      const asked = this.#present.ends.get(message.id);
      if (asked !== undefined) this.vouched.set(message.answer.signedAt, asked);
    }
    if (message.type === "challenge" || message.type === "goodbye") return;
    this.past.push(message);
    if (this.past.length > mostPast) this.past.shift();
  }

  #show(head: LogHead): void {
    const id = hex(head.conversation);
    const heads = this.heads.get(id) ?? new Map<number, LogHead>();
    this.heads.set(id, heads.set(head.seq, head));
  }
}
