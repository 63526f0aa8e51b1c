import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate as AsnCertificate, type TBSCertificate } from "@peculiar/asn1-x509";
import type { Random } from "@readback/core";
import { type CipherSuite, defaultCryptoProvider, type KeyPair } from "@readback/core/crypto";
import { seededRandom } from "@readback/core/testing";
import { type AuthorityKey, issueDevice, issueIssuer, issueRoot, type Life } from "@readback/x509";

export const day = 86_400_000;

/** 2026-12-01, in milliseconds. */
export const start = 1_796_083_200_000;

/** A week from the start. */
export const week: Life = { from: start, until: start + 7 * day };

const decades: Life = { from: start - 365 * day, until: start + 3_650 * day };
const crypto = defaultCryptoProvider();

/** A hospital with a root, an authority under it that issues for devices, and what issues as it is told. */
export class Organisation {
  readonly random: Random;
  readonly domain: string;
  readonly rootKey: AuthorityKey;
  readonly root: Uint8Array;
  readonly issuerKey: AuthorityKey;
  readonly issuer: Uint8Array;

  constructor(domain: string, { suite = 2, seed = domain, life = decades } = {}) {
    this.random = seededRandom(`x509 ${seed}`);
    this.domain = domain;
    this.rootKey = this.key(suite);
    this.root = issueRoot({ name: `${seed} root`, key: this.rootKey, domains: [domain], ...life }, this);
    this.issuerKey = this.key(suite);
    const { publicKey } = this.issuerKey;
    this.issuer = issueIssuer({ name: `${seed} devices`, suite, publicKey, ...life }, this.byRoot, this);
  }

  get byRoot() {
    return { certificate: this.root, key: this.rootKey };
  }

  get byIssuer() {
    return { certificate: this.issuer, key: this.issuerKey };
  }

  /** A key of a suite. */
  key(suite: number): AuthorityKey {
    return { suite, ...keyPair(suite, this.random) };
  }

  /** Certificates for a device, without the root. */
  enrol(fullName: string, key: AuthorityKey, life: Life = week): Uint8Array[] {
    const [person = "", device = ""] = fullName.split("/");
    const { suite, publicKey: signaturePublicKey } = key;
    return [
      issueDevice({ person, device, suite, signaturePublicKey, ...life }, this.byIssuer, this),
      this.issuer,
    ];
  }
}

/** The same certificate with a change, signed again. */
export function altered(
  certificate: Uint8Array,
  { suite, privateKey }: AuthorityKey,
  change: (signed: TBSCertificate) => void,
): Uint8Array {
  const parsed = AsnConvert.parse(certificate, AsnCertificate);
  change(parsed.tbsCertificate);
  const signed = new Uint8Array(AsnConvert.serialize(parsed.tbsCertificate));
  parsed.signatureValue = new Uint8Array(suiteOf(suite).signature.sign(privateKey, signed)).buffer;
  return new Uint8Array(AsnConvert.serialize(parsed));
}

function keyPair(suite: number, random: Random): KeyPair {
  const { signature } = suiteOf(suite);
  return signature.deriveKeyPair(random(signature.seedSize));
}

function suiteOf(id: number): CipherSuite {
  const suite = crypto.suite(id);
  if (suite === undefined) throw new Error(`There is no suite ${id}.`);
  return suite;
}
