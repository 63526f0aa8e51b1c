import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  type KeyPackage,
  type MlsMessageContent,
  makePskIndex,
  type PrivateKeyPackage,
  type PskIndex,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { utf8 } from "../../../src/codec/utf8.ts";
import { privateExtension } from "./member.ts";

/** How ts-mls is set up: as it comes, but for short padding, so that lengths vary. */
export const peerConfig: ClientConfig = {
  authService: defaultAuthenticationService,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  keyRetentionConfig: defaultKeyRetentionConfig,
  lifetimeConfig: defaultLifetimeConfig,
  paddingConfig: { kind: "padUntilLength", padUntilLength: 16 },
};

/** A signature key pair as ts-mls takes it. */
export interface PeerSigner {
  readonly signKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** A key package as ts-mls makes it, with its private keys. */
export interface PeerKeyPackage {
  readonly publicPackage: KeyPackage;
  readonly privatePackage: PrivateKeyPackage;
}

/** A fresh key package that ts-mls makes; among its capabilities are some of RFC 9420 §13.5 that mean nothing. */
export function peerKeyPackage(
  name: string,
  signer: PeerSigner,
  crypto: CiphersuiteImpl,
): Promise<PeerKeyPackage> {
  return generateKeyPackageWithKey(
    { credentialType: "basic", identity: utf8(name) },
    {
      versions: ["mls10"],
      ciphersuites: [crypto.name],
      extensions: [privateExtension, 0x3a3a],
      proposals: [0x4a4a],
      credentials: ["basic", "x509"],
    },
    { notBefore: 0n, notAfter: 2n ** 63n - 1n },
    [],
    { ...signer },
    crypto,
  );
}

/** A message as ts-mls encodes it. */
export function encodePeer(message: MlsMessageContent): Uint8Array {
  return encodeMlsMessage({ version: "mls10", ...message });
}

/** A message as ts-mls decodes it, if it is of one of these kinds and nothing is left over; throws otherwise. */
export function decodePeer<Format extends MlsMessageContent["wireformat"]>(
  bytes: Uint8Array,
  ...formats: Format[]
): Extract<MlsMessageContent, { wireformat: Format }> {
  const [message, end] = decodeMlsMessage(bytes, 0) ?? [];
  if (message === undefined || end !== bytes.length) throw new Error("the peer cannot decode this");
  if (!isOf(message, formats)) throw new Error("another kind of message");
  return message;
}

function isOf<Format extends MlsMessageContent["wireformat"]>(
  message: MlsMessageContent,
  formats: readonly Format[],
): message is Extract<MlsMessageContent, { wireformat: Format }> {
  return formats.some((format) => format === message.wireformat);
}

/** What ts-mls is after a proposal or a commit. */
export async function peerAfter(
  state: ClientState,
  bytes: Uint8Array,
  crypto: CiphersuiteImpl,
  keys: PskIndex = makePskIndex(state, {}),
): Promise<ClientState> {
  const message = decodePeer(bytes, "mls_public_message", "mls_private_message");
  const { newState } =
    message.wireformat === "mls_public_message"
      ? await processPublicMessage(state, message.publicMessage, keys, crypto)
      : await processPrivateMessage(state, message.privateMessage, keys, crypto);
  return newState;
}
