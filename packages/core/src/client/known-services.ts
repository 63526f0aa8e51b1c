import { decode } from "../codec/reader.ts";
import { type CredentialAuthority, domainOf } from "../conversation/identity.ts";
import { endsLater, type RevocationServices, serviceDomain } from "../conversation/revocation-services.ts";
import { hasCode } from "../error.ts";
import { readCredential } from "../mls/credential.ts";
import type { ExternalSender } from "../mls/extension.ts";
import type { AnnouncedService } from "../wire/announced-service.ts";

/** Services at most that are remembered: of the domains of all whom this device adds to conversations. */
const mostKnown = 1_024;

/** The revocation services that the relay has told of, by domain. Nothing is stored: it tells again. */
export class KnownServices {
  readonly #authority: CredentialAuthority;
  readonly #services = new Map<string, ExternalSender>();

  /** None yet. */
  constructor(authority: CredentialAuthority) {
    this.#authority = authority;
  }

  /** All of them. */
  get all(): RevocationServices {
    return this.#services;
  }

  /**
   * Takes note of what the relay says, of the domains of these persons only. What is not good is left out: a relay could
   * just as well have said nothing.
   */
  note(announced: readonly AnnouncedService[], persons: readonly string[]): void {
    const domains = new Set(persons.map(domainOf));
    for (const service of announced.map(serviceOf)) {
      const domain = service && serviceDomain(this.#authority, service);
      if (service === undefined || domain === undefined || !domains.has(domain)) continue;
      const known = this.#services.get(domain);
      if (known === undefined && this.#services.size >= mostKnown) continue;
      if (known === undefined || endsLater(this.#authority, known, service))
        this.#services.set(domain, service);
    }
  }
}

function serviceOf({ signatureKey, credential }: AnnouncedService): ExternalSender | undefined {
  try {
    // The bytes around them are used no more.
    return { signatureKey: signatureKey.slice(), credential: decode(readCredential, credential.slice()) };
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    throw error;
  }
}
