import { defaultCryptoProvider } from "@readback/core/crypto";
import type { CredentialRequest, IssuedCredential } from "@readback/core/log";
import type { Credential } from "@readback/core/mls";
import { ReadbackError } from "@readback/core/wire";
import {
  type AuthorityKey,
  issueDevice,
  issueRoot,
  issueService,
  type TrustedOrganisation,
  x509Authority,
} from "@readback/x509";
import { Chance } from "../kernel/chance.ts";
import type { Credentials } from "../world/credentials.ts";

const day = 86_400_000;
const suite = 2;

/** An organisation that vouches for its devices with certificates, or for whomever it is told to. */
export class Hospital {
  readonly #chance: Chance;
  #root: { readonly certificate: Uint8Array; readonly key: AuthorityKey };
  readonly domain: string;
  /** All roots that it has had. */
  readonly roots: Uint8Array[];
  /** Days that a certificate is good for; 0: nobody gets one. */
  days = 30;

  constructor(domain: string, seed = domain) {
    this.domain = domain;
    this.#chance = new Chance(`hospital ${seed}`);
    this.#root = this.#makeRoot();
    this.roots = [this.#root.certificate];
  }

  get trusted(): TrustedOrganisation {
    return { domains: [this.domain], roots: this.roots };
  }

  /** Issues under a new root from now on, which others have to trust already. @param root - made before */
  rollOver(root: { readonly certificate: Uint8Array; readonly key: AuthorityKey }): void {
    this.#root = root;
  }

  /** A root to come. */
  makeNextRoot() {
    const root = this.#makeRoot();
    this.roots.push(root.certificate);
    return root;
  }

  /** Vouches for its revocation service. */
  vouchForService(signaturePublicKey: Uint8Array, now: number): Credential {
    const wish = { domain: this.domain, suite, signaturePublicKey, from: now - day, until: now + 300 * day };
    const certificates = [
      issueService(wish, this.#root, { random: this.#chance.bytes }),
      this.#root.certificate,
    ];
    return { type: "x509", certificates };
  }

  /** Vouches for a device, whatever domain it says it is of. */
  vouch(fullName: string, signaturePublicKey: Uint8Array, now: number): IssuedCredential {
    if (this.days === 0) throw new ReadbackError("aborted", "Nobody answers.");
    const [person = "", device = ""] = fullName.split("/");
    const life = { from: now - 3_600_000, until: now - 3_600_000 + this.days * day };
    const wish = { person, device, suite, signaturePublicKey, ...life };
    const random = this.#chance.bytes;
    const certificates = [issueDevice(wish, this.#root, { random }), this.#root.certificate];
    return { credential: { type: "x509", certificates }, renewAt: now + (this.days * day * 2) / 3 };
  }

  #makeRoot() {
    const random = this.#chance.bytes;
    const signature = defaultCryptoProvider().suite(suite)?.signature;
    if (signature === undefined) throw new Error("Every provider has it.");
    const key = { suite, ...signature.deriveKeyPair(random(signature.seedSize)) };
    const life = { from: 0, until: 4_000_000_000_000 };
    const certificate = issueRoot(
      { name: `${this.domain} root`, key, domains: [this.domain], ...life },
      { random },
    );
    return { certificate, key };
  }
}

/** Credentials of these hospitals, each for its own domain. @param now - by the relay's clock */
export function certificatesOf(hospitals: readonly Hospital[], now: () => number): Credentials {
  const authority = x509Authority({ organisations: hospitals.map(({ trusted }) => trusted) });
  return {
    authority,
    isEnding: true,
    issue(person, device, { signaturePublicKey }: CredentialRequest) {
      const hospital = hospitals.find(({ domain }) => person.endsWith(`@${domain}`));
      if (hospital === undefined) throw new ReadbackError("aborted", "Nobody vouches for this person.");
      return hospital.vouch(`${person}/${device}`, signaturePublicKey, now());
    },
    serviceOf(domain, signaturePublicKey) {
      const hospital = hospitals.find((one) => one.domain === domain);
      if (hospital === undefined) throw new ReadbackError("aborted", "Nobody vouches for this domain.");
      return hospital.vouchForService(signaturePublicKey, now());
    },
  };
}
