import type { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import type { CryptoProvider, SignatureScheme } from "@readback/core/crypto";
import { hex, ReadbackError } from "@readback/core/wire";

/** A kind of key and the one way that it signs here. */
export interface KeyScheme {
  readonly name: "p256" | "p384" | "ed25519";
  /** The cipher suite that has it, by its IANA number. */
  readonly suite: number;
  /** Of the key: algorithm and, in DER and hexadecimal, its parameters (RFC 5480, RFC 8410). */
  readonly keyAlgorithm: string;
  readonly parameters: string | undefined;
  /** Of a signature with it (RFC 5758, RFC 8410); without parameters. */
  readonly signatureAlgorithm: string;
}

const ecPublicKey = "1.2.840.10045.2.1";
const ed25519 = "1.3.101.112";

/** All that a certificate may use. */
export const keySchemes: readonly KeyScheme[] = [
  {
    name: "p256",
    suite: 2,
    keyAlgorithm: ecPublicKey,
    parameters: "06082a8648ce3d030107",
    signatureAlgorithm: "1.2.840.10045.4.3.2",
  },
  {
    name: "p384",
    suite: 7,
    keyAlgorithm: ecPublicKey,
    parameters: "06052b81040022",
    signatureAlgorithm: "1.2.840.10045.4.3.3",
  },
  {
    name: "ed25519",
    suite: 1,
    keyAlgorithm: ed25519,
    parameters: undefined,
    signatureAlgorithm: ed25519,
  },
];

/** The scheme of a key, by what its certificate says; `undefined` where it is none of these. */
export function schemeOfKey({ algorithm, parameters }: AlgorithmIdentifier): KeyScheme | undefined {
  if (parameters === null) return undefined;
  const named = parameters === undefined ? undefined : hex(new Uint8Array(parameters));
  return keySchemes.find((one) => one.keyAlgorithm === algorithm && one.parameters === named);
}

/** The scheme that a signature is made with; `undefined` where it is none of these. */
export function schemeOfSignature({ algorithm, parameters }: AlgorithmIdentifier): KeyScheme | undefined {
  return parameters === undefined
    ? keySchemes.find((one) => one.signatureAlgorithm === algorithm)
    : undefined;
}

/** What signs and verifies. Throws `unsupported-suite` where the provider does not have the suite. */
export function signatureOf(crypto: CryptoProvider, { suite }: KeyScheme): SignatureScheme {
  const found = crypto.suite(suite)?.signature;
  if (found === undefined)
    throw new ReadbackError("unsupported-suite", "There is no cryptography for such a certificate.");
  return found;
}

/** The scheme of a cipher suite's keys, `undefined` where certificates cannot hold them. Other suites share a scheme. */
export function schemeOfSuite(crypto: CryptoProvider, suite: number): KeyScheme | undefined {
  const signature = crypto.suite(suite)?.signature;
  return keySchemes.find(
    (one) =>
      one.suite === suite || (signature !== undefined && crypto.suite(one.suite)?.signature === signature),
  );
}
