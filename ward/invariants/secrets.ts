import type { Change } from "@readback/core/storage";
import { decodeMessageRecord } from "../../packages/core/src/conversation/message-record.ts";
import type { DeviceRecord } from "./device-record.ts";
import type { LogRecord } from "./log-record.ts";
import type { StoredRecords } from "./stored-records.ts";
import { Violation } from "./violation.ts";

const message = /^conversation\/([0-9a-f]{64})\/message\/(\d+)$/;

/**
 * I12: what a key was needed for and the end of that key are one write. Whoever joins removes the key package that the
 * Welcome was made for (RFC 9420 §16.8), and whoever decrypts moves the ratchet on (§9.2).
 */
export function checkSecretsGone(
  record: DeviceRecord,
  changes: readonly Change[],
  stored: StoredRecords,
  logs: ReadonlyMap<string, LogRecord>,
): void {
  let [isJoin, spends, movesOn] = [false, false, false];
  for (const change of changes) {
    const key = "put" in change ? change.put : "remove" in change ? change.remove : change.removeAll;
    if ("removeAll" in change && key.endsWith("/intent")) isJoin = true;
    if ("remove" in change && key.startsWith("key-package/")) spends = true;
    if (/\/group(?:\/|$)/.test(key)) movesOn = true;
  }
  if (isJoin) record.joins += 1;
  // Only the last-resort key package stays, which serves when the twenty others are used up.
  if (isJoin && !spends && record.joins <= 20)
    throw new Violation("I12", `${record.name} has joined and kept the key package`);
  if (movesOn) return;
  for (const change of changes) {
    const [, id = "", seq] = ("put" in change && message.exec(change.put)) || [];
    if (!("put" in change) || !logs.has(id)) continue;
    const { problem, author } = decodeMessageRecord(stored.read(change.put) as Uint8Array);
    if (problem === "" && `${author.person}/${author.device}` !== record.name)
      throw new Violation("I12", `${record.name} has read ${Number(seq)} and kept the key`);
  }
}
