import type { DatabaseSync } from "node:sqlite";
import type { InboxItem } from "@readback/core/wire";
import type { Recipient, StoredInboxItem } from "../relay-store.ts";

/** Inboxes in SQLite. Every method but `readInbox` runs inside a transaction of the caller. */
export interface Inboxes {
  /** Items in a device's inbox, or `undefined` where there is no device of this name and key, or no more unless it counts still. */
  inboxLength(recipient: Recipient, revokedCounts: boolean): number | undefined;
  /** @param now - milliseconds */
  deliver(device: string, item: Extract<InboxItem, { type: "device" }>, now: number): void;
  /** Stores a Welcome once and points the inbox of each device at it. */
  deliverWelcome(devices: readonly string[], welcome: NewWelcome): void;
  readInbox(device: string, after: number, maximumBytes: number): StoredInboxItem[];
  forgetInbox(device: string, upTo: number): void;
}

/** A Welcome for members that an entry has added. */
export interface NewWelcome {
  /** Number of the conversation. */
  readonly conversation: number;
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** Milliseconds. */
  readonly acceptedAt: number;
}

interface InboxRow {
  readonly position: number;
  readonly name: Uint8Array | null;
  readonly conversation: number | null;
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly other_device: string;
}

/** Prepares the statements. */
export function sqliteInboxes(database: DatabaseSync): Inboxes {
  const findInbox = database.prepare("SELECT id FROM device WHERE name = ?");
  const findLength = database.prepare(
    "SELECT inbox_length FROM device WHERE name = ? AND signature_key = ? AND revoked <= ?",
  );
  const findRevoked = database.prepare("SELECT 1 FROM revoked WHERE device = ?");
  const nextPosition = database.prepare(
    `UPDATE device SET inbox_last = max(inbox_last + 1, ?), inbox_length = inbox_length + 1
     WHERE name = ? RETURNING id, inbox_last`,
  );
  const addItem = database.prepare("INSERT INTO inbox VALUES (?, ?, ?, ?, ?)");
  const addWelcome = database.prepare("INSERT INTO welcome VALUES (?, ?, ?, ?)");
  const readItems = database.prepare(
    `SELECT position, name, inbox.conversation, inbox.seq, bytes, other_device FROM inbox
     LEFT JOIN welcome ON welcome.conversation = inbox.conversation AND welcome.seq = inbox.seq
     LEFT JOIN conversation ON conversation.id = inbox.conversation
     WHERE device = ? AND position > ? ORDER BY position`,
  );
  const readUpTo = database.prepare("SELECT conversation, seq FROM inbox WHERE device = ? AND position <= ?");
  const forgetUpTo = database.prepare("DELETE FROM inbox WHERE device = ? AND position <= ?");
  const shorten = database.prepare("UPDATE device SET inbox_length = inbox_length - ? WHERE id = ?");
  const release = database.prepare(
    "UPDATE welcome SET recipients = recipients - 1 WHERE conversation = ? AND seq = ? RETURNING recipients",
  );
  const forgetWelcome = database.prepare("DELETE FROM welcome WHERE conversation = ? AND seq = ?");

  const append = (device: string, time: number, ...item: [number | null, number | null, string | null]) => {
    const place = nextPosition.get(time, device);
    if (place !== undefined) addItem.run(Number(place.id), Number(place.inbox_last), ...item);
  };

  return {
    inboxLength: ({ name, signatureKey }, revokedCounts) =>
      findLength.get(name, signatureKey, revokedCounts ? 1 : 0)?.inbox_length as number | undefined,

    deliver: (device, item, now) => append(device, now, null, null, item.device),

    deliverWelcome(invited, { conversation, seq, bytes, acceptedAt }) {
      // Nobody would ever take it out of the inbox of a device that was revoked.
      const devices = invited.filter((device) => findRevoked.get(device) === undefined);
      if (devices.length === 0) return;
      addWelcome.run(conversation, seq, devices.length, bytes);
      for (const device of devices) append(device, acceptedAt, conversation, seq, null);
    },

    readInbox(device, after, maximumBytes) {
      const id = findInbox.get(device)?.id as number | undefined;
      if (id === undefined) return [];
      const page: StoredInboxItem[] = [];
      let bytes = 0;
      for (const row of readItems.iterate(id, after) as Iterable<InboxRow>) {
        bytes += row.conversation === null ? 0 : row.bytes.length;
        if (page.length > 0 && bytes > maximumBytes) break;
        page.push({ index: row.position, item: itemOf(row) });
      }
      return page;
    },

    forgetInbox(device, upTo) {
      const id = findInbox.get(device)?.id as number | undefined;
      if (id === undefined) return;
      const rows = readUpTo.all(id, upTo) as { conversation: number | null; seq: number }[];
      if (rows.length === 0) return;
      for (const { conversation, seq } of rows) {
        if (conversation === null) continue;
        if (release.get(conversation, seq)?.recipients === 0) forgetWelcome.run(conversation, seq);
      }
      forgetUpTo.run(id, upTo);
      shorten.run(rows.length, id);
    },
  };
}

function itemOf(row: InboxRow): InboxItem {
  if (row.name === null) return { type: "device", device: row.other_device };
  return { type: "welcome", conversation: row.name, seq: row.seq, welcome: row.bytes };
}
