import { utf8 } from "@readback/core/wire";
import { decodeStateRecord } from "../../packages/core/src/conversation/state-record.ts";
import { unsafeModelCrypto } from "../crypto/unsafe-model-crypto.ts";
import type { Device } from "../world/device.ts";

const { nonceSize } = unsafeModelCrypto().aes256Gcm;

/** What lies on a disk, opened with the key that its owner has: for whoever examines it. */
export class StoredRecords {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Names of all records below a prefix. */
  keysBelow(prefix: string): string[] {
    return this.#device.storage.entries.keysBelow(prefix);
  }

  /** The content of a record, or `undefined` where there is none. */
  read(key: string): Uint8Array | undefined {
    const sealed = this.#device.storage.entries.get(key);
    if (sealed === undefined) return undefined;
    const { storeKey, crypto } = this.#device;
    const nonce = sealed.subarray(0, nonceSize);
    return crypto.aes256Gcm.open(storeKey, nonce, utf8(key), sealed.subarray(nonceSize));
  }
}

const unfinished = /\/(?:outgoing|intent|staged-group)\/|\/(?:staged|creation)$/;

/** Names of records that tell of something unfinished. */
export function unfinishedOf(device: Device): string[] {
  return device.storage.entries.keysBelow("conversation").filter((key) => unfinished.test(key));
}

/** The conversation that a record belongs to. */
export function conversationOf(key: string): string {
  return key.split("/")[1] ?? "";
}

/** The last place of a log that a device has processed, by its disk. */
export function positionOf(device: Device, conversation: string): number | undefined {
  const bytes = new StoredRecords(device).read(`conversation/${conversation}/state`);
  return bytes && decodeStateRecord(bytes).position.seq;
}
