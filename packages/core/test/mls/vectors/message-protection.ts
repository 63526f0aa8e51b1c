import assert from "node:assert/strict";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import { decode } from "../../../src/codec/reader.ts";
import { encode } from "../../../src/codec/writer.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { isContentSignatureValid, signContent } from "../../../src/mls/content-signature.ts";
import {
  type AuthenticatedContent,
  type ContentWireFormat,
  type FramedContent,
  readContent,
  writeContent,
} from "../../../src/mls/framing.ts";
import type { GroupContext } from "../../../src/mls/group-context.ts";
import { isMembershipTagValid, publicMessageOf } from "../../../src/mls/membership-tag.ts";
import { decodeMessage, type Message } from "../../../src/mls/message.ts";
import {
  openPrivateMessage,
  openSenderData,
  ratchetKindOf,
  sealPrivateMessage,
} from "../../../src/mls/private-message.ts";
import { createSecretTree, keyAt, nextKey } from "../../../src/mls/secret-tree.ts";
import { type Outcome, signaturePrivateKey, skippedSuite, suiteOf } from "./tools.ts";

interface MessageProtectionCase {
  cipher_suite: number;
  group_id: string;
  epoch: number;
  tree_hash: string;
  confirmed_transcript_hash: string;
  signature_priv: string;
  signature_pub: string;
  encryption_secret: string;
  sender_data_secret: string;
  membership_key: string;
  proposal: string;
  proposal_priv: string;
  proposal_pub: string;
  commit: string;
  commit_priv: string;
  commit_pub: string;
  application: string;
  application_priv: string;
}

const leafIndex = 1;
const leafCount = 2;

/** Runs one case of `message-protection.json`: opens what is given, and what is protected here. */
export function run(vector: unknown): Outcome {
  const given = vector as MessageProtectionCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const context = contextOf(given);
  for (const type of ["proposal", "commit"] as const) {
    const expected = given[type];
    for (const wireFormat of ["public-message", "private-message"] as const) {
      const bytes = fromHex(wireFormat === "public-message" ? given[`${type}_pub`] : given[`${type}_priv`]);
      assert.equal(open(suite, given, context, decodeMessage(bytes)), expected);
      const made = protect(suite, given, context, wireFormat, content(context, type, expected));
      assert.equal(open(suite, given, context, made), expected);
    }
  }
  assert.equal(
    open(suite, given, context, decodeMessage(fromHex(given.application_priv))),
    given.application,
  );
  const data = { type: "application", data: fromHex(given.application) } as const;
  const made = protect(suite, given, context, "private-message", { ...frame(context), content: data });
  assert.equal(open(suite, given, context, made), given.application);
  return "passed";
}

function contextOf(given: MessageProtectionCase): GroupContext {
  return {
    version: 1,
    cipherSuite: given.cipher_suite,
    groupId: fromHex(given.group_id),
    epoch: BigInt(given.epoch),
    treeHash: fromHex(given.tree_hash),
    confirmedTranscriptHash: fromHex(given.confirmed_transcript_hash),
    extensions: [],
  };
}

function frame({ groupId, epoch }: GroupContext): Omit<FramedContent, "content"> {
  return { groupId, epoch, sender: { type: "member", leafIndex }, authenticatedData: new Uint8Array(0) };
}

function content(context: GroupContext, type: "proposal" | "commit", bytes: string): FramedContent {
  return { ...frame(context), content: decode((reader) => readContent(reader, type), fromHex(bytes)) };
}

function protect(
  suite: CipherSuite,
  given: MessageProtectionCase,
  context: GroupContext,
  wireFormat: ContentWireFormat,
  framed: FramedContent,
): Message {
  const signature = signContent(
    suite,
    signaturePrivateKey(suite, given.signature_priv),
    wireFormat,
    framed,
    context,
  );
  const confirmationTag = framed.content.type === "commit" ? new Uint8Array(suite.hash.size) : undefined;
  const auth = { signature, confirmationTag };
  if (wireFormat === "public-message") {
    const publicMessage = publicMessageOf(suite, fromHex(given.membership_key), framed, auth, context);
    return { type: "public-message", publicMessage };
  }
  const tree = createSecretTree(fromHex(given.encryption_secret), leafCount);
  const messageKey = nextKey(suite, tree, leafIndex, ratchetKindOf(framed.content.type)).key;
  const senderDataSecret = fromHex(given.sender_data_secret);
  const keys = { senderDataSecret, messageKey, reuseGuard: Uint8Array.of(1, 2, 3, 4) };
  const authenticated = { wireFormat, content: framed, auth };
  return {
    type: "private-message",
    privateMessage: sealPrivateMessage(suite, authenticated, leafIndex, keys, 200),
  };
}

/** The content of a message as hexadecimal; throws unless everything that protects it is valid. */
function open(
  suite: CipherSuite,
  given: MessageProtectionCase,
  context: GroupContext,
  message: Message,
): string {
  const authenticated = authenticate(suite, given, context, message);
  assert.ok(isContentSignatureValid(suite, fromHex(given.signature_pub), authenticated, context));
  const inner = authenticated.content.content;
  return hex(inner.type === "application" ? inner.data : encode(writeContent, inner));
}

function authenticate(
  suite: CipherSuite,
  given: MessageProtectionCase,
  context: GroupContext,
  message: Message,
): AuthenticatedContent {
  if (message.type === "public-message") {
    const { publicMessage } = message;
    assert.ok(isMembershipTagValid(suite, fromHex(given.membership_key), publicMessage, context));
    return { wireFormat: "public-message", content: publicMessage.content, auth: publicMessage.auth };
  }
  assert.ok(message.type === "private-message");
  const { privateMessage } = message;
  const senderData = openSenderData(suite, fromHex(given.sender_data_secret), privateMessage);
  const tree = createSecretTree(fromHex(given.encryption_secret), leafCount);
  const kind = ratchetKindOf(privateMessage.contentType);
  const { key } = keyAt(suite, tree, senderData.leafIndex, kind, senderData.generation);
  return openPrivateMessage(suite, privateMessage, senderData, key);
}
