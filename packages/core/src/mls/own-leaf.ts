import { copyOf } from "../codec/bytes.ts";
import type { KeyPair } from "../crypto/suite.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Credential } from "./credential.ts";
import type { Extension } from "./extension.ts";
import type { Group } from "./group-state.ts";
import type { LeafNodeContent } from "./leaf-node.ts";
import { leafAt } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/** What a member may change about its own leaf along with the encryption key. What is left out stays as it is. */
export interface LeafChange {
  readonly credential?: Credential | undefined;
  /** The private key is copied. */
  readonly signatureKeyPair?: KeyPair | undefined;
  readonly capabilities?: Capabilities | undefined;
  readonly extensions?: readonly Extension[] | undefined;
}

/** A leaf to come, without what the way it comes adds, and the private key that signs it. */
export interface NextLeaf {
  readonly content: Omit<LeafNodeContent, "encryptionKey" | "source">;
  readonly signaturePrivateKey: Uint8Array;
}

/** This member's leaf with a change. */
export function nextLeaf(group: Group, change: LeafChange = {}): NextLeaf {
  const leaf = leafAt(group.tree, group.ownLeaf);
  // A member's own leaf is never blank.
  if (leaf === undefined) throw refusal("mls-sender-blank");
  return {
    content: {
      signatureKey: change.signatureKeyPair?.publicKey ?? leaf.signatureKey,
      credential: change.credential ?? leaf.credential,
      capabilities: change.capabilities ?? leaf.capabilities,
      extensions: change.extensions ?? leaf.extensions,
    },
    signaturePrivateKey:
      change.signatureKeyPair === undefined
        ? group.secrets.open().signaturePrivateKey
        : copyOf(change.signatureKeyPair.privateKey),
  };
}
