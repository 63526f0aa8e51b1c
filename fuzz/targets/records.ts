import { hex } from "../../packages/core/src/codec/hex.ts";
import { utf8 } from "../../packages/core/src/codec/utf8.ts";
import { encode } from "../../packages/core/src/codec/writer.ts";
import { decodeLogPage, encodeLogPage } from "../../packages/core/src/conversation/log-page.ts";
import { decodePlaces, encodePlaces } from "../../packages/core/src/conversation/message-places.ts";
import {
  decodeMessageRecord,
  decodePlace,
  encodeMessageRecord,
  encodePlace,
} from "../../packages/core/src/conversation/message-record.ts";
import {
  decodePendingRequest,
  encodePendingRequest,
} from "../../packages/core/src/conversation/pending-request.ts";
import {
  decodeReceiptState,
  encodeReceiptState,
} from "../../packages/core/src/conversation/receipt-state.ts";
import * as records from "../../packages/core/src/conversation/state-record.ts";
import {
  createUpdate,
  decodeKeyPackageBundle,
  encodeKeyPackageBundle,
  type Group,
  publicGroupRecords,
  restoreGroup,
  restorePublicGroup,
  unprotectMessage,
} from "../../packages/core/src/mls.ts";
import { StoredGroup } from "../../packages/core/test/mls/stored-group.ts";
import { keyPackageOf, suiteOf } from "../../packages/core/test/mls/world.ts";
import type { Target } from "../target.ts";
import { isDamage, isOfGrammar } from "./codes.ts";
import { after, company } from "./groups.ts";
import { handshakes, privateMessages } from "./sent.ts";

const common = { home: "core", mayRefuse: isOfGrammar } as const;
const memory = 2 ** 24;
const name32 = new Uint8Array(32).fill(1);
const opening = {
  key: name32,
  nonce: name32,
  encryptedSenderData: name32,
  length: 256,
  authenticatedData: name32,
};
const head = { conversation: name32, seq: 1, entryHash: name32, signedAt: 9, signature: name32 };
const device = { person: "ada@mercy.example", device: "phone" };

