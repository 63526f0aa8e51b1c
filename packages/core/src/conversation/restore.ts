import { decode } from "../codec/reader.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { restoreGroup, suiteInRecords } from "../mls/group-records.ts";
import type { Group } from "../mls/group-state.ts";
import { readLogHead } from "../wire/entry.ts";
import { decodeDeviceCounter } from "./device-counter.ts";
import { decodeFork, decodeUnverified } from "./fork-record.ts";
import { decodeGap } from "./gap.ts";
import { restoreLog } from "./known-log.ts";
import { decodeLogPage } from "./log-page.ts";
import { decodePlaces, noPlaces } from "./message-places.ts";
import { decodePendingRequest } from "./pending-request.ts";
import { decodeReceiptState } from "./receipt-state.ts";
import { recordName } from "./record-name.ts";
import { decodeRepair } from "./repair.ts";
import type { ConversationState, Staged } from "./state.ts";
import {
  decodeCreation,
  decodeIntent,
  decodeMembers,
  decodeOutgoing,
  decodeStaged,
  decodeStateRecord,
} from "./state-record.ts";

/** Records of one conversation by name, in ascending order of names. */
export type Records = ReadonlyMap<string, Uint8Array>;

/** The single records, the prefixes of the record families, and the families of which the last ones will do, that {@link restoreConversation} needs. */
export const restoredRecords = {
  single: [
    recordName.state,
    recordName.members,
    recordName.receipts,
    recordName.creation,
    recordName.staged,
    recordName.fork,
    recordName.retired,
    recordName.continues,
  ],
  families: [
    recordName.group,
    recordName.stagedGroup,
    recordName.outgoing,
    recordName.intent,
    recordName.request,
    recordName.gap,
    recordName.repair,
    recordName.unverified,
    recordName.counter,
  ],
  latest: [
    { family: recordName.page, count: 16 },
    { family: recordName.places, count: 1 },
  ],
} as const;

/**
 * The state that was stored last. Throws `storage-damaged` where records are missing or do not fit together, and what
 * `suiteOf` throws.
 *
 * @param suiteOf - the suite of a number
 */
export function restoreConversation(
  records: Records,
  suiteOf: (id: number) => CipherSuite,
): ConversationState {
  const stateBytes = records.get(recordName.state);
  const memberBytes = records.get(recordName.members);
  const receiptBytes = records.get(recordName.receipts);
  if (stateBytes === undefined || memberBytes === undefined || receiptBytes === undefined) {
    throw new ReadbackError("storage-damaged", "A conversation's records are not complete.");
  }
  const state = decodeStateRecord(stateBytes);
  const fork = records.get(recordName.fork);
  const continues = records.get(recordName.continues);
  const counters = family(records, recordName.counter).map(([, bytes]) => decodeDeviceCounter(bytes));
  const creation = records.get(recordName.creation);
  const group = groupIn(records, recordName.group, suiteOf);
  if (group === undefined && state.phase !== "left" && !records.has(recordName.retired)) {
    throw new ReadbackError("storage-damaged", "A conversation's group is not there.");
  }
  const log = restoreLog(family(records, recordName.page).map(([, bytes]) => decodeLogPage(bytes)));
  if ((log.head?.seq ?? 0) < state.position.seq) {
    throw new ReadbackError("storage-damaged", "A part of a conversation's log is not there.");
  }
  return {
    ...state,
    group,
    log,
    fork: fork && decodeFork(fork),
    continues: continues && decode(readLogHead, continues),
    unverified: family(records, recordName.unverified).map(([, bytes]) => decodeUnverified(bytes)),
    counters: new Map(counters.map((counter) => [counter.leaf, counter])),
    members: decodeMembers(memberBytes),
    receipts: decodeReceiptState(receiptBytes),
    requests: family(records, recordName.request).map(([, bytes]) => decodePendingRequest(bytes)),
    gaps: family(records, recordName.gap).map(([, bytes]) => decodeGap(bytes)),
    repairs: family(records, recordName.repair).map(([, bytes]) => decodeRepair(bytes)),
    places: family(records, recordName.places).map(([, bytes]) => decodePlaces(bytes))[0] ?? noPlaces,
    outgoing: family(records, recordName.outgoing).map(([, bytes]) => decodeOutgoing(bytes)),
    intents: family(records, recordName.intent).map(([, bytes]) => decodeIntent(bytes)),
    staged: stagedIn(records, suiteOf),
    creation: creation && decodeCreation(creation),
  };
}

function stagedIn(records: Records, suiteOf: (id: number) => CipherSuite): Staged | undefined {
  const bytes = records.get(recordName.staged);
  return bytes && { ...decodeStaged(bytes), next: groupIn(records, recordName.stagedGroup, suiteOf) };
}

function groupIn(records: Records, prefix: string, suiteOf: (id: number) => CipherSuite): Group | undefined {
  const found = new Map(family(records, prefix));
  return found.size === 0 ? undefined : restoreGroup(suiteOf(suiteInRecords(found)), found);
}

function family(records: Records, prefix: string): [string, Uint8Array][] {
  const start = `${prefix}/`;
  return [...records].flatMap(([name, bytes]) =>
    name.startsWith(start) ? [[name.slice(start.length), bytes] as [string, Uint8Array]] : [],
  );
}
