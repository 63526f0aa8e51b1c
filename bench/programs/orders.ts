/** What the program `relay` does. */
export interface RelayOrders {
  /** Serves a relay from a database, or from memory, on any free port, and an echo of WebSocket messages on another. */
  start(order: { readonly database?: string }): Promise<{ readonly port: number; readonly echoPort: number }>;
  /** Bytes of memory that the process holds. */
  memory(): Promise<number>;
  end(): Promise<void>;
}

/** What the program `broadcast` does. */
export interface BroadcastOrders {
  /** Listens on any free port. Each message becomes a row of the database, where there is one, before it goes on. */
  start(order: { readonly database?: string }): Promise<{ readonly port: number }>;
  memory(): Promise<number>;
  end(): Promise<void>;
}

/** What the program `sockets` does. */
export interface SocketsOrders {
  /** Opens connections that say nothing. */
  openBare(order: { readonly url: string; readonly count: number }): Promise<void>;
  /** Opens connections that log in, each as another device, and ask for news. */
  openDevices(order: { readonly url: string; readonly count: number }): Promise<void>;
  /** Microseconds from sending a message until all listeners have it and the sender an answer, one at a time. */
  fanOut(order: {
    readonly relayUrl: string;
    readonly bareUrl: string;
    readonly listeners: number;
    readonly rounds: number;
  }): Promise<{ readonly relay: number; readonly bare: number }>;
  /** Opens devices, each with a conversation of its own. */
  writers(order: { readonly url: string; readonly count: number }): Promise<void>;
  /** Makes messages for each writer. */
  prepare(count: number): Promise<void>;
  /** Lets each writer append so many messages, one after the other. */
  append(count: number): Promise<void>;
}

/** How to open a client. */
export interface ClientOrder {
  readonly person: string;
  readonly database: string;
  readonly url: string;
}

/** What the program `client` does. */
export interface ClientOrders {
  /** Opens a client and resolves when it is online. */
  start(order: ClientOrder): Promise<void>;
  /** Resolves when a conversation was joined. */
  joined(): Promise<void>;
  /** When the next message was displayed: nanoseconds of the clock that all processes of the machine share. */
  displayed(): Promise<number>;
  /** Opens a client; resolves when `messages` were displayed, with the milliseconds that took. */
  catchUp(order: ClientOrder & { readonly messages: number }): Promise<number>;
  /** Reads the newest page of messages. Resolves with how many there are. */
  readPage(): Promise<number>;
  /** Bytes of memory that the process holds. */
  memory(): Promise<number>;
  end(): Promise<void>;
}

/** What the program `idle` does: nothing. */
export interface IdleOrders {
  memory(): Promise<number>;
}

/** The functions that answer orders, by their names. */
export type Orders = RelayOrders | BroadcastOrders | SocketsOrders | ClientOrders | IdleOrders;

/** What travels between the processes. */
export interface Envelope {
  readonly name: string;
  readonly content: unknown;
}

/** Answers the orders of the process that started this one, until that is gone. */
export function answerOrders<Takes extends Orders>(orders: Takes): void {
  process.on("disconnect", () => process.exit());
  process.on("message", ({ name, content }: Envelope) => {
    const order = (orders as unknown as Record<string, (content: unknown) => Promise<unknown>>)[name];
    void Promise.resolve(order?.(content)).then(
      (answer) => process.send?.({ name, content: answer }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
