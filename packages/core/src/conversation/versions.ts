import { concat } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { utf8 } from "../codec/utf8.ts";
import type { Hash } from "../crypto/suite.ts";
import type { Content, MessageId, ReactionContent } from "./content.ts";
import { encodePlace, type MessageRecord } from "./message-record.ts";
import { numbered, numberPart, recordName } from "./record-name.ts";
import type { Step } from "./step.ts";

/** The first version that content is a later version of; `undefined` where it is a message of its own. */
export function replacedBy(content: Content): MessageId | undefined {
  return content.type === "text" || content.type === "recall" ? content.replaces : undefined;
}

/**
 * The family of places of what one person has said as later versions of a message. The person is a part of the name, so
 * what anybody else says of the message is not among them; and the message needs not be known for it.
 */
export function versionFamily(hash: Hash, first: MessageId, person: string): string {
  return `${recordName.version}/${hex(hash.digest(concat(first, utf8(person))))}`;
}

/** The family of reactions to one version of a message. */
export function reactionFamily(of: MessageId): string {
  return `${recordName.reaction}/${hex(of)}`;
}

/** The name of a reaction: person by person, and of each the newest one first. */
export function reactionName(hash: Hash, { seq, author }: MessageRecord, { of }: ReactionContent): string {
  const person = hex(hash.digest(utf8(author.person)).subarray(0, 16));
  return `${reactionFamily(of)}/${person}/${numberPart(Number.MAX_SAFE_INTEGER - seq)}`;
}

/** Notes where a later version stands: recalls behind all others, so that whoever reads from the end meets them first. */
export function fileVersion(step: Step, record: MessageRecord, content: Content): void {
  const name = versionName(step, record, content);
  if (name !== undefined) step.put(name, encodePlace(record.seq));
}

/** Forgets where a later version stood. */
export function unfileVersion(step: Step, record: MessageRecord, content: Content): void {
  const name = versionName(step, record, content);
  if (name !== undefined) step.remove(name);
}

function versionName(step: Step, { seq, author }: MessageRecord, content: Content): string | undefined {
  const first = replacedBy(content);
  if (first === undefined) return undefined;
  const family = versionFamily(step.tools.logSuite.hash, first, author.person);
  return numbered(content.type === "recall" ? `${family}/recall` : family, seq);
}

/** Which of a message's versions counts: a recall ends them, otherwise it is the last one. */
export function currentOf<Version extends { readonly isRecall: boolean }>(
  versions: readonly [Version, ...Version[]],
): Version {
  return versions.find(({ isRecall }) => isRecall) ?? (versions.at(-1) as Version);
}

/** Why a version counts for nothing. */
export type VersionRefusal =
  /** Only who wrote a message changes it. */
  | "not-the-author"
  /** Versions are of the first one, never of one another. */
  | "not-the-first";

/** A version that somebody has said, and what it is held against. */
export interface VersionClaim {
  readonly person: string;
  /** The message that it names: who wrote it, and whether that is a later version itself. `undefined` where it is not known. */
  readonly first: { readonly person: string; readonly isLater: boolean } | undefined;
}

/**
 * Whether a version breaks the rules. One that follows a recall is late and no fault, also where its author had read that
 * far: a device that was put back cannot read its own recall.
 */
export function refusalOf({ person, first }: VersionClaim): VersionRefusal | undefined {
  if (first === undefined) return undefined;
  if (first.person !== person) return "not-the-author";
  return first.isLater ? "not-the-first" : undefined;
}
