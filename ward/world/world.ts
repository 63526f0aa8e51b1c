import { type Conversation, type CryptoProvider, hasCode, type ReadbackError } from "@readback/core";
import { defaultCryptoProvider, withSuites } from "@readback/core/crypto";
import { experimentalMlKem768P256Suite } from "@readback/core/experimental";
import type { RelayLimits } from "@readback/relay";
import { hashLike } from "../crypto/payload-hash.ts";
import { unsafeModelCrypto } from "../crypto/unsafe-model-crypto.ts";
import { witnessedCrypto } from "../crypto/witnessed-crypto.ts";
import { checkBounds } from "../invariants/bounds.ts";
import { Calm } from "../invariants/calm.ts";
import { Findings } from "../invariants/findings.ts";
import { Violation } from "../invariants/violation.ts";
import { canary, Witness } from "../invariants/witness.ts";
import { Chance } from "../kernel/chance.ts";
import { Digest } from "../kernel/digest.ts";
import { Scheduler } from "../kernel/scheduler.ts";
import { isTrouble, Trouble } from "../lies/trouble.ts";
import { SimulatedClock } from "../simulated/clock.ts";
import { Line } from "../simulated/line.ts";
import { RelayHost } from "../simulated/relay-host.ts";
import { SimulatedRelayStore } from "../simulated/relay-store.ts";
import { SimulatedStorage } from "../simulated/storage.ts";
import { type ActionName, act, actionWeights } from "./actions.ts";
import { type Credentials, endingCredentials, lastingCredentials } from "./credentials.ts";
import { Device, type Life } from "./device.ts";
import { harm } from "./faults.ts";
import type { Plan, Step } from "./plan.ts";
import { RevocationOffice } from "./revocation-office.ts";
import { openOffices, type Revocation } from "./revoking.ts";
import { watchedTransport } from "./watched-transport.ts";

/** Milliseconds between two looks at what takes time. */
const lookEvery = 5_000;

/** What clients may report where networks, disks and relays fail, and what people may be refused. */
const expectedErrors = [
  "transport-failed",
  "storage-full",
  "storage-conflict",
  "relay-refused",
  "not-a-member",
  "unknown-recipient",
  "closed",
  "conversation-moved",
];

const realCrypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);

/** Two of one signature scheme each. */
export const suitesOf = { model: [2, 1], real: [2, experimentalMlKem768P256Suite.id] } as const;

/** What whoever changes a message may be told, since another device of theirs was faster or the relay has refused it. */
const versionRefusals = ["message-recalled", "message-not-sent"];

/** Everything that there is: organisations with their people and devices, one relay, the networks between them, and time. */
export class World {
  readonly plan: Plan;
  readonly scheduler = new Scheduler();
  readonly chance: Chance;
  readonly digest = new Digest();
  readonly findings = new Findings();
  readonly witness: Witness;
  readonly relay: RelayHost;
  readonly devices: Device[] = [];
  readonly calm = new Calm();
  readonly credentials: Credentials;
  readonly counts = new Map<string, number>();
  /** What the relay's machine and examiners use. */
  readonly crypto: CryptoProvider;
  /** Cipher suites that devices have: only where groups are reinitialized more than one, since each takes keys of its own. */
  readonly suites: readonly number[] = [2];
  /** Where the relay lies, a member keeps no rule or something is lost. */
  readonly trouble: Trouble | undefined;
  readonly revocations: Revocation[] = [];
  readonly #offices = new Map<string, RevocationOffice>();
  #said = 0;
  #nextLook = 0;
  /** Whether the plan says what happens; where a scenario does, it knows itself how long things take. */
  #isLived = false;

