import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import type { Change } from "../port/storage.ts";
import { mostLeaves } from "./limits.ts";
import { damaged, family, numberIn, numberPart, type Records } from "./record.ts";
import type { RatchetKind, SecretTree, SenderRatchets } from "./secret-tree.ts";
import type { MessageKey, SenderRatchet } from "./sender-ratchet.ts";
import { differences, type SparseArray, withItems } from "./sparse-array.ts";
import { levelOf } from "./tree-math.ts";

const kinds = ["handshake", "application"] as const satisfies readonly RatchetKind[];
const none: SecretTree = { leafCount: 0, nodes: [], ratchets: [] };

/**
 * What has to be stored so that `after` can be restored, given that `before` was stored: for a message one small
 * record, and with the first message of a sender those of the nodes beside its path.
 */
export function secretTreeChanges(before: SecretTree | undefined, after: SecretTree): Change[] {
  const changes: Change[] = [];
  for (const [index, , secret] of differences(before?.nodes ?? none.nodes, after.nodes)) {
    const name = `secret/${numberPart(index)}`;
    changes.push(secret === undefined ? { remove: name } : { put: name, value: secret.slice() });
  }
  for (const [leaf, old, now] of differences(before?.ratchets ?? none.ratchets, after.ratchets)) {
    const name = `ratchet/${numberPart(leaf)}`;
    changes.push(now === undefined ? { remove: name } : { put: name, value: encode(writeRatchets, now) });
    for (const kind of kinds) changes.push(...skippedChanges(leaf, kind, old?.[kind], now?.[kind]));
  }
  return changes;
}

/** Removes all that {@link secretTreeChanges} has stored: the epoch is over. */
export const secretTreeRemoval: readonly Change[] = [
  { removeAll: "secret" },
  { removeAll: "ratchet" },
  { removeAll: "skipped" },
];

/** The secret tree that was stored. Throws `storage-damaged`, `malformed` or `too-large`. */
export function restoreSecretTree(records: Records, leafCount: number): SecretTree {
  const nodes = family(records, "secret").map(([rest, secret]) => [numberIn(rest), secret.slice()] as const);
  const skipped = restoreSkipped(records);
  const ratchets = family(records, "ratchet").map(([rest, bytes]) => {
    const leaf = numberIn(rest);
    const read = decode(readRatchets, bytes);
    const withSkipped = (kind: RatchetKind): SenderRatchet => ({
      ...read[kind],
      skipped: skipped.get(skippedPrefix(leaf, kind)) ?? [],
    });
    const restored = { handshake: withSkipped("handshake"), application: withSkipped("application") };
    return [leaf, restored] as const;
  });
  const covered = nodes.reduce((sum, [index]) => sum + 2 ** levelOf(index), ratchets.length);
  if (covered !== leafCount) throw damaged("The secrets of some members of an epoch are missing.");
  return { leafCount, nodes: sparse(nodes), ratchets: sparse<SenderRatchets>(ratchets) };
}

function sparse<T>(entries: readonly (readonly [number, T])[]): SparseArray<T> {
  if (entries.some(([index]) => index >= 2 * mostLeaves))
    throw damaged("A stored secret is outside of every tree.");
  return withItems<T>([], entries);
}

function skippedPrefix(leaf: number, kind: RatchetKind): string {
  return `${numberPart(leaf)}/${kind}`;
}

function skippedChanges(
  leaf: number,
  kind: RatchetKind,
  before: SenderRatchet | undefined,
  after: SenderRatchet | undefined,
): Change[] {
  const [old, now] = [before?.skipped ?? [], after?.skipped ?? []];
  if (old === now) return [];
  const nameOf = (key: MessageKey): string =>
    `skipped/${skippedPrefix(leaf, kind)}/${numberPart(key.generation, 10)}`;
  return [
    ...old.filter((key) => !now.includes(key)).map((key): Change => ({ remove: nameOf(key) })),
    ...now
      .filter((key) => !old.includes(key))
      .map((key): Change => ({ put: nameOf(key), value: encode(writeMessageKey, key) })),
  ];
}

/** Skipped keys by leaf and kind, in ascending order. */
function restoreSkipped(records: Records): Map<string, MessageKey[]> {
  const found = new Map<string, MessageKey[]>();
  for (const [rest, bytes] of family(records, "skipped").sort(([a], [b]) => (a < b ? -1 : 1))) {
    const slash = rest.lastIndexOf("/");
    const [prefix, generation] = [rest.slice(0, slash), numberIn(rest.slice(slash + 1))];
    const key = decode((reader) => ({ generation, key: reader.bytes(), nonce: reader.bytes() }), bytes);
    found.set(prefix, [...(found.get(prefix) ?? []), key]);
  }
  return found;
}

function writeMessageKey(writer: Writer, { key, nonce }: MessageKey): void {
  writer.bytes(key).bytes(nonce);
}

function writeRatchets(writer: Writer, ratchets: SenderRatchets): void {
  for (const kind of kinds) writer.u32(ratchets[kind].generation).bytes(ratchets[kind].secret);
}

function readRatchets(reader: Reader): SenderRatchets {
  const ratchet = (): SenderRatchet => ({ generation: reader.u32(), secret: reader.bytes(), skipped: [] });
  return { handshake: ratchet(), application: ratchet() };
}
