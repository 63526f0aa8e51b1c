import type { MessageStatus } from "@readback/core";

/** What the stage tells the program that plays the relay. */
export type RelayOrder =
  | {
      readonly type: "start";
      /** The SQLite file. */
      readonly database: string;
      /** 0 for any free port. */
      readonly port: number;
    }
  | { readonly type: "end" };

/** What the relay says. */
export interface RelayReport {
  readonly type: "listening";
  readonly port: number;
}

/** What the stage tells a program that plays a hospital. */
export type HospitalOrder =
  | {
      readonly type: "start";
      readonly database: string;
      /** Seals every stored value: 32 bytes in hexadecimal. */
      readonly storeKey: string;
      readonly person: string;
      readonly url: string;
      /** Whom to open the conversation with, unless it is stored; `undefined` for the one who waits to be asked. */
      readonly opensWith: string | undefined;
    }
  /** Say this, unless the turn is in the store already. Turns come in order. */
  | { readonly type: "say"; readonly turn: number; readonly text: string }
  | { readonly type: "end" };

/** What a hospital says. */
export type HospitalReport =
  | { readonly type: "connection"; readonly state: "online" | "offline" }
  /** A conversation was in the store, with so many messages of our own and of the other. */
  | { readonly type: "resumed"; readonly own: number; readonly others: number }
  /** The conversation is there: lines can be said. */
  | { readonly type: "ready" }
  /** One of our own messages has come this far, with what was read back. */
  | { readonly type: "step"; readonly turn: number; readonly status: MessageStatus; readonly text?: string }
  | { readonly type: "problem"; readonly code: string };

/** What the stage tells the program that counts. */
export interface AuditOrder {
  readonly type: "audit";
  readonly database: string;
  readonly storeKey: string;
  readonly person: string;
}

/** A message as a store holds it. */
export interface StoredMessage {
  readonly id: string;
  /** Its place in the log, or `undefined` while it waits to be sent. */
  readonly seq: number | undefined;
  readonly isOwn: boolean;
  /** SHA-256 of the text, in hexadecimal; `undefined` where this device cannot read it. */
  readonly digest: string | undefined;
  readonly status: MessageStatus;
}

/** Everything that one store holds, in its order. */
export interface AuditReport {
  readonly type: "stored";
  readonly messages: readonly StoredMessage[];
}

/** An order to a program, and what that program says. */
export type Order = RelayOrder | HospitalOrder | AuditOrder;
export type Report = RelayReport | HospitalReport | AuditReport;
