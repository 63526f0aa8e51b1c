import { hex } from "@readback/core/wire";
import { decodeLogPage } from "../../packages/core/src/conversation/log-page.ts";
import { StoredRecords } from "../invariants/stored-records.ts";
import type { Device } from "../world/device.ts";

/** One place of a log. */
export interface Place {
  readonly kind: string;
  /** In hexadecimal, as is `hash`, that of the entry. */
  readonly payloadHash: string;
  readonly hash: string;
}

/** The log of a conversation as one device has read and kept it, by place. */
export function historyOf(device: Device, conversation: string): Map<number, Place> {
  const stored = new StoredRecords(device);
  const places = new Map<number, Place>();
  for (const key of stored.keysBelow(`conversation/${conversation}/page`)) {
    const { headers, head } = decodeLogPage(stored.read(key) as Uint8Array);
    for (const [index, { seq, kind, payloadHash }] of headers.entries()) {
      const hash = headers[index + 1]?.previousHash ?? head.entryHash;
      places.set(seq, { kind, payloadHash: hex(payloadHash), hash: hex(hash) });
    }
  }
  return places;
}
