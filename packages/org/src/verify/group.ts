import { bytesToHex, concatBytes, equalBytes, numberToBytesBE } from "@noble/ciphers/utils.js";
import type { Credential, CredentialJudge, Device } from "../verdict.ts";
import { array, bytes, type Cbor } from "./cbor.ts";
import { check } from "./refusal.ts";
import { type Suite, suiteOf } from "./suites.ts";
import { items, Reader, text, vector } from "./tls.ts";

/** One device in a group: a LeafNode (RFC 9420 §7.2). `isNew`: it is the one that the device was added with. */
export interface Leaf {
  readonly index: number;
  readonly encoded: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly credential: Credential;
  readonly isNew: boolean;
}

/** A group in one epoch. */
export type Group = ReturnType<typeof readGroup>;

/** Reads `[GroupContext, tree]`, and checks that the tree is the one whose hash the context names. */
export function readGroup(value: Cbor) {
  const [encoded, tree = null] = array(value, 2);
  // GroupContext (RFC 9420 §8.1): every signature of the epoch covers it.
  const context = bytes(encoded);
  const reader = new Reader(context);
  check(reader.uint(2) === 1, "unsupported", "A group is not of MLS 1.0.");
  const suite = suiteOf(reader.uint(2));
  const [id, epoch, treeHash] = [reader.vector(), reader.uint(8), reader.vector()];
  reader.vector();
  const dictionary = new Reader(find(reader.vector(), 6)).vector();
  reader.finish();
  // Component 0x8001: the relay that keeps the log, and the key that signs its heads.
  const hub = new Reader(find(dictionary, 0x8001));
  const [relay, logKey] = [text(hub.vector()), hub.vector()];
  const { hash, ...roster } = readTree(suite, tree);
  check(equalBytes(hash, treeHash), "roster", `The members of epoch ${epoch} are not those signed for.`);
  const room = `mimi://${encodeURIComponent(relay)}/r/${bytesToHex(id)}`;
  return { epoch, suite, id, context, relay, logKey, room, ...roster };
}

/** Extensions (RFC 9420 §7.2), and components in one of them, are lists of numbered contents. */
function find(list: Uint8Array, number: number): Uint8Array {
  const found = new Map(items(list, (reader) => [reader.uint(2), reader.vector()])).get(number);
  check(found !== undefined, "group", "A group does not name the relay that keeps its log.");
  return found;
}

/**
 * The hash (RFC 9420 §7.8) of a tree that may be cut: a node is `[leaf]` or `[parent, left, right]`, with null for a
 * blank leaf or parent, or the bare hash of a part that was left out. It is complete where none was: then there were no
 * other devices.
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
    const encoded = content === null ? Uint8Array.of(0) : concatBytes(Uint8Array.of(1), bytes(content));
    if (left === undefined || right === undefined) {
      array(node, 1);
      if (content !== null) leaves.set(index, readLeaf(bytes(content), index));
      return suite.hash(concatBytes(Uint8Array.of(1), numberToBytesBE(index, 4), encoded));
    }
    array(node, 3);
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

/** The device of a leaf, as of a time where it has said something. A `basic` credential is taken at its word: unverified. */
export function deviceOf(
  { credential, signatureKey: signaturePublicKey, index }: Leaf,
  at: { readonly at?: number },
  judge?: CredentialJudge,
): Device {
  if (credential.type === "basic") {
    const [person = "", device, ...rest] = text(credential.identity).split("/");
    check(device !== undefined && rest.length === 0, "credential", `Member ${index} has no name.`);
    return { person, device, isVerified: false };
  }
  check(judge !== undefined, "credential", "There are certificates, and nobody to judge them.");
  const name = judge.identify(credential);
  const isValid = judge.isValid({ credential, signaturePublicKey, ...at });
  check(name !== undefined && isValid, "credential", `The certificate of member ${index} was not valid.`);
  return { person: name.person, device: name.device, isVerified: true };
}
