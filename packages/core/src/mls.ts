export { type Credential, type CredentialValidator, readCredential, writeCredential } from "./mls/credential.ts";
export {
  decodeKeyPackage,
  encodedKeyPackage,
  isKeyPackageSignatureValid,
  type KeyPackage,
  readKeyPackage,
  referenceOf,
  writeKeyPackage,
} from "./mls/key-package.ts";
export { isLeafSignatureValid, type LeafNode } from "./mls/leaf-node.ts";
export { decodeMessage, encodeMessage, type Message } from "./mls/message.ts";
export type { CommitChanges, GroupMember, PendingProposal, PublicGroup } from "./mls/public-group.ts";
