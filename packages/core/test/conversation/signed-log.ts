import { entryHash, signHead } from "../../src/conversation/log-entry.ts";
import type { LogPage } from "../../src/conversation/log-page.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import type { EntryHeader, LogHead } from "../../src/wire/entry.ts";
import { room } from "./kit.ts";

export const suite = defaultCryptoProvider().suite(2) as CipherSuite;
/** What the relay signs with. */
export const keys = suite.signature.deriveKeyPair(new Uint8Array(suite.signature.seedSize).fill(1));
export const start = 1_764_000_000_000;

/** A log of `length` entries; logs with another `salt` differ from entry `from` on. */
function logOf(length: number, salt = 0, from = 1): EntryHeader[] {
  const headers: EntryHeader[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const last = headers.at(-1);
    headers.push({
      conversation: room,
      seq,
      previousHash: last === undefined ? new Uint8Array(32) : entryHash(suite, last),
      kind: "application",
      epoch: 1n,
      payloadHash: new Uint8Array(32).fill(seq >= from ? salt : 0),
      acceptedAt: start + seq,
      relay: "relay.example",
    });
  }
  return headers;
}

/** The relay's word that its log ends with an entry. */
export function headOf(header: EntryHeader, signedAt = start): LogHead {
  const { conversation, seq } = header;
  return signHead(suite, keys.privateKey, {
    conversation,
    seq,
    entryHash: entryHash(suite, header),
    signedAt,
  });
}

export const pageOf = (headers: EntryHeader[]): LogPage => ({
  headers,
  head: headOf(headers.at(-1) as EntryHeader),
});
export const at = (headers: readonly EntryHeader[], seq: number): EntryHeader =>
  headers[seq - 1] as EntryHeader;

/** Our history, and that of others, who have read something else from entry 15 on. */
export const ours = logOf(20);
export const others = logOf(30, 1, 15);
