import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { maximumCredentialSize, maximumKeySize } from "./limits.ts";
import { readName, writeName } from "./name.ts";
import { protocolVersion } from "./version.ts";

/** Bytes of a login challenge. */
export const challengeSize = 32;

/** The relay's first words on every connection. */
export interface Challenge {
  /** The relay's name, as it stands in log entries. */
  readonly relay: string;
  /** The key that signs log heads; its scheme is that of suite 0x0002. */
  readonly logKey: Uint8Array;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
}

/** A device's proof that it holds its key, for this connection to this relay only. */
export interface Login {
  /** The cipher suite whose signature scheme the key belongs to. */
  readonly suite: number;
  readonly signatureKey: Uint8Array;
  /** An encoded MLS `Credential` (RFC 9420 §5.3). */
  readonly credential: Uint8Array;
  /** Over {@link writeLoginContent} with the label `RB-1 Login`. */
  readonly signature: Uint8Array;
}

/** Encodes a challenge. */
export function writeChallenge(writer: Writer, challenge: Challenge): void {
  writer.u16(protocolVersion);
  writeName(writer, challenge.relay);
  writer.bytes(challenge.logKey).raw(challenge.nonce);
}

/** Decodes a challenge. Throws `malformed`; another version is `protocol-violation`. */
export function readChallenge(reader: Reader): Challenge {
  if (reader.u16() !== protocolVersion) {
    throw new ReadbackError("protocol-violation", "The relay speaks another protocol version.");
  }
  return { relay: readName(reader), logKey: reader.bytes(maximumKeySize), nonce: reader.raw(challengeSize) };
}

/** What a login signs: the whole challenge and who answers it, so that the proof fits no other connection or relay. */
export function writeLoginContent(
  writer: Writer,
  challenge: Challenge,
  login: Omit<Login, "signature">,
): void {
  writeChallenge(writer, challenge);
  writer.u16(login.suite).bytes(login.signatureKey).bytes(login.credential);
}

/** Encodes a login. */
export function writeLogin(writer: Writer, login: Login): void {
  writer.u16(login.suite).bytes(login.signatureKey).bytes(login.credential).bytes(login.signature);
}

/** Decodes a login. Throws `malformed` or `too-large`. */
export function readLogin(reader: Reader): Login {
  return {
    suite: reader.u16(),
    signatureKey: reader.bytes(maximumKeySize),
    credential: reader.bytes(maximumCredentialSize),
    signature: reader.bytes(maximumKeySize),
  };
}
