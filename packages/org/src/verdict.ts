/** A device of a person, for instance `phone` of `ada@mercy.example`. */
export interface DeviceName {
  readonly person: string;
  readonly device: string;
}

/** Who a member claims to be (RFC 9420 §5.3); certificates in DER, the member's own first. */
export type Credential =
  | { readonly type: "basic"; readonly identity: Uint8Array }
  | { readonly type: "x509"; readonly certificates: readonly Uint8Array[] };

/** Whether a signature is right, key and signature in the forms of RFC 9420 §5.1.1. May throw on what is not. */
export type VerifySignature = (
  scheme: "ed25519" | "p256" | "p384",
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean;

/** Judges certificates; whatever serves clients as their authority fits. The verifier itself trusts no root. */
export interface CredentialJudge {
  /** The device that a credential names. */
  identify(credential: Credential): DeviceName | undefined;
  /** Whether it belongs to this key and was good at a time (milliseconds, by the relay's clock), or ever where none is given. */
  isValid(claim: { credential: Credential; signaturePublicKey: Uint8Array; at?: number }): boolean;
}

/** How to verify. */
export interface VerifyOptions {
  /** Without it a file with certificates does not hold. */
  readonly judge?: CredentialJudge;
  /** Checks signatures by other means than noble. */
  readonly verifySignature?: VerifySignature;
}

/** A device, and whether anybody vouches for its name: with a development credential anybody can claim any. */
export interface Device extends DeviceName {
  readonly isVerified: boolean;
}

/** What an answer to a message says, in the order of their numbers (profile RB-1). */
export const answerTypes = [
  "acknowledged",
  "seen",
  "accepted",
  "declined",
  "read back",
  "confirmed",
  "corrected",
  "escalated",
] as const;

/** What a device says. Times are milliseconds. */
export interface Said {
  /** A version of the message, a receipt that the device gives by itself, or an answer. */
  readonly type: "message" | "edited" | "recalled" | "stored" | "displayed" | (typeof answerTypes)[number];
  /** The text, or why it was recalled; `null` where there is none, or no plain text. */
  readonly text: string | null;
  /** Name, value and unit of what is to be read back, or was. */
  readonly values: readonly (readonly string[])[];
  /** Of a version: the time on its author's device, and until when by the relay's clock it is to be answered. */
  readonly sentAt?: number | undefined;
  readonly deadline?: number | undefined;
}

/** A version of the message, or what a device said of one, as it stands in the log. */
export interface Signed extends Said {
  readonly by: Device;
  /** Its place in the log, and when the relay accepted it. */
  readonly seq: number;
  readonly acceptedAt: number;
  /** The id of the version that it is, or speaks of, in hexadecimal. */
  readonly id: string;
  /** The place of the answer that is confirmed or corrected. */
  readonly answer?: number | undefined;
}

/** What a file proves. */
export interface Finding {
  readonly conversation: string;
  readonly relay: string;
  /** The version of the message that the file is about. */
  readonly message: Signed;
  /** All that was signed, in the order of the log. */
  readonly signed: readonly Signed[];
  /** The devices that the message was encrypted for, its author's included, and whether these are all. */
  readonly members: readonly Device[];
  readonly isRosterComplete: boolean;
  /** The part of the log in the file, and when the relay signed its end. */
  readonly log: { readonly first: number; readonly last: number; readonly signedAt: number };
  /** Whether certificates vouch for all names. */
  readonly isVerified: boolean;
}

/** What does not hold, for machines. */
export type RefusalCode =
  | ("malformed" | "too-large" | "unsupported" | "roster" | "group" | "log" | "head" | "place")
  | ("signature" | "signer" | "credential" | "history" | "statement" | "failed");

/** The answer of {@link verifyEvidence}. */
export type Verdict =
  | { readonly holds: true; readonly finding: Finding }
  | { readonly holds: false; readonly code: RefusalCode; readonly problem: string };
