import { copyOf } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import type { ReadbackError } from "../error.ts";
import { protectMessage } from "../mls/application-message.ts";
import type { Group } from "../mls/group-state.ts";
import type { AppendRequest, CreateRequest } from "../wire/request.ts";
import { decodeContent } from "./content.ts";
import { needsFreshKeys } from "./fresh-keys.ts";
import { type CredentialTools, isLeafExpired } from "./leaf-credential.ts";
import { paddedLength } from "./padding.ts";
import { numbered, recordName } from "./record-name.ts";
import { rejoinIntent } from "./rejoin.ts";
import type { Outgoing, Submission } from "./state.ts";
import { encodeOutgoing } from "./state-record.ts";
import type { Step } from "./step.ts";

/**
 * Encrypts what waits, in order, for the epoch of the live group; at most `limit` items are under way at once. What was
 * encrypted for this epoch before keeps its bytes, so nothing is ever encrypted twice under one epoch. Call it only
 * when the log has been drained: an item of an older epoch that is still here was then never accepted.
 */
export function encryptOutgoing(step: Step, limit: number): void {
  const { group, phase } = step.state;
  const isHeard = phase === "active" || phase === "frozen";
  if (group === undefined || !isHeard || needsFreshKeys(step.state)) return;
  // The proof of a fork counts whoever brings it.
  if (step.state.fork === undefined && isLeafExpired(step.state, step.tools)) return;
  // Where the log was frozen as well, it is nothing that this group could be told of.
  if (group.reInit !== undefined) return;
  // RFC 9420 §12.4: proposals that wait have to be committed before anything else is said.
  if (group.pending.length > 0) return;
  for (const outgoing of sendable(step.state).slice(0, limit)) {
    if (outgoing.submission?.epoch !== step.state.group?.epoch) encrypt(step, outgoing);
  }
}

/** Whether something that waits is not encrypted for the epoch of the live group. */
export function isStale(state: Step["state"], tools: CredentialTools, limit: number): boolean {
  const { group } = state;
  if (group === undefined || group.reInit !== undefined || group.pending.length > 0) return false;
  if (state.fork === undefined && isLeafExpired(state, tools)) return false;
  return sendable(state)
    .slice(0, limit)
    .some(({ submission }) => submission?.epoch !== group.epoch);
}

/** What waits and may be sent: after a fork, nothing but its proof. */
function sendable({ outgoing, fork }: Pick<Step["state"], "outgoing" | "fork">): readonly Outgoing[] {
  if (fork === undefined) return outgoing;
  return outgoing.filter(({ content }) => decodeContent(content).type === "fork");
}

function encrypt(step: Step, outgoing: Outgoing): void {
  const group = step.state.group as Group;
  const protectedMessage = protectMessage(group, outgoing.content, {
    random: step.tools.random,
    paddedLength: paddedLength(outgoing.content.length),
  });
  step.consumed.push(...protectedMessage.consumed);
  step.update({ group: protectedMessage.group });
  const submission = submissionOf(step, group.epoch, protectedMessage.message);
  if (outgoing.opening !== undefined) step.consumed.push(outgoing.opening.key, outgoing.opening.nonce);
  const { signature, opening } = protectedMessage;
  const kept = { ...opening, key: copyOf(opening.key), nonce: copyOf(opening.nonce) };
  step.putOutgoing({ ...outgoing, submission, signature, opening: kept });
}

/** Bytes for the relay and the hash that they are known by. */
export function submissionOf(step: Step, epoch: bigint, payload: Uint8Array): Submission {
  return { epoch, payload, payloadHash: step.tools.logSuite.hash.digest(payload) };
}

/** One request to the relay, what it is about, and what it is known by among all of its conversation. */
export type Submitted = { readonly key: string } & (
  | { readonly about: "creation"; readonly request: CreateRequest }
  | { readonly about: "staged"; readonly request: AppendRequest }
  | { readonly about: "outgoing"; readonly number: number; readonly request: AppendRequest }
);

/**
 * Everything that is ready for the relay, in the order to send it. The bytes are those that were stored; what was encrypted
 * under a credential that is good no more waits for the next epoch.
 */
export function pendingRequests(state: Step["state"], tools: CredentialTools): Submitted[] {
  const { id: conversation, creation, staged, group, phase, fork } = state;
  if (phase === "left" || phase === "moved") return [];
  if (phase === "halted" && rejoinIntent(state) === undefined) return [];
  if (creation !== undefined && fork === undefined) {
    const { epoch, payload, welcome, groupInfo } = creation;
    const request = { type: "create", conversation, epoch, payload, welcome, groupInfo } as const;
    return [{ about: "creation", key: "creation", request }];
  }
  if (staged !== undefined && fork === undefined) {
    const { kind, submission, welcome, groupInfo } = staged;
    const { epoch, payload } = submission;
    return [
      {
        about: "staged",
        key: hex(submission.payloadHash),
        request: { type: "append", conversation, kind, epoch, payload, welcome, groupInfo },
      },
    ];
  }
  const requests: Submitted[] = [];
  const isMute = fork === undefined && isLeafExpired(state, tools);
  if (rejoinIntent(state) !== undefined || isMute) return requests;
  for (const { number, kind, submission } of sendable(state)) {
    if (submission === undefined || submission.epoch !== group?.epoch) break;
    const { epoch, payload } = submission;
    const none = { welcome: undefined, groupInfo: undefined };
    requests.push({
      about: "outgoing",
      key: hex(submission.payloadHash),
      number,
      request: { type: "append", conversation, kind, epoch, payload, ...none },
    });
  }
  return requests;
}

/** Drops the staged handshake that was submitted, unless it is gone already. Returns the number of its intent. */
export function dropStaged(step: Step, { about, request }: Submitted): number | undefined {
  const { staged } = step.state;
  if (about !== "staged" || staged?.submission.payload !== request.payload) return undefined;
  step.update({ staged: undefined });
  return staged.intent;
}

/**
 * Gives up on something queued that the relay will never take, and says so. What was to be a message, a later version of one
 * or its recall is kept until its author takes it back: whoever was not told, since the device went out, finds it there.
 */
export function giveUp(step: Step, number: number, code: ReadbackError["code"]): void {
  const outgoing = step.state.outgoing.find((item) => item.number === number);
  if (outgoing === undefined) return;
  step.removeOutgoing(number);
  const content = decodeContent(outgoing.content);
  if ("details" in content) {
    // The next content has to say so, or it would look as if the relay kept something back.
    step.update({ givenUp: [...step.state.givenUp, content.details.deviceCounter].sort((a, b) => a - b) });
  }
  if (content.type === "text" || content.type === "recall") {
    const plain = { ...outgoing, submission: undefined, signature: undefined, opening: undefined };
    step.put(numbered(recordName.unsent, number), encodeOutgoing(plain));
  }
  if (outgoing.kind === "application") step.emit({ type: "unsent", outgoing, code });
}
