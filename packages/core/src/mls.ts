// MLS (RFC 9420) by itself: groups, key packages, and the structs and checks that servers need.

export {
  type AppComponent,
  type AppComponents,
  type ComponentInput,
  componentIds,
  decodeComponentsList,
  encodeComponentsList,
} from "./mls/app-component.ts";
export {
  type Capabilities,
  type RequiredCapabilities,
  supportsExtension,
  supportsProposal,
} from "./mls/capabilities.ts";
export type { CommittedProposal } from "./mls/committed-proposal.ts";
export {
  type Credential,
  type CredentialValidator,
  credentialTypeOf,
  readCredential,
  writeCredential,
} from "./mls/credential.ts";
export {
  type Extension,
  type ExternalSender,
  extensionData,
  extensionTypes,
  isLastResort,
  lastResortExtension,
  readAppDataDictionary,
  readExternalSenders,
  readRequiredCapabilities,
  writeAppDataDictionary,
  writeExternalSenders,
  writeRequiredCapabilities,
} from "./mls/extension.ts";
export { greaseOf, withGrease } from "./mls/grease.ts";
export * from "./mls/group.ts";
export type { GroupContext } from "./mls/group-context.ts";
export { type GroupInfo, isGroupInfoSignatureValid } from "./mls/group-info.ts";
export { Hidden } from "./mls/hidden.ts";
export {
  decodeKeyPackage,
  encodedKeyPackage,
  isKeyPackageSignatureValid,
  type KeyPackage,
  readKeyPackage,
  referenceOf,
  writeKeyPackage,
} from "./mls/key-package.ts";
export {
  bundleOf,
  createKeyPackage,
  decodeKeyPackageBundle,
  defaultCapabilities,
  encodeKeyPackageBundle,
  type KeyPackageBundle,
  type KeyPackageInput,
  type KeyPackageSecrets,
  type LeafSettings,
} from "./mls/key-package-bundle.ts";
export { validateKeyPackage } from "./mls/key-package-validation.ts";
export { isLeafSignatureValid, type LeafNode, type Lifetime } from "./mls/leaf-node.ts";
export {
  type ApplicationFraming,
  decodeApplicationFraming,
  decodeMediaTypes,
  encodeApplicationFraming,
  encodeMediaTypes,
  type MediaType,
} from "./mls/media-type.ts";
export { decodeMessage, encodeMessage, type Message } from "./mls/message.ts";
export type { PreSharedKeyId } from "./mls/pre-shared-key.ts";
export {
  type AppDataUpdate,
  type AppEphemeral,
  type CustomProposal,
  proposalTypes,
} from "./mls/proposal.ts";
export { encodeRatchetTree, type RatchetTree } from "./mls/ratchet-tree.ts";
export { type Rule, rules } from "./mls/rule.ts";
export { decodeSafeAad, encodeSafeAad, usesSafeAad } from "./mls/safe-aad.ts";
