import { ReadbackError } from "../error.ts";

/**
 * Every reason for which RFC 9420 input is refused: the code of the error, the section that demands it, and what it
 * says to people. One code is one rule; a refused input leaves the group as it was.
 */
export const rules = {
  // Framing
  "mls-version": ["§6", "The protocol version is not MLS 1.0."],
  "mls-wire-format": ["§6", "This kind of message is not taken here."],
  "mls-group-id": ["§6", "The message belongs to another group."],
  "mls-epoch-past": ["§12.4.2", "The message belongs to an epoch that is over."],
  "mls-epoch-future": ["§12.4.2", "The message belongs to an epoch that has not begun here."],
  "mls-application-public": ["§6", "Application data is not encrypted."],
  "mls-sender-type": ["§6.1", "This kind of sender must not send this kind of content."],
  "mls-sender-blank": ["§6.3.2", "The sender is not a member of the group."],
  "mls-external-sender": ["§12.1.8.1", "The group has no such external sender."],
  "mls-external-proposal-type": ["§12.1.8", "Senders outside of the group must not propose this."],
  "mls-external-sender-credential": ["§5.3.1", "The credential of an external sender is not valid."],
  "mls-external-proposal-refused": ["§12.1.8", "The application refuses what an external sender proposes."],
  "mls-new-member-proposal-refused": [
    "§12.1.8",
    "Nobody may propose to be added from outside of this group.",
  ],
  "mls-content-signature": ["§6.1", "The signature of the message is not valid."],
  "mls-membership-tag": ["§6.2", "The membership tag of the message is not valid."],
  "mls-confirmation-tag": ["§6.1", "The confirmation tag is not valid."],
  "mls-sender-data": ["§6.3.2", "The sender data of the message cannot be decrypted."],
  "mls-decryption": ["§6.3.1", "The message cannot be decrypted."],
  "mls-padding": ["§6.3.1", "The padding of the message is not all zero."],
  "mls-own-message": ["§6.3.1", "The message is the member's own: its key is gone."],
  "mls-generation-used": ["§9.2", "The key of this message was used before or is no longer kept."],
  "mls-generation-ahead": ["§15.3", "The message is too far ahead of the last one of its sender."],
  "mls-generation-exhausted": ["§9.1", "The member has used up its keys of this epoch."],

  "mls-extension-duplicate": ["§13.4", "A list of extensions names one type twice."],

  // Key packages and leaves
  "mls-key-package-version": ["§10.1", "The key package is for another protocol version."],
  "mls-key-package-suite": ["§10.1", "The key package is for another cipher suite."],
  "mls-key-package-signature": ["§10.1", "The signature of the key package is not valid."],
  "mls-key-package-init-key": [
    "§10.1",
    "The init key of the key package is also its encryption key, or not a valid key.",
  ],
  "mls-leaf-credential": ["§5.3.1", "The credential of a leaf is not valid."],
  "mls-leaf-signature": ["§7.3", "The signature of a leaf is not valid."],
  "mls-leaf-required-capabilities": ["§7.3", "A leaf does not support what the group requires."],
  "mls-leaf-version": ["§7.2", "A leaf does not support the protocol version of the group."],
  "mls-leaf-credential-type": [
    "§7.3",
    "The credential type of a leaf is not supported by all members, or the other way round.",
  ],
  "mls-leaf-lifetime": ["§7.3", "A leaf is not yet valid or has expired."],
  "mls-leaf-extension": ["§7.3", "A leaf has an extension that its capabilities do not list."],
  "mls-leaf-default-capability": ["§7.2", "A leaf lists a default type among its capabilities."],
  "mls-leaf-source": ["§7.3", "A leaf has the wrong source for its place."],
  "mls-leaf-key-unchanged": ["§7.3", "A new leaf has the encryption key of the leaf it replaces."],
  "mls-leaf-signature-key": ["§7.3", "Two leaves have the same signature key."],
  "mls-leaf-encryption-key": ["§7.3", "Two leaves have the same encryption key."],
  "mls-leaf-public-key": ["§10", "A public key of a leaf must not be used."],
  "mls-leaf-group-extension": ["§13.4", "A leaf does not support an extension of the group."],
  "mls-leaf-successor": ["§5.3.1", "The new credential is not a valid successor of the one it replaces."],

  // Trees
  "mls-tree-hash": ["§12.4.3.1", "The tree is not the one that the group information names."],
  "mls-tree-parent-hash": ["§7.9.2", "A parent node of the tree is not parent-hash valid."],
  "mls-tree-unmerged": ["§12.4.3.1", "The unmerged leaves of a parent node are not valid."],
  "mls-tree-key": ["§12.4.3.1", "A key of a parent node appears twice in the tree."],
  "mls-tree-shape": ["§12.4.3.3", "The nodes of the tree do not form one."],
  "mls-path-length": ["§7.5", "The path has the wrong number of nodes."],
  "mls-path-ciphertexts": ["§7.6", "A node of the path has the wrong number of ciphertexts."],
  "mls-path-key": ["§12.4.2", "A key of the path appears in the tree already, or must not be used."],
  "mls-path-parent-hash": ["§7.5", "The parent hash of the committer's leaf does not match its path."],
  "mls-path-decryption": ["§7.5", "The path secret cannot be decrypted."],
  "mls-path-secret": ["§7.5", "The path secret does not lead to the public keys of the path."],

  // Proposals
  "mls-proposal-unknown": ["§12.4", "The commit refers to a proposal that was not received."],
  "mls-proposal-update-own": ["§12.2", "The committer commits an update of its own."],
  "mls-proposal-update-sender": ["§12.1.2", "An update comes from someone who is not a member."],
  "mls-proposal-remove-committer": ["§12.2", "The committer removes itself."],
  "mls-proposal-remove-blank": ["§12.1.3", "The leaf to remove is blank or outside of the tree."],
  "mls-proposal-same-leaf": ["§12.2", "Several updates or removes apply to one leaf."],
  "mls-proposal-add-same-client": ["§12.2", "One client is added twice, or is a member already."],
  "mls-proposal-psk-duplicate": ["§12.2", "Several proposals name the same pre-shared key."],
  "mls-proposal-psk-usage": ["§12.1.4", "A resumption key for reinit or branch is used elsewhere."],
  "mls-proposal-psk-nonce": ["§12.1.4", "The nonce of a pre-shared key has the wrong length."],
  "mls-proposal-extensions-refused": [
    "§12.1.7",
    "The application refuses how a proposal changes the extensions of the group.",
  ],
  "mls-proposal-extensions-twice": ["§12.2", "Several proposals replace the extensions of the group."],
  "mls-proposal-extensions-support": [
    "§12.1.7",
    "Not all members support the proposed extensions of the group.",
  ],
  "mls-proposal-reinit-alone": ["§12.2", "A reinitialization comes together with other proposals."],
  "mls-proposal-reinit-version": ["§12.1.5", "A reinitialization lowers the protocol version."],
  "mls-proposal-external-init": ["§12.2", "A member's commit holds an external init."],
  "mls-proposal-support": ["§12.2", "Not all members support proposals of this type."],
  "mls-proposal-self-remove-value": [
    "ext. §6.3.1",
    "A commit holds a member's leaving instead of naming it.",
  ],
  "mls-proposal-self-remove-private": ["ext. §6.3.1", "A member's leaving is encrypted."],
  "mls-proposal-self-remove-twice": ["ext. §6.3.1", "The member proposes to leave twice in one epoch."],
  "mls-proposal-extensions-app-data": [
    "ext. §4.7",
    "Data of applications is replaced where it has to be updated.",
  ],
  "mls-component-unknown": ["ext. §4.7", "The application does not know this component."],
  "mls-app-data-mixed": ["ext. §4.7", "Data of a component is removed twice, or removed and updated."],
  "mls-app-data-absent": ["ext. §4.7", "There is no data of the component to remove."],
  "mls-app-data-refused": ["ext. §4.7", "The application refuses a change of a component's data."],
  "mls-app-ephemeral-refused": ["ext. §4.8", "The application refuses data that goes with a commit."],
  "mls-export-used": ["ext. §4.4", "The secret of this component was taken before in this epoch."],
  "mls-safe-aad": ["ext. §4.9", "The authenticated data of a message is not listed by component."],
  "mls-custom-proposal-refused": ["§12.2", "The application refuses a proposal that only it knows."],
  "mls-proposal-duplicate": ["§12.4", "The commit names one proposal twice."],

  // Commits
  "mls-commit-path-missing": ["§12.4", "The commit needs a path and has none."],
  "mls-commit-own": ["§12.4.2", "The commit is the member's own: merge the staged group instead."],
  "mls-update-key-unknown": ["§12.1.2", "The private key of the member's own update is not at hand."],
  "mls-psk-unknown": ["§12.4.2", "A pre-shared key is not at hand."],
  "mls-external-commit-refused": ["§12.4.3.2", "Nobody may join this group by an external commit."],
  "mls-external-commit-init": ["§12.2", "An external commit needs exactly one external init."],
  "mls-external-commit-remove": ["§12.2", "An external commit may remove only its sender's own former leaf."],
  "mls-external-commit-proposal": ["§12.2", "An external commit holds a proposal that it must not."],
  "mls-external-commit-reference": ["§12.4.3.2", "An external commit names a proposal by reference."],
  "mls-external-init": ["§8.3", "The key of the external init is not valid."],
  "mls-group-reinitialized": ["§12.4.2", "The group was reinitialized and takes no more messages."],
  "mls-pending-proposals": ["§12.4", "Received proposals must be committed before messages are sent."],

  // Group information and Welcome
  "mls-group-info-signature": ["§12.4.3", "The signature of the group information is not valid."],
  "mls-group-info-signer": ["§12.4.3.1", "The signer of the group information is not a member."],
  "mls-group-info-suite": ["§12.4.3.1", "The group information is for another cipher suite."],
  "mls-group-info-external-key": ["§12.4.3.2", "The group information has no external key."],
  "mls-welcome-suite": ["§12.4.3.1", "The welcome is for another cipher suite."],
  "mls-welcome-not-for-us": ["§12.4.3.1", "The welcome is not for this key package."],
  "mls-welcome-decryption": ["§12.4.3.1", "The welcome cannot be decrypted."],
  "mls-welcome-tree": ["§12.4.3.1", "There is no tree in the welcome nor beside it."],
  "mls-welcome-leaf": ["§12.4.3.1", "The tree does not hold the leaf of the key package."],
  "mls-welcome-psk": ["§12.4.3.1", "The pre-shared keys of the welcome are not valid."],
  "mls-welcome-path-secret": [
    "§12.4.3.1",
    "The path secret of the welcome does not lead to the tree's public keys.",
  ],

  // Groups that succeed others
  "mls-successor-link": ["§12.4.3.1", "The welcome does not name the group that the new one shall succeed."],
  "mls-successor-epoch": ["§12.4.3.1", "A group that succeeds another one must be joined in epoch 1."],
  "mls-reinit-missing": ["§12.4.3.1", "The last commit of the old group is no reinitialization."],
  "mls-reinit-parameters": ["§11.2", "The new group is not the one that the reinitialization asks for."],
  "mls-reinit-members": ["§11.2", "The new group does not have the members of the old one."],
  "mls-branch-parameters": ["§11.3", "A branch must keep the protocol version and the cipher suite."],
  "mls-branch-members": ["§11.3", "A branch has a member that the group it comes from has not."],

  // Not built
  "mls-unsupported-proposal": ["§12.1", "Proposals of this type are not supported."],
} as const satisfies Record<`mls-${string}`, readonly [section: string, message: string]>;

/** The code of one rule of RFC 9420 input, as in {@link rules}. */
export type Rule = keyof typeof rules;

/** The error that tells that `rule` was broken. The caller throws it; nothing may have changed by then. */
export function refusal(rule: Rule, options?: { cause?: unknown }): ReadbackError {
  return new ReadbackError(rule, rules[rule][1], options);
}
