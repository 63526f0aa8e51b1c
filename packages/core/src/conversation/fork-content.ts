import { type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { readSeen, type Seen, writeSeen } from "./content-details.ts";
import { arrayOf, broken, type FieldCode } from "./content-field.ts";
import { maximumContentSize } from "./media-framing.ts";

/** The proof that the relay has signed two histories, handed on to the other members. */
export interface ForkContent {
  readonly type: "fork";
  /** What its author holds: one of the two. */
  readonly seen: Seen;
  /** As `encodeForkProof` writes it, at most 60 KiB: its author's history first. Whoever gets it verifies it alone. */
  readonly proof: Uint8Array;
}

/** The media type of a proof that is handed on (profile RB-1). */
export const forkType = "application/vnd.readback.fork+cbor";

/** Bytes of a proof that is handed on at most. */
export const maximumProofSize = 61_440;

const maximumDepth = 2;

/** Encodes a proof that is handed on: seen, proof. Throws `invalid-argument`. */
export function encodeForkContent({ seen, proof }: ForkContent): Uint8Array {
  return encodeCbor([writeSeen(seen), checkProof(proof, "invalid-argument")]);
}

/** Decodes a proof that is handed on; what it proves is not looked at. Throws `malformed` and `too-large`. */
export function decodeForkContent(bytes: Uint8Array): ForkContent {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [seen, proof] = arrayOf(document, 2);
  return { type: "fork", seen: readSeen(seen), proof: checkProof(proof, "malformed") };
}

function checkProof(proof: CborValue | undefined, code: FieldCode): Uint8Array {
  if (!(proof instanceof Uint8Array) || proof.length > maximumProofSize) throw broken(code);
  return proof;
}
