import * as cryptoBasics from "./crypto-basics.ts";
import * as deserialization from "./deserialization.ts";
import * as keySchedule from "./key-schedule.ts";
import * as messageProtection from "./message-protection.ts";
import * as messages from "./messages.ts";
import * as passiveClient from "./passive-client.ts";
import * as pskSecret from "./psk-secret.ts";
import * as secretTree from "./secret-tree.ts";
import type { Runner } from "./tools.ts";
import * as transcriptHashes from "./transcript-hashes.ts";
import * as treeMath from "./tree-math.ts";
import * as treeOperations from "./tree-operations.ts";
import * as treeValidation from "./tree-validation.ts";
import * as treeKem from "./treekem.ts";
import * as welcome from "./welcome.ts";

/** A vector format of the MLS working group. */
export interface Schema {
  /** For people. */
  readonly name: string;
  /** Fields that a case of this format has and that together no other format has. */
  readonly fields: readonly string[];
  readonly runner: Runner;
}

/** Every format of https://github.com/mlswg/mls-implementations. */
export const schemas: readonly Schema[] = [
  { name: "crypto basics", fields: ["ref_hash", "sign_with_label"], runner: cryptoBasics },
  { name: "deserialization", fields: ["vlbytes_header", "length"], runner: deserialization },
  { name: "key schedule", fields: ["initial_init_secret", "epochs"], runner: keySchedule },
  { name: "message protection", fields: ["application_priv", "commit_pub"], runner: messageProtection },
  { name: "messages", fields: ["mls_welcome", "group_secrets"], runner: messages },
  {
    name: "passive client",
    fields: ["init_priv", "welcome", "initial_epoch_authenticator", "epochs"],
    runner: passiveClient,
  },
  { name: "PSK secret", fields: ["psks", "psk_secret"], runner: pskSecret },
  { name: "secret tree", fields: ["encryption_secret", "sender_data", "leaves"], runner: secretTree },
  {
    name: "transcript hashes",
    fields: ["authenticated_content", "interim_transcript_hash_before"],
    runner: transcriptHashes,
  },
  { name: "tree math", fields: ["n_leaves", "n_nodes", "sibling"], runner: treeMath },
  { name: "tree operations", fields: ["tree_before", "proposal", "tree_after"], runner: treeOperations },
  { name: "tree validation", fields: ["tree", "tree_hashes", "resolutions"], runner: treeValidation },
  { name: "TreeKEM", fields: ["leaves_private", "update_paths"], runner: treeKem },
  { name: "Welcome", fields: ["init_priv", "key_package", "signer_pub", "welcome"], runner: welcome },
];

/** The format of a case, told by its fields, or `undefined` where it is none of them. */
export function schemaOf(vector: unknown): Schema | undefined {
  if (typeof vector !== "object" || vector === null) return undefined;
  return schemas.find(({ fields }) => fields.every((field) => Object.hasOwn(vector, field)));
}
