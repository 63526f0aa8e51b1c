import { wipe } from "../crypto/wipe.ts";
import { type Extension, writeExternalPub } from "./extension.ts";
import { type GroupInfo, signGroupInfo } from "./group-info.ts";
import type { Group } from "./group-state.ts";
import { externalKeyPair } from "./key-schedule.ts";
import { encodeMessage } from "./message.ts";
import { ratchetTreeExtension } from "./ratchet-tree.ts";

/** What goes into a group information besides the group's own context. */
export interface GroupInfoOptions {
  /** Whether the tree goes with it, so that nobody has to bring it otherwise. Default: false. */
  readonly withTree?: boolean | undefined;
  /** Whether it holds the key that external commits need. Default: false. */
  readonly external?: boolean | undefined;
  /** For whoever reads it; in a Welcome these are encrypted. */
  readonly extensions?: readonly Extension[] | undefined;
}

/** The group information of an epoch, signed by this member, as MLSMessage (RFC 9420 §12.4.3). */
export function groupInfoOf(group: Group, options: GroupInfoOptions = {}): Uint8Array {
  return encodeMessage({ type: "group-info", groupInfo: makeGroupInfo(group, options) });
}

/** The group information of an epoch, signed by this member. */
export function makeGroupInfo(group: Group, options: GroupInfoOptions): GroupInfo {
  const { signaturePrivateKey, epoch } = group.secrets.open();
  const extensions = [...(options.extensions ?? [])];
  if (options.withTree) extensions.push(ratchetTreeExtension(group.tree));
  if (options.external) {
    const { publicKey, privateKey } = externalKeyPair(group.suite, epoch);
    wipe(privateKey);
    extensions.push(writeExternalPub(publicKey));
  }
  const { context, confirmationTag, ownLeaf } = group;
  return signGroupInfo(group.suite, signaturePrivateKey, {
    groupContext: context,
    extensions,
    confirmationTag,
    signer: ownLeaf,
  });
}
