import type { Client, ClientOptions } from "@readback/core";
import { defaultCryptoProvider } from "@readback/core/crypto";
import { type CredentialRequest, verifyEnrolment } from "@readback/core/log";
import { ReadbackError, utf8 } from "@readback/core/wire";
import { type X509Authority, x509Authority, x509Identity } from "@readback/x509";
import { type World, world } from "../../core/test/client/world.ts";
import { day, Organisation } from "./organisation.ts";

/** Hospitals whose devices have certificates, and a relay that trusts them. */
export interface Ward extends World {
  readonly mercy: Organisation;
  readonly lukes: Organisation;
  readonly authority: X509Authority;
  /** For how long certificates are issued, milliseconds; 0: none are. */
  life: number;
  /** Devices that nobody issues one for. */
  readonly deaf: Set<string>;
  /** How often somebody has asked for one. */
  asked: number;
  /** A client of a device that is enrolled when it asks. */
  device(fullName: string, options?: Partial<ClientOptions>, judge?: X509Authority): Promise<Client>;
  /** Days pass; everything that happens meanwhile happens. */
  pass(days: number): Promise<void>;
}

/** @param relaxed - what the relay judges by instead, and where `judge` says so a device */
export function ward(
  seed: string,
  relaxed = (authority: X509Authority): X509Authority => authority,
  more: Parameters<typeof world>[1] = {},
): Ward {
  const start = world(seed).clock.now();
  const life = { from: start - day, until: start + 3_650 * day };
  const mercy = new Organisation("mercy.example", { life });
  const lukes = new Organisation("lukes.example", { life });
  const authority = x509Authority({
    organisations: [mercy, lukes].map(({ domain, root }) => ({ domains: [domain], roots: [root] })),
  });
  const here = world(seed, { authority: relaxed(authority), ...more });
  const made: Ward = {
    ...here,
    mercy,
    lukes,
    authority,
    life: 30 * day,
    deaf: new Set(),
    asked: 0,
    async device(fullName, options = {}, judge = authority) {
      const [person = "", device = ""] = fullName.split("/");
      const organisation = person.endsWith("@mercy.example") ? mercy : lukes;
      const enrol = async (request: CredentialRequest): Promise<Uint8Array[]> => {
        made.asked += 1;
        const challenge = utf8(`challenge ${made.asked}`);
        const { signaturePublicKey, suite: id } = request;
        const suite = defaultCryptoProvider().suite(id);
        const enrolment = { person, device, signaturePublicKey, challenge };
        if (suite === undefined || !verifyEnrolment(suite, enrolment, request.prove(challenge)))
          throw new Error("Whoever asks does not hold the key.");
        if (made.life === 0 || made.deaf.has(fullName))
          throw new ReadbackError("aborted", "Nobody is there.");
        const from = here.clock.now();
        const key = { suite: id, publicKey: signaturePublicKey, privateKey: new Uint8Array() };
        return organisation.enrol(fullName, key, { from, until: from + made.life - 1_000 });
      };
      const identity = x509Identity({ person, device, authority: judge, enrol });
      return here.client(person, { device, identity, ...options });
    },
    async pass(days) {
      for (let hour = 0; hour < days * 24; hour++) {
        here.clock.advance(3_600_000);
        await here.settle();
      }
    },
  };
  return made;
}
