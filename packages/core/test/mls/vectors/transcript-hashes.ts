import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { decode } from "../../../src/codec/reader.ts";
import { readAuthenticatedContent } from "../../../src/mls/framing.ts";
import {
  confirmationTagOf,
  confirmedTranscriptHash,
  interimTranscriptHash,
} from "../../../src/mls/transcript.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface TranscriptHashesCase {
  cipher_suite: number;
  confirmation_key: string;
  authenticated_content: string;
  interim_transcript_hash_before: string;
  confirmed_transcript_hash_after: string;
  interim_transcript_hash_after: string;
}

/** Runs one case of `transcript-hashes.json`. */
export function run(vector: unknown): Outcome {
  const expected = vector as TranscriptHashesCase;
  const suite = suiteOf(expected.cipher_suite);
  if (suite === undefined) return skippedSuite(expected.cipher_suite);
  const content = decode(readAuthenticatedContent, fromHex(expected.authenticated_content));
  const confirmed = confirmedTranscriptHash(suite, fromHex(expected.interim_transcript_hash_before), content);
  assertHex(confirmed, expected.confirmed_transcript_hash_after, "confirmed_transcript_hash_after");
  const tag = content.auth.confirmationTag;
  assert.ok(tag !== undefined);
  assert.deepEqual(confirmationTagOf(suite, fromHex(expected.confirmation_key), confirmed), tag);
  const interim = interimTranscriptHash(suite, confirmed, tag);
  assertHex(interim, expected.interim_transcript_hash_after, "interim_transcript_hash_after");
  return "passed";
}
