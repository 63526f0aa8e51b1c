import { type CborValue, decodeCbor, encodeCbor } from "../../core/src/codec/cbor.ts";
import { contentId, encodeContent, type KnownContent } from "../../core/src/conversation/content.ts";
import type { Details, Seen } from "../../core/src/conversation/content-details.ts";
import { encodeEvidence } from "../../core/src/conversation/evidence-file.ts";
import { hubExtension } from "../../core/src/conversation/group-data.ts";
import { entryHash, signHead } from "../../core/src/conversation/log-entry.ts";
import { decodeFraming, encodeFraming } from "../../core/src/conversation/media-framing.ts";
import { type ContentContext, roomUri, senderUri } from "../../core/src/conversation/message-id.ts";
import type { MessageRecord } from "../../core/src/conversation/message-record.ts";
import type { CipherSuite } from "../../core/src/crypto/suite.ts";
import { defaultCryptoProvider, withSuites } from "../../core/src/crypto.ts";
import {
  experimentalMlKem768P256Suite,
  experimentalMlKem768X25519Suite,
} from "../../core/src/experimental.ts";
import { protectMessage } from "../../core/src/mls/application-message.ts";
import { createGroup } from "../../core/src/mls/create-group.ts";
import type { Credential } from "../../core/src/mls/credential.ts";
import { seededRandom } from "../../core/src/testing/seeded-random.ts";
import type { EntryHeader } from "../../core/src/wire/entry.ts";

/** What a device says next; `seen` is what an honest one has seen, `id` and `at` those of the message. */
export type Saying = (world: {
  seen: Seen;
  id: Uint8Array;
  at: number;
  context: ContentContext;
}) => KnownContent | Uint8Array;

/** How a file made by hand is to be. */
export interface Forgery {
  readonly suite?: number;
  readonly credential?: Credential;
  /** Whether the group names the relay that keeps its log. */
  readonly hasHub?: boolean;
  /** Who the author says they are, other than the credential has it. */
  readonly as?: string;
  /** What is said after the message. */
  readonly says?: readonly Saying[];
  /** Milliseconds from one entry to the next. */
  readonly pace?: number;
  /** What stands in the clear in each message, authenticated with it. */
  readonly authenticatedData?: Uint8Array;
}

const relay = "relay.example";
const time = 1_764_000_000_000;
/** Entries before the first one in the file. */
const before = 7;

/** A file in which `ada@mercy.example/phone` says "K 6.8", and what else a test wants: properly signed by her and a relay. */
export function forge({
  suite: id = 2,
  credential,
  as = "phone",
  hasHub = true,
  says = [],
  pace = 1_000,
  authenticatedData,
}: Forgery = {}): Uint8Array {
  const crypto = withSuites(
    defaultCryptoProvider(),
    experimentalMlKem768P256Suite,
    experimentalMlKem768X25519Suite,
  );
  const [suite, logSuite] = [crypto.suite(id), crypto.suite(2)] as [CipherSuite, CipherSuite];
  const random = seededRandom(`forged ${id}`);
  const logKeys = logSuite.signature.deriveKeyPair(random(logSuite.signature.seedSize));
  const conversation = random(32);
  const name = new TextEncoder().encode("ada@mercy.example/phone");
  let group = createGroup({
    suite,
    groupId: conversation,
    credential: credential ?? { type: "basic", identity: name },
    signatureKeyPair: suite.signature.deriveKeyPair(random(suite.signature.seedSize)),
    extensions: hasHub ? [hubExtension({ relay, logKey: logKeys.publicKey })] : [],
    lifetime: { notBefore: 0n, notAfter: 2n ** 40n },
    random,
  });
  const { context: groupContext, tree } = group;
  const context: ContentContext = {
    senderUri: senderUri("ada@mercy.example", as),
    roomUri: roomUri(conversation, relay),
  };
  const headers: EntryHeader[] = [];
  const records: MessageRecord[] = [];
  let hash = new Uint8Array(32);
  let acceptedAt = time;
  const seen = (): Seen => ({
    seq: before + headers.length,
    hash,
    signedAt: acceptedAt,
    signature: new Uint8Array(72),
  });

  const append = (content: KnownContent | Uint8Array): void => {
    const framed = content instanceof Uint8Array ? content : encodeContent(content, context);
    const made = protectMessage(group, framed, { random, paddedLength: 256, authenticatedData });
    group = made.group;
    const seq = before + headers.length + 1;
    acceptedAt += pace;
    const payloadHash = logSuite.hash.digest(made.message);
    const header = {
      seq,
      previousHash: hash,
      kind: "application",
      epoch: 0n,
      payloadHash,
      acceptedAt,
    } as const;
    headers.push({ conversation, relay, ...header });
    hash = new Uint8Array(entryHash(logSuite, { conversation, relay, ...header }));
    const messageId =
      content instanceof Uint8Array ? hash : contentId(logSuite.hash, content, framed, context);
    const { signature, opening } = made;
    const author = { person: "", device: "" };
    const place = { seq, leaf: 0, epoch: 0n, acceptedAt };
    records.push({ ...place, id: messageId, author, content: framed, signature, opening, problem: "" });
  };

  append({ type: "text", text: "K 6.8", salt: new Uint8Array(16), details: detailsOf(seen()) });
  const message = records[0] as MessageRecord;
  for (const say of says) append(say({ seen: seen(), id: message.id, at: message.seq, context }));
  const end = { conversation, seq: before + headers.length, entryHash: hash, signedAt: acceptedAt };
  const head = signHead(logSuite, logKeys.privateKey, end);
  const groups = [{ context: groupContext, tree, leaves: undefined }];
  return encodeEvidence({ about: message.id, groups, records, headers, head }, suite, logSuite);
}

/** What goes with everything that a person says. */
export function detailsOf(seen: Seen): Details {
  return { seen, deviceCounter: 1, givenUp: [], sentAt: time, intent: "fyi" };
}

/** Says that the device holds the message. */
export const receiptOf: Saying = ({ seen, at }) => {
  return { type: "receipt", level: "stored", upTo: at, seen, exceptions: [] };
};

/** Says that the person takes note of the message. */
export const acknowledgementOf: Saying = ({ seen, id, at }) => {
  return {
    type: "answer",
    act: "acknowledge",
    of: id,
    ofSeq: at,
    salt: new Uint8Array(16),
    details: detailsOf(seen),
  };
};

/** What an honest device would say, with fields of its array changed in a way that no encoder allows. */
export function misstated(honest: Saying, change: (fields: CborValue[]) => unknown): Saying {
  return (world) => {
    const framed = encodeContent(honest(world) as KnownContent, world.context);
    const { mediaType, bytes } = decodeFraming(framed);
    const fields = decodeCbor(bytes, { size: 1e6, depth: 9 }) as CborValue[];
    change(fields);
    return encodeFraming(mediaType, encodeCbor(fields));
  };
}
