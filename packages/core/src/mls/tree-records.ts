import { decode } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import type { Change } from "../port/storage.ts";
import { mostLeaves } from "./limits.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { damaged, family, numberIn, numberPart, type Records } from "./record.ts";
import { type Subtree, subtreeAt } from "./subtree.ts";
import { levelOf, nodeCountOf } from "./tree-math.ts";
import { readTreeNodes, type TreeNode, writeTreeNodes } from "./tree-nodes.ts";
import { subtreeOfNodes } from "./tree-shape.ts";

// A record holds up to 15 nodes: a piece of the tree, 4 levels high. A path from a leaf to the root goes through one
// piece in 4 levels, so a commit writes three records at 1,000 members, and all of the tree is about 130 records.
const bandBits = 2;
const bandHeight = 1 << bandBits;
const mostNodesOfPiece = (1 << bandHeight) - 1;

/** What has to be stored so that `after` can be restored, given that `before` was stored. */
export function treeChanges(before: RatchetTree | undefined, after: RatchetTree): Change[] {
  const pieces = new Map<string, Piece>();
  for (const index of changedNodes(before?.root, after.root)) {
    const piece = pieceOf(index);
    pieces.set(nameOf(piece), piece);
  }
  return [...pieces].map(([name, piece]): Change => {
    const nodes = nodesOfPiece(piece).map((index) => nodeAt(after, index));
    while (nodes.length > 0 && nodes.at(-1) === undefined) nodes.pop();
    return nodes.length === 0 ? { remove: name } : { put: name, value: encode(writeTreeNodes, nodes) };
  });
}

/**
 * The records to add to a store that keeps all versions of each, so that `after` can be restored from the latest one of
 * each: as {@link treeChanges}, with an empty one where there is nothing any more. What a larger tree has in addition is
 * added in full, so that nothing which a store may hold of another history shows through.
 *
 * @param before - `undefined` where the store holds nothing of this history
 */
export function treeVersions(
  before: RatchetTree | undefined,
  after: RatchetTree,
): ReadonlyMap<string, Uint8Array> {
  const hasGrown = before === undefined || after.leafCount > before.leafCount;
  const blank = encode(writeTreeNodes, []);
  const versions = new Map<string, Uint8Array>();
  if (hasGrown) for (const name of treeRecordNames(after.leafCount)) versions.set(name, blank);
  for (const change of treeChanges(hasGrown ? undefined : before, after)) {
    if ("put" in change) versions.set(change.put, change.value);
    else if ("remove" in change) versions.set(change.remove, blank);
  }
  return versions;
}

/** The names of all records that a tree of this size may have. */
export function treeRecordNames(leafCount: number): string[] {
  const names = new Set<string>();
  for (let index = 0; index < nodeCountOf(leafCount); index++) names.add(nameOf(pieceOf(index)));
  return [...names];
}

/** The tree that was stored. Throws `storage-damaged`, or what decoding nodes and trees throws. */
export function restoreTree(records: Records, leafCount: number): RatchetTree {
  if (leafCount > mostLeaves) throw damaged("A stored tree is too large.");
  const nodes = new Array<TreeNode | undefined>(nodeCountOf(leafCount)).fill(undefined);
  for (const [rest, bytes] of family(records, "tree")) {
    const [band, position] = rest.split("/");
    const indexes = nodesOfPiece({ band: numberIn(band), position: numberIn(position) });
    for (const [at, node] of decode(readTreeNodes, bytes).entries()) {
      const index = indexes[at];
      if (index === undefined || index >= nodes.length)
        throw damaged("A stored node is outside of its tree.");
      nodes[index] = node;
    }
  }
  while (nodes.length > 0 && nodes.at(-1) === undefined) nodes.pop();
  const root = subtreeOfNodes(nodes);
  if (root.index + 1 !== leafCount) throw damaged("A stored tree has another size.");
  return { root, leafCount };
}

interface Piece {
  /** Its lowest level, divided by its height. */
  readonly band: number;
  /** From the left, among those of its band. */
  readonly position: number;
}

function pieceOf(index: number): Piece {
  const band = levelOf(index) >>> bandBits;
  return { band, position: index >>> (bandHeight * (band + 1)) };
}

function nameOf({ band, position }: Piece): string {
  return `tree/${band}/${numberPart(position)}`;
}

/** The indices of the nodes of a piece, ascending. */
function nodesOfPiece({ band, position }: Piece): number[] {
  const spacing = 2 ** (bandHeight * band);
  const first = position * spacing * 2 ** bandHeight + spacing - 1;
  return Array.from({ length: mostNodesOfPiece }, (_, at) => first + at * spacing);
}

function nodeAt(tree: RatchetTree, index: number): TreeNode | undefined {
  if (index >= nodeCountOf(tree.leafCount)) return undefined;
  const { type, node } = subtreeAt(tree.root, index);
  if (node === undefined) return undefined;
  return type === "leaf" ? { type, leafNode: node } : { type, parentNode: node };
}

/** The indices of nodes that differ. What versions of a tree have in common costs one comparison. */
function* changedNodes(before: Subtree | undefined, after: Subtree | undefined): Generator<number> {
  if (before === after || ((before?.isBlank ?? true) && (after?.isBlank ?? true))) return;
  const upper = before === undefined || (after !== undefined && after.index > before.index) ? after : before;
  if (upper === undefined) return;
  const [old, now] = [before, after].map((one) => (one?.index === upper.index ? one : undefined));
  if (old?.node !== now?.node) yield upper.index;
  if (upper.type === "leaf") return;
  // A tree that has grown or shrunk holds the smaller one at its left edge.
  const [oldLeft, nowLeft] = [
    childOf(old, "left") ?? smaller(before, upper),
    childOf(now, "left") ?? smaller(after, upper),
  ];
  yield* changedNodes(oldLeft, nowLeft);
  yield* changedNodes(childOf(old, "right"), childOf(now, "right"));
}

function childOf(subtree: Subtree | undefined, side: "left" | "right"): Subtree | undefined {
  return subtree?.type === "parent" ? subtree[side] : undefined;
}

function smaller(root: Subtree | undefined, upper: Subtree): Subtree | undefined {
  return root !== undefined && root.index < upper.index ? root : undefined;
}
