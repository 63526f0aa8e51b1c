import type { EntryKind } from "@readback/core/wire";
import type {
  Append,
  Decision,
  DeviceRecord,
  KeyPackageRecord,
  LogState,
  RelayStore,
  Situation,
} from "../relay-store.ts";

/** A relay store under test, and the way to open its data again. */
export interface RelayStoreSubject {
  /** A fresh, empty store. */
  readonly store: RelayStore;
  /** Closes the store that was opened last and opens the same data again. */
  reopen(): Promise<RelayStore>;
}

/** Makes one {@link RelayStoreSubject}; called once per case. Clearing up afterwards is the business of the test. */
export type MakeRelayStore = () => Promise<RelayStoreSubject>;

/** One rule of the {@link RelayStore} contract as a test that any runner can run: it passes unless `run` rejects. */
export interface RelayStoreCase {
  /** What the store does, as a sentence without subject. */
  readonly name: string;
  /** Runs the case on a store from `make` and closes it. Rejects with an error that tells what was expected. */
  run(make: MakeRelayStore): Promise<void>;
}

/** A case from its name and its steps; whatever is open at their end is closed. */
export function relayStoreCase(
  name: string,
  steps: (store: RelayStore, reopen: () => Promise<RelayStore>) => Promise<void>,
): RelayStoreCase {
  return {
    name,
    async run(make) {
      const subject = await make();
      let open = subject.store;
      const reopen = async (): Promise<RelayStore> => {
        open = await subject.reopen();
        return open;
      };
      try {
        await steps(subject.store, reopen);
      } finally {
        await open.close();
      }
    },
  };
}

/** `length` bytes that differ for each `number`. */
export function bytesOf(number: number, length = 32): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** A device `person/name`. */
export function device(person: string, name: string, key = 1): DeviceRecord {
  return { name: `${person}/${name}`, person, suite: 2, signatureKey: bytesOf(key, 65) };
}

/** A key package that expires at 1,000. */
export function keyPackage(number: number, suite = 2): KeyPackageRecord {
  return { reference: bytesOf(number), suite, expiresAt: 1_000, bytes: bytesOf(number, 300) };
}

/** What {@link appendTo} appends; all but the payload's number may be left out. */
export interface Step {
  readonly conversation?: Uint8Array;
  readonly device?: string;
  readonly payload: number;
  readonly size?: number;
  readonly epoch?: bigint;
  readonly kind?: EntryKind;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
  readonly welcome?: Uint8Array;
  readonly group?: Append["group"];
}

/** The conversation that cases use unless they name another. */
export const conversation: Uint8Array = bytesOf(7);

/** Appends one entry after whatever is there, whoever asks. Resolves with its sequence number. */
export async function appendTo(store: RelayStore, step: Step): Promise<number> {
  for (const name of step.added ?? []) {
    const [person = "", own = ""] = name.split("/");
    await store.register(device(person, own), 1, 9);
  }
  const submission = {
    conversation: step.conversation ?? conversation,
    device: step.device ?? "ada@a.example/phone",
    epoch: step.epoch ?? 0n,
    payloadHash: bytesOf(step.payload),
    recipients: [],
  };
  return store.append(submission, (situation) => decideToAppend(step, situation));
}

function decideToAppend(step: Step, { log }: Situation): Decision<number> {
  const seq = (log?.seq ?? 0) + 1;
  const payload = bytesOf(step.payload, step.size ?? 100);
  const hash = bytesOf(1_000_000 + seq);
  const epoch = step.epoch ?? log?.epoch ?? 0n;
  const header = {
    conversation: step.conversation ?? conversation,
    seq,
    previousHash: log?.entryHash ?? new Uint8Array(32),
    kind: step.kind ?? (seq === 1 ? ("create" as const) : ("application" as const)),
    epoch,
    payloadHash: bytesOf(step.payload),
    acceptedAt: 10 * seq,
    relay: "relay.example",
  };
  const next: LogState = {
    seq,
    entryHash: hash,
    epoch,
    acceptedAt: 10 * seq,
    handshakeSeq: step.group === undefined ? (log?.handshakeSeq ?? 1) : seq,
    commitFirst: seq % 2 === 0,
    groupId: bytesOf(9, 16),
    size: (log?.size ?? 0) + payload.length,
  };
  const append: Append = {
    entry: { header, hash, payload },
    log: next,
    group: step.group,
    added: step.added ?? [],
    removed: step.removed ?? [],
    welcome: step.welcome,
  };
  return { answer: seq, append };
}