  /**
   * @param isRepeatable - whether the relay's store can be put back to an earlier state
   * @param limits - of the relay, where it allows other things than by default
   * @param credentials - where they are others than the plan says
   */
  constructor(
    plan: Plan,
    isRepeatable = plan.steps.some((step) => step.do === "lose-log"),
    limits: Partial<RelayLimits> = {},
    credentials?: Credentials,
  ) {
    this.plan = plan;
    this.chance = new Chance(plan.seed);
    const crypto = plan.crypto === "model" ? unsafeModelCrypto() : realCrypto;
    if (plan.steps.some((step) => step.do === "reinitialize")) this.suites = suitesOf[plan.crypto];
    this.crypto = witnessedCrypto(crypto, () => {});
    hashLike(plan.crypto);
    this.witness = new Witness(this.digest, this.findings, expectedErrors, () => this.scheduler.now);
    const isClockSet = ({ do: name }: Step): boolean => name === "clock" || name === "relayClock";
    if (plan.steps.length > 0 && !plan.steps.some(isClockSet))
      for (const finding of ["clock-off", "misdated"]) this.witness.allowedFindings.delete(finding);
    const store = new SimulatedRelayStore(
      this.scheduler,
      this.chance.fork("relay store"),
      (submission, append) => this.witness.onAppend(submission, append),
      isRepeatable,
    );
    const ending = endingCredentials(this.chance.fork("credentials"), () => this.relay.clock.now());
    this.credentials = credentials ?? (plan.isRenewing ? ending : lastingCredentials());
    if (plan.isRenewing) this.witness.allowedErrors.add("enrolment-failed");
    const { authority } = this.credentials;
    this.relay = new RelayHost(this.scheduler, this.chance.fork("relay"), store, {
      name: "relay.example",
      crypto: this.crypto,
      authority,
      limits,
      onLog: ({ level, event, details }) => {
        if (level === "error")
          this.findings.add(new Violation("E", `the relay logged ${event}: ${JSON.stringify(details)}`));
      },
    });
    this.trouble = plan.steps.some((step) => isTrouble(step.do)) ? new Trouble(this) : undefined;
    this.witness.keepsClaims = this.trouble !== undefined;
    if (this.trouble !== undefined)
      for (const finding of ["withheld", "clock-off", "misdated"]) this.witness.allowedFindings.add(finding);
    this.scheduler.onSettled = () => {
      if (this.findings.first !== undefined) throw this.findings.first;
      if (this.scheduler.now >= this.#nextLook) this.#look();
    };
  }

  /** Persons who have a device, in the order of the plan. */
  get persons(): string[] {
    return this.plan.people.map(({ person }) => person);
  }

  get lines(): Line[] {
    return this.devices.map(({ line }) => line);
  }

  /** Every few seconds: what takes too long, and what piles up. */
  #look(): void {
    this.#nextLook = this.scheduler.now + lookEvery;
    this.findings.guard(() => {
      if (this.#isLived && this.trouble === undefined) this.calm.check(this);
      for (const device of this.devices) if (!device.isRetired) checkBounds(device, false);
    });
  }

  /** Lets the plan happen, up to the moment when everything is to be repaired, or a report has no reason. */
  async live(): Promise<void> {
    this.#isLived = true;
    this.startRelay();
    if (this.plan.steps.some((step) => step.do === "revoke")) openOffices(this);
    for (const { person, devices } of this.plan.people) for (const name of devices) this.enroll(person, name);
    for (const step of this.plan.steps) {
      const isAction = Object.hasOwn(actionWeights, step.do as ActionName);
      const happen = isAction ? act : isTrouble(step.do) ? () => this.trouble?.happen(step) : harm;
      this.scheduler.at(step.at, isAction ? "action" : "fault", () => happen(this, step));
    }
    await this.scheduler.run(this.plan.length, () => this.findings.report !== undefined);
    this.trouble?.liar.comeClean();
  }

  /** Gives a person one more device and starts it. */
  enroll(
    person: string,
    name = `device-${this.devices.filter((d) => d.person === person).length + 1}`,
    suites = this.suites,
  ): Device {
    const fullName = `${person}/${name}`;
    const chance = this.chance.fork(fullName);
    const latency = chance.happens(0.7) ? { least: 5, jitter: 20 } : { least: 40, jitter: 150 };
    const device: Device = new Device({
      person,
      name,
      scheduler: this.scheduler,
      chance,
      clock: new SimulatedClock(this.scheduler, chance.between(-5_000, 5_000), chance.between(0.999, 1.001)),
      line: new Line(this.scheduler, chance.fork("line"), fullName, latency, () => this.relay.accept),
      storage: new SimulatedStorage(this.scheduler, chance.fork("disk"), (changes) =>
        this.witness.onStored(device, changes),
      ),
      crypto: witnessedCrypto(this.crypto, (...sealed) =>
        this.findings.guard(() => this.witness.seals.add(...sealed)),
      ),
      plainCrypto: this.crypto,
      suites,
      credentials: this.credentials,
      observer: {
        onStart: (life, client) => {
          this.digest.add(`start ${fullName} ${life.number}`);
          this.witness.onStart(life, client, this.devices);
          this.trouble?.liar.watch(device, client);
          client.on("error", ({ error }) => this.#onError(life, error));
        },
        onFailure: (failed, error) => {
          this.witness.onError(failed, error.code, error);
          this.later(1_000, () => void failed.start());
        },
        watch: (watched, transport) => watchedTransport(transport, watched, this.witness),
      },
    });
    this.devices.push(device);
    this.trouble?.liar.standBetween(device);
    this.later(chance.between(0, 1_500), () => void device.start());
    return device;
  }

  /**
   * Lets a device say something that nobody has said before, as a message unless it says how.
   *
   * @param isSign - whether it is no message: where it fails, nobody says what it was
   */
  async say(
    { device }: Life,
    conversation: Conversation,
    how: (text: string) => Promise<unknown> = (text) => conversation.send(text),
    isSign = false,
  ): Promise<string> {
    const text = `${canary}${++this.#said}`;
    await how(text);
    const at = this.scheduler.now;
    const { id } = conversation;
    const readUpTo = this.witness.device(device.fullName).told.get(id) ?? 0;
    this.witness.promised.set(text, { conversation: id, device: device.fullName, at, isSign, readUpTo });
    return text;
  }

  /** The revocation service of a domain. */
  office(domain: string): RevocationOffice {
    const { scheduler, chance, crypto, credentials } = this;
    const parts = { scheduler, chance, crypto, credentials, accept: () => this.relay.accept };
    const office = this.#offices.get(domain) ?? new RevocationOffice(domain, parts);
    this.#offices.set(domain, office);
    return office;
  }

  /** Something happens after a while that belongs to a fault or to the world itself. */
  later(delay: number, run: () => void): void {
    this.scheduler.after(delay, "fault", run);
  }

  startRelay(): void {
    this.relay.start().catch((error: unknown) => this.findings.add(error));
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** An application was told that what it asked for cannot be. */
  refused(life: Life, what: string, error: unknown): void {
    if (life.isOver) return;
    const { code } = error as ReadbackError;
    this.digest.add(`refused ${life.device.fullName} ${what} ${code}`);
    if (["edit", "recall"].includes(what) && versionRefusals.includes(code)) return;
    if (expectedErrors.includes(code) || (code === "log-forked" && this.witness.broken.size > 0)) return;
    const { stack } = error as Error;
    this.findings.add(new Violation("E", `${life.device.fullName} could not ${what}: ${code} ${stack}`));
  }

  /** A process whose store belongs to another one now ends by itself. */
  #onError(life: Life, error: ReadbackError): void {
    if (hasCode(error, "storage-conflict")) life.device.ended(life);
  }
}
