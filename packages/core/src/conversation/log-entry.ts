import { utf8 } from "../codec/utf8.ts";
import { Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { type EntryHeader, type LogHead, writeEntryHeader, writeHeadContent } from "../wire/entry.ts";

/** The suite of every log: its hash makes the chain, its signature scheme signs the heads (profile RB-1). */
export const logSuiteId = 0x0002;

const entryLabel = utf8("RB-1 entry");
const headLabel = "RB-1 Head";

/** The hash of an entry, SHA-256 over a label and `EntryTBS`: what the next entry and the head refer to (profile RB-1). */
export function entryHash(suite: CipherSuite, header: EntryHeader): Uint8Array {
  const writer = new Writer(256).raw(entryLabel);
  writeEntryHeader(writer, header);
  return writer.lend((bytes) => suite.hash.digest(bytes));
}

/** Signs a head with the relay's log key. @param suite - the suite {@link logSuiteId} */
export function signHead(
  suite: CipherSuite,
  privateKey: Uint8Array,
  head: Omit<LogHead, "signature">,
): LogHead {
  return { ...head, signature: signWithLabel(suite, privateKey, headLabel, headContent(head)) };
}

/** Whether the relay that holds `logKey` signed this head. Never throws on what a relay sent. */
export function verifyHead(suite: CipherSuite, logKey: Uint8Array, head: LogHead): boolean {
  return verifyWithLabel(suite, logKey, headLabel, headContent(head), head.signature);
}

function headContent(head: Omit<LogHead, "signature">): Uint8Array {
  const writer = new Writer(128);
  writeHeadContent(writer, head);
  return writer.finish();
}
