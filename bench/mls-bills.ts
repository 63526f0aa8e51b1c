import type { Bill } from "./floor.ts";

// What a member derives in each epoch that a commit begins (RFC 9420 §8): from init secret to epoch secret four, then
// the nine secrets of table 4, since the epoch secret is to be deleted (§9.2), and the confirmation tag.
const keySchedule = 14;
/** The same for a joiner, who starts from the joiner secret. */
const joinersKeySchedule = keySchedule - 2;
/** `welcome_secret`, key and nonce of the encrypted group information. */
const welcomeKeys = 3;
/** From the root of a secret tree to both ratchets of a leaf, two derivations a level (RFC 9420 §9). */
const firstKeyOf = (levels: number): number => 2 * levels + 2;

/** What a Welcome holds for each joiner; the rest is the encrypted group information. */
const entrySize = 120;

/** Lengths of what is signed and hashed as a whole. */
export interface Lengths {
  readonly commit: number;
  readonly welcome: number;
}

/** Two devices, from nothing: signature keys, group, key package, add, join, one message there. */
export const setUpBill: Bill = [
  [5, "key pair"],
  [6, "sign"],
  [6, "verify"],
  [3, "import"],
  [1, "HPKE seal"],
  [1, "HPKE open"],
  [10 + 1 + keySchedule + joinersKeySchedule + 2 * welcomeKeys + 2 * firstKeyOf(1) + 10, "HMAC"],
  [12, "hash"],
  [3, "seal"],
  [3, "open"],
];

/** A commit that adds `count` members, and their Welcome; the tree has `leaves` in the end. */
export function addBill(count: number, leaves: number, { commit, welcome }: Lengths): Bill {
  const info = welcome - count * entrySize;
  return [
    [2 * count, "verify"],
    [count, "import"],
    [count + 2 * leaves, "hash"],
    [count, "HPKE seal, known info"],
    [1, "HMAC", info],
    [1, "sign", commit],
    [1, "HMAC", commit],
    [1, "hash", commit],
    [1, "sign", info],
    [1, "seal", info],
    [keySchedule + welcomeKeys, "HMAC"],
  ];
}

/** Joining a group of `members` by a Welcome that holds the tree, every leaf verified. */
export function joinBill(members: number, leaves: number, { welcome }: Lengths): Bill {
  const info = welcome - (members - 1) * entrySize;
  return [
    [members, "verify"],
    [members, "import"],
    [2 * leaves, "hash"],
    [1, "HPKE open", info],
    [1, "open", info],
    [1, "verify", info],
    [joinersKeySchedule + welcomeKeys, "HMAC"],
  ];
}

/** Somebody else's commit that adds one member, in a tree of this height. */
export function processAddBill(levels: number): Bill {
  return [
    [3, "verify"],
    [1, "import"],
    [levels + 3, "hash"],
    [1 + keySchedule, "HMAC"],
  ];
}

/**
 * Somebody else's commit with a path of which the receiver learns the root, with or without a remove: tree hashes and
 * parent hashes of the paths that change, the key of the node, and all bytes of the commit signed, tagged and hashed.
 */
export function processPathBill(levels: number, commit: number, removes: boolean): Bill {
  return [
    [1, "verify"],
    [1, "verify", commit],
    [1, "HMAC", commit],
    [1, "hash", commit],
    [2 * levels + 2 + (removes ? levels : 0), "hash"],
    [1, "HPKE open"],
    [1, "key pair"],
    [4 + keySchedule, "HMAC"],
  ];
}

/** A commit with a path and nothing else, in a tree of this height that has no blank node. */
export function updateBill(levels: number): Bill {
  return [
    [levels + 1, "key pair"],
    [4 * levels + 1 + keySchedule, "HMAC"],
    [2 * levels + 3, "hash"],
    [1, "HPKE seal"],
    [levels - 1, "HPKE seal, known info"],
    [2, "sign"],
  ];
}

/** Processing {@link updateBill} where half of the members are: the root alone is learned. */
export const processUpdateBill = (levels: number): Bill => processPathBill(levels, 1_500, false);

/** Restoring a group: that the stored tree is the one of its epoch. */
export const restoreBill = (leaves: number): Bill => [[2 * leaves, "hash"]];
