import { bytesToHex, concatBytes, equalBytes, numberToBytesBE } from "@noble/ciphers/utils.js";
import { array, bytes, type Cbor } from "./cbor.ts";
import { check } from "./refusal.ts";
import { type Suite, suiteOf } from "./suites.ts";
import { items, Reader, text, vector } from "./tls.ts";

/** Who a member claims to be (RFC 9420 §5.3); certificates in DER, the member's own first. */
export type Credential =
  | { readonly type: "basic"; readonly identity: Uint8Array }
  | { readonly type: "x509"; readonly certificates: readonly Uint8Array[] };

/** One device in a group: a LeafNode (RFC 9420 §7.2). `isNew`: it is the one that the device was added with. */
export interface Leaf {
  readonly index: number;
  readonly encoded: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly isNew: boolean;
}

/** A group in one epoch. */
export interface Group {
  readonly epoch: number;
  readonly suite: Suite;
  readonly id: Uint8Array;
  /** The GroupContext (RFC 9420 §8.1): every signature of the epoch covers it. */
  readonly context: Uint8Array;
  /** The relay that keeps the log, and the key that signs its heads (component 0x8001). */
  readonly relay: string;
  readonly logKey: Uint8Array;
  readonly leaves: ReadonlyMap<number, Leaf>;
  /** Whether nothing of the tree was left out: then these are all devices there were. */
  readonly isComplete: boolean;
}

/** Reads `[GroupContext, tree]`, and checks that the tree is the one whose hash the context names. */
export function readGroup(value: Cbor): Group {
  const [encoded, tree = null] = array(value, 2);
  const context = bytes(encoded);
  const reader = new Reader(context);
  check(reader.uint(2) === 1, "unsupported", "A group is not of MLS 1.0.");
  const suite = suiteOf(reader.uint(2));
  const [id, epoch, treeHash] = [reader.vector(), reader.uint(8), reader.vector()];
  reader.vector();
  const dictionary = new Reader(find(reader.vector(), 6)).vector();
  reader.finish();
  const hub = new Reader(find(dictionary, 0x8001));
  const [relay, logKey] = [text(hub.vector()), hub.vector()];
  const { hash, ...roster } = readTree(suite, tree);
  check(equalBytes(hash, treeHash), "roster", `The members of epoch ${epoch} are not those signed for.`);
  return { epoch, suite, id, context, relay, logKey, ...roster };
}

/** What all groups of a file must have in common: the conversation, and who keeps its log. */
export function placeOf({ id, relay, logKey }: Group): string {
  return [bytesToHex(id), bytesToHex(logKey), relay].join();
}

/** Extensions (RFC 9420 §7.2), and components in one of them, are lists of numbered contents. */
function find(list: Uint8Array, number: number): Uint8Array {
  const found = new Map(items(list, (reader) => [reader.uint(2), reader.vector()])).get(number);
  check(found !== undefined, "group", "A group does not name the relay that keeps its log.");
  return found;
}

/**
 * The hash (RFC 9420 §7.8) of a tree that may be cut: a node is `[leaf]` or `[parent, left, right]`, with null for a
 * blank leaf or parent, or the bare hash of a part that was left out.
 */
function readTree(suite: Suite, tree: Cbor) {
  const leaves = new Map<number, Leaf>();
  let isComplete = true;
  const hashOf = (node: Cbor, index: number): Uint8Array => {
    if (node instanceof Uint8Array) {
      isComplete = false;
      return node;
    }
    const [content, left, right] = array(node);
    const isLeaf = left === undefined || right === undefined;
    array(node, isLeaf ? 1 : 3);
    const encoded = content === null ? Uint8Array.of(0) : concatBytes(Uint8Array.of(1), bytes(content));
    if (isLeaf) {
      if (content !== null) leaves.set(index, readLeaf(bytes(content), index));
      return suite.hash(concatBytes(Uint8Array.of(1), numberToBytesBE(index, 4), encoded));
    }
    const below = [hashOf(left, 2 * index), hashOf(right, 2 * index + 1)];
    return suite.hash(concatBytes(Uint8Array.of(2), encoded, ...below.map(vector)));
  };
  const hash = hashOf(tree, 0);
  return { hash, leaves, isComplete };
}

function readLeaf(encoded: Uint8Array, index: number): Leaf {
  const reader = new Reader(encoded);
  const [, signatureKey, type, claim] = [reader.vector(), reader.vector(), reader.uint(2), reader.vector()];
  check(type === 1 || type === 2, "unsupported", `A member has a credential of type ${type}.`);
  // Capabilities are five lists; where the leaf comes from follows them: 1 is a key package.
  for (let list = 0; list < 5; list++) reader.vector();
  const leaf = { index, encoded, signatureKey, isNew: reader.uint(1) === 1 };
  if (type === 1) return { ...leaf, credential: { type: "basic", identity: claim } };
  return { ...leaf, credential: { type: "x509", certificates: items(claim, (each) => each.vector()) } };
}
