import type { CryptoProvider, Transport } from "@readback/core";
import {
  announceService,
  type RevocationService,
  type RevokedMembership,
  revokeDevice,
} from "@readback/core/revocation";
import type { Chance } from "../kernel/chance.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import { SimulatedClock } from "../simulated/clock.ts";
import { Line } from "../simulated/line.ts";
import type { Credentials } from "./credentials.ts";
import type { Device } from "./device.ts";

/** What an office needs of the world around it. */
export interface OfficeParts {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly crypto: CryptoProvider;
  readonly credentials: Credentials;
  readonly accept: ConstructorParameters<typeof Line>[4];
}

/** Who revokes the devices of one domain: somebody at a desk who asks again until it is done. */
export class RevocationOffice {
  readonly #parts: OfficeParts;
  readonly #clock: SimulatedClock;
  readonly #transport: Transport;
  readonly service: RevocationService;

  constructor(domain: string, parts: OfficeParts) {
    const { scheduler, crypto, credentials, accept } = parts;
    const chance = parts.chance.fork(`office ${domain}`);
    const suite = crypto.suite(2);
    if (suite === undefined) throw new Error("Every provider has it.");
    const signatureKeyPair = suite.signature.deriveKeyPair(chance.bytes(suite.signature.seedSize));
    const credential = credentials.serviceOf(domain, signatureKeyPair.publicKey);
    this.#parts = parts;
    this.#clock = new SimulatedClock(scheduler);
    const latency = { least: 20, jitter: 30 };
    this.#transport = new Line(
      scheduler,
      chance.fork("line"),
      `office ${domain}`,
      latency,
      accept,
    ).process().transport;
    this.service = { suite: 2, signatureKeyPair, credential, authority: credentials.authority };
  }

  /** Lets the relay know of it. Rejects as the SDK does. */
  announce(): Promise<void> {
    return announceService({ service: this.service, ...this.reach() });
  }

  /** Asks once. Rejects as the SDK does. */
  revoke({ person, fullName }: Pick<Device, "person" | "fullName">): Promise<RevokedMembership[]> {
    const device = { person, device: fullName.slice(person.length + 1) };
    return revokeDevice({ service: this.service, device, ...this.reach() });
  }

  /** What it dials with. */
  reach() {
    return { transport: this.#transport, clock: this.#clock, crypto: this.#parts.crypto };
  }
}