/** What was stored, and is damaged. */
export const recordTargets: readonly Target[] = [
  {
    ...common,
    name: "record-group",
    memory,
    mayRefuse: isDamage,
    seeds: () => groups().map((group) => packed(recordsOf(group))),
    take: (input) => {
      // Records that are not needed are passed over, so these have more than one form; the group has one.
      const stored = recordsOf(restoreGroup(suiteOf(1), unpacked(input)));
      const again = recordsOf(restoreGroup(suiteOf(1), stored));
      if (hex(packed(again)) !== hex(packed(stored))) throw new Error("a restored group does not come back");
      return undefined;
    },
  },
  {
    ...common,
    name: "record-public-group",
    memory,
    mayRefuse: isDamage,
    seeds: () => groups().map((group) => packed(publicRecordsOf(group))),
    take: (input) => {
      restorePublicGroup(suiteOf(1), unpacked(input));
      return undefined;
    },
  },
  {
    ...common,
    name: "record-key-package",
    mayRefuse: isDamage,
    seeds: () => [encodeKeyPackageBundle(keyPackageOf(company().eve))],
    take: (input) => {
      const { keyPackage, secrets, ...rest } = decodeKeyPackageBundle(suiteOf(1), input);
      return encodeKeyPackageBundle({ ...rest, secrets, keyPackage: structuredClone(keyPackage) });
    },
  },
  record("record-message", decodeMessageRecord, encodeMessageRecord, {
    seq: 3,
    id: name32,
    author: device,
    leaf: 1,
    epoch: 2n,
    acceptedAt: 9,
    problem: "",
    content: new Uint8Array(20),
    signature: new Uint8Array(64),
    opening,
  }),
  record("record-page", decodeLogPage, encodeLogPage, {
    headers: [
      {
        conversation: name32,
        seq: 1,
        previousHash: name32,
        kind: "commit",
        epoch: 1n,
        payloadHash: name32,
        acceptedAt: 9,
        relay: "relay.example",
      },
    ],
    head,
  }),
  record("record-request", decodePendingRequest, encodePendingRequest, {
    seq: 3,
    id: name32,
    first: name32,
    author: device.person,
    at: 9,
    deadline: 20,
    due: [12, undefined],
    owesSeen: true,
  }),
  record("record-place", decodePlace, encodePlace, 7),
  record("record-places", decodePlaces, encodePlaces, {
    number: 2,
    places: [
      { id: name32, seq: 3 },
      { id: name32, seq: 4 },
    ],
  }),
  record("record-receipts", decodeReceiptState, encodeReceiptState, {
    devices: new Map([
      [
        "x",
        {
          ...device,
          since: 1,
          stored: { upTo: 9, exceptions: [2, 4], at: 5 },
          displayed: { upTo: 7, exceptions: [2, 3, 4], at: 5 },
        },
      ],
    ]),
  }),
  record(
    "record-state",
    records.decodeStateRecord,
    records.encodeStateRecord as never,
    {
      id: name32,
      self: device,
      phase: "active",
      subject: "Bed 12",
      hub: { relay: "relay.example", logKey: name32 },
      position: { seq: 1, hash: name32, acceptedAt: 1 },
      reported: { stored: 1, displayed: 0 },
      due: { stored: 1, displayed: 1 },
      nextNumber: 1,
      deviceCounter: 1,
      pruned: { inEpoch: 0, last: 0 },
      givenUp: [2, 5],
      leafUpdate: { dueAt: 5, isUsed: true },
      keptFrom: 0,
    } as const,
  ),
  record("record-members", records.decodeMembers, records.encodeMembers, [
    { ...device, leaf: 0, since: 1, until: undefined, counted: 0 },
    { ...device, leaf: 1, since: 2, until: 5, counted: 3 },
  ]),
  record("record-outgoing", records.decodeOutgoing, records.encodeOutgoing, {
    number: 1,
    kind: "application",
    id: name32,
    content: name32,
    submission: { epoch: 1n, payload: name32, payloadHash: name32 },
    signature: name32,
    opening,
  } as const),
  record("record-intent", records.decodeIntent, records.encodeIntent, {
    number: 1,
    type: "remove",
    persons: ["ada", "ben"],
  } as const),
  record(
    "record-staged",
    records.decodeStaged,
    records.encodeStaged as never,
    {
      intent: 1,
      kind: "commit",
      submission: { epoch: 1n, payload: name32, payloadHash: name32 },
      welcome: name32,
      groupInfo: name32,
      removed: [1],
      added: [2, 3],
      isAddedAnew: true,
    } as const,
  ),
];

function record<T>(
  name: string,
  read: (bytes: Uint8Array) => T,
  write: (value: T) => Uint8Array,
  value: T,
): Target {
  const take = (input: Uint8Array) => write(structuredClone(read(input)));
  return { ...common, name, seeds: () => [write(value)], take };
}

/** Groups with all that may be stored of one: waiting proposals, updates of one's own, skipped keys. */
function groups(): Group[] {
  const { people, groups } = company();
  const [, , cais, dans] = groups;
  const [, , , dan] = people;
  const last = privateMessages().at(-1) as Uint8Array;
  const waiting = handshakes()
    .slice(0, 3)
    .reduce((group, message) => after(group, message), unprotectMessage(cais, last).group);
  return [waiting, createUpdate(dans, { random: dan.random }).group];
}

function recordsOf(group: Group): ReadonlyMap<string, Uint8Array> {
  const store = new StoredGroup();
  store.write(undefined, group);
  return store.records;
}

function publicRecordsOf(group: Group): ReadonlyMap<string, Uint8Array> {
  const stored = publicGroupRecords(undefined, group);
  return new Map(stored.flatMap((change) => ("put" in change ? [[change.put, change.value]] : [])));
}

/** Name and value of each record, sorted, in a form that any bytes have: it is none of what is tried here. */
function packed(stored: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const sorted = [...stored].sort(([a], [b]) => (a < b ? -1 : 1));
  return encode((writer) => {
    for (const [name, bytes] of sorted) {
      writer.u8(name.length).raw(utf8(name)).u16(bytes.length).raw(bytes);
    }
  }, undefined);
}

function unpacked(input: Uint8Array): Map<string, Uint8Array> {
  const stored = new Map<string, Uint8Array>();
  let rest = input;
  const next = (length: number) => {
    const taken = rest.slice(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  while (rest.length > 0) {
    const [nameLength = 0] = next(1);
    const name = String.fromCharCode(...next(nameLength));
    const [high = 0, low = 0] = next(2);
    stored.set(name, next(high * 0x100 + low));
  }
  return stored;
}
