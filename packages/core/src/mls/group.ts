// What the layers above need of a group: everything that takes or gives one.
export {
  type ProtectedMessage,
  type ProtectOptions,
  protectMessage,
  type UnprotectedMessage,
  unprotectMessage,
} from "./application-message.ts";
export { createGroup, type GroupInput } from "./create-group.ts";
export {
  type CreatedProposal,
  createProposal,
  createUpdate,
  type ProposalOptions,
} from "./create-proposal.ts";
export { type ExportedSecret, safeExportSecret } from "./exporter-tree.ts";
export {
  createExternalProposal,
  type ExternalProposalOptions,
  type ProposalTarget,
  proposeToJoin,
} from "./external-proposal.ts";
export { type GroupInfoOptions, groupInfoOf } from "./group-info-of.ts";
export {
  groupRecords,
  publicGroupRecords,
  restoreGroup,
  restorePublicGroup,
  suiteInRecords,
} from "./group-records.ts";
export type { Group } from "./group-state.ts";
export {
  epochAuthenticator,
  exportSecret,
  leafAt,
  leafIndexes,
  pendingProposals,
  resumptionPsk,
} from "./group-view.ts";
export type { HandshakeOptions, ValidationOptions } from "./handshake-options.ts";
export type { ReceivedCommit, ReceivedProposal, ReceivedPublicCommit } from "./handshake-result.ts";
export { type JoinedGroup, type JoinInput, joinGroup } from "./join-group.ts";
export { type PublicGroupInput, publicGroupFrom } from "./open-group-info.ts";
export type { LeafChange } from "./own-leaf.ts";
export type { Proposal } from "./proposal.ts";
export type { PreSharedKeys } from "./psk-secret.ts";
export type { CommitChanges, GroupMember, PendingProposal, PublicGroup } from "./public-group.ts";
export { applyPublicHandshake } from "./public-handshake.ts";
export { receiveHandshake } from "./receive-handshake.ts";
export type { Records } from "./record.ts";
export { retiredSecrets } from "./retired-secrets.ts";
export { type CommitOptions, type StagedCommit, stageCommit } from "./stage-commit.ts";
export { type ExternalJoinInput, type StagedJoin, stageExternalJoin } from "./stage-external-join.ts";
export {
  type BranchInput,
  type StagedSuccessor,
  type SuccessorInput,
  stageBranch,
  stageSuccessor,
} from "./stage-successor.ts";
export { welcomeReferences } from "./welcome-secrets.ts";
