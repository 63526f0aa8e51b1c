import { sameBytes } from "../codec/bytes.ts";
import { componentOf } from "./app-data.ts";
import type { CommittedProposal } from "./committed-proposal.ts";
import {
  type Extension,
  extensionData,
  extensionTypes,
  isSameSender,
  readAppDataDictionary,
  readExternalSenders,
  readRequiredCapabilities,
} from "./extension.ts";
import { leafOptions, type ValidationOptions } from "./handshake-options.ts";
import { validateKeyPackage } from "./key-package-validation.ts";
import { validateLeafNode } from "./leaf-validation.ts";
import type { PreSharedKeyId } from "./pre-shared-key.ts";
import { proposalTypes } from "./proposal.ts";
import type { PublicGroup } from "./public-group.ts";
import { leafAt, memberCountOf } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/**
 * Whether a proposal is valid by itself (RFC 9420 §12.1), whatever else a commit covers. Throws the `mls-proposal-…`
 * code of the rule that it breaks, and what {@link validateKeyPackage} and `validateLeafNode` throw.
 */
export function validateProposal(
  group: PublicGroup,
  { proposal, sender }: CommittedProposal,
  options: ValidationOptions,
): void {
  switch (proposal.type) {
    case "add":
      validateKeyPackage(group.suite, proposal.keyPackage, options);
      break;
    case "update": {
      const replaced = sender === undefined ? undefined : leafAt(group.tree, sender);
      if (sender === undefined || replaced === undefined) throw refusal("mls-proposal-update-sender");
      const place = { groupId: group.context.groupId, leafIndex: sender };
      const validation = { ...leafOptions(options), source: "update", place, replaced } as const;
      validateLeafNode(group.suite, proposal.leafNode, validation);
      break;
    }
    case "remove":
      if (leafAt(group.tree, proposal.removed) === undefined) throw refusal("mls-proposal-remove-blank");
      break;
    case "pre-shared-key":
      validatePreSharedKey(group, proposal.psk, sender);
      break;
    case "reinit":
      if (proposal.reInit.version < group.context.version) throw refusal("mls-proposal-reinit-version");
      acceptExtensions(group, proposal.reInit.extensions, sender, true, options);
      break;
    case "external-init":
      break;
    case "group-context-extensions":
      validateAppData(proposal.extensions, group.context.extensions);
      acceptExtensions(group, proposal.extensions, sender, false, options);
      validateExternalSenders(proposal.extensions, group.context.extensions, options);
      break;
    case "app-data-update":
      componentOf(options.components, proposal.componentId);
      break;
    case "app-ephemeral": {
      const { componentId, data } = proposal;
      const component = componentOf(options.components, componentId);
      if (!component.acceptEphemeral?.({ data, sender })) throw refusal("mls-app-ephemeral-refused");
      break;
    }
    case "self-remove":
      break;
    case "custom":
      if (!options.acceptCustomProposal?.(proposal, sender)) throw refusal("mls-custom-proposal-refused");
  }
}

/**
 * Whether the external senders that extensions name are who they say (RFC 9420 §5.3.1).
 * Throws `mls-external-sender-credential` or `malformed`.
 *
 * @param before - extensions whose external senders were judged already
 */
export function validateExternalSenders(
  extensions: readonly Extension[],
  before: readonly Extension[],
  { credentials, now }: ValidationOptions,
): void {
  // One that has ended since it was judged keeps nobody from naming another.
  const judged = readExternalSenders(before) ?? [];
  for (const sender of readExternalSenders(extensions) ?? []) {
    const { credential, signatureKey: signaturePublicKey } = sender;
    if (judged.some((one) => isSameSender(one, sender))) continue;
    const claim = { credential, signaturePublicKey, ...(now === undefined ? {} : { at: now }) };
    const isValid = credentials.isValidExternalSender?.(claim) ?? credentials.isValid(claim);
    if (!isValid) throw refusal("mls-external-sender-credential");
  }
}

function acceptExtensions(
  group: PublicGroup,
  extensions: readonly Extension[],
  sender: number | undefined,
  isReInit: boolean,
  options: ValidationOptions,
): void {
  if (options.acceptExtensions?.({ group, extensions, sender, isReInit }) === false)
    throw refusal("mls-proposal-extensions-refused");
}

/** Whether the data of applications is well formed, and stays as it is where AppDataUpdate has to change it. */
function validateAppData(extensions: readonly Extension[], before: readonly Extension[]): void {
  readAppDataDictionary(extensions);
  const required = readRequiredCapabilities(before)?.proposals.includes(proposalTypes["app-data-update"]);
  const [old, next] = [before, extensions].map((list) =>
    extensionData(list, extensionTypes.appDataDictionary),
  );
  const isSame = old === next || (old !== undefined && next !== undefined && sameBytes(old, next));
  if (required && !isSame) throw refusal("mls-proposal-extensions-app-data");
}

function validatePreSharedKey(group: PublicGroup, psk: PreSharedKeyId, sender: number | undefined): void {
  // Only the founder's very first commit can be part of a reinitialization or of a branching. Nobody else is there to
  // judge it but those who follow in public: whoever joins by it knows the old group and judges the Welcome.
  const isFirst = group.epoch === 0n && sender !== undefined && memberCountOf(group.tree) === 1;
  const isLink = psk.type === "resumption" && psk.usage !== "application";
  if (isLink && !isFirst) throw refusal("mls-proposal-psk-usage");
  if (psk.nonce.length !== group.suite.kdf.size) throw refusal("mls-proposal-psk-nonce");
}
