import type { Client, IntegrityFinding } from "@readback/core";
import { positionOf } from "../invariants/stored-records.ts";
import { Violation } from "../invariants/violation.ts";
import { ForgedRelay } from "../scenarios/forged-relay.ts";
import type { Device } from "../world/device.ts";
import type { Step } from "../world/plan.ts";
import type { World } from "../world/world.ts";
import { ForgedHistory } from "./forged-history.ts";
import { type ForgingName, forgings } from "./forgings.ts";
import type { Telling } from "./lie.ts";
import { type LieName, passingLie } from "./lies.ts";
import { type Told, Victim } from "./victim.ts";

/** What anybody may find out in a conversation of which somebody was shown another history. */
const ofForks: readonly IntegrityFinding[] = [
  "forked",
  "missing",
  "recovered",
  "log-broken",
  "rolled-back",
  "misdated",
  "withheld",
  "blocked",
];

/** The relay of a world, as far as it lies: it stands between each device and what the relay does. */
export class Liar {
  readonly #world: World;
  readonly #victims = new Map<Device, Victim>();
  readonly #memory = new Map<string, Uint8Array>();
  #forged: ForgedRelay | undefined;
  /** How often something was told that is not so, by the name of the lie. */
  readonly told = new Map<LieName, number>();
  /** How often somebody has said that a conversation is current, and was believed. */
  currents = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Everybody, as the relay knows them. */
  get victims(): ReadonlyMap<Device, Victim> {
    return this.#victims;
  }

  /** Stands between a device and the relay from its beginning on. */
  standBetween(device: Device): void {
    const { logs } = this.#world.witness;
    const ends = (): ReadonlyMap<string, number> => new Map([...logs].map(([id, { head }]) => [id, head]));
    const victim = new Victim(device, ends);
    this.#victims.set(device, victim);
    device.between = victim;
  }

  /**
   * Whoever says that a conversation is current has everything that was in its log when it asked (I1). Unless it was told
   * otherwise with the relay's own signature: of that, nobody can know.
   */
  watch(device: Device, client: Client): void {
    client.on("freshness", ({ conversation: { id }, freshness }) => {
      const { witness, findings } = this.#world;
      const log = witness.logs.get(id);
      if (!freshness.current || device.client !== client || log?.stayOf(device.fullName) === undefined)
        return;
      if (witness.broken.has(id) || witness.permits.has("current", device.fullName, id)) return;
      const head = this.#victims.get(device)?.vouched.get(freshness.asOf)?.get(id) ?? 0;
      const seq = positionOf(device, id) ?? 0;
      this.currents += 1;
      if (seq < head)
        findings.add(
          new Violation(
            "I1",
            `${device.fullName} says that it has all of ${id.slice(0, 8)}: ${seq} of ${head}`,
          ),
        );
    });
  }

  /** Begins to tell a lie. */
  tell(step: Step): void {
    const there = [...this.#victims.values()].filter(({ device }) => !device.isRetired);
    const victim = there[step.a % Math.max(1, there.length)];
    if (victim === undefined) return;
    this.#begin(step, victim).catch((error: unknown) => this.#world.findings.add(error));
  }

  /** Tells nothing more that passes. What was forged stays in the past of those who have read it, and ends too. */
  comeClean(): void {
    for (const victim of this.#victims.values()) {
      victim.lies.clear();
      victim.histories.clear();
      // Who was told nonsense may wait for an answer that never comes, and for a while that is right.
      victim.device.line.cut(1, 1);
    }
  }

  async #begin(step: Step, victim: Victim): Promise<void> {
    this.#forged ??= await ForgedRelay.of(this.#world);
    const name = step.do as LieName;
    const conversations = [...victim.heads.keys()];
    const conversation = conversations[step.b % Math.max(1, conversations.length)] ?? "";
    const telling: Telling = {
      victim,
      forged: this.#forged,
      chance: this.#world.chance.fork(`${name} ${step.at} ${step.a}`),
      conversation,
      others: () => [...this.#victims.values()].filter((other) => other !== victim),
      memory: this.#memory,
      permits: this.#world.witness.permits,
    };
    if (name.startsWith("forge-")) this.#forge(name, telling);
    else this.#pass(name, telling, step);
  }

  #forge(name: LieName, telling: Telling): void {
    const { victim, conversation, forged } = telling;
    if (conversation === "" || victim.histories.has(conversation)) return;
    const edit = forgings[name.slice("forge-".length) as ForgingName].edit(telling);
    const onTold = (): void => {
      this.#count(name, victim);
      this.#world.witness.broken.add(conversation);
      this.#world.witness.permits.allow([...ofForks, "unreadable", "unknown-message"], { conversation });
      this.#world.witness.permits.allow(["log-forked"], {});
      this.#world.witness.permits.allow(["current"], { device: victim.device.fullName, conversation });
    };
    const from = victim.shownUpTo(conversation);
    victim.histories.set(conversation, new ForgedHistory(forged, conversation, from, edit, onTold));
  }

  #pass(name: LieName, telling: Telling, step: Step): void {
    const { victim } = telling;
    const { permits } = this.#world.witness;
    const lie = passingLie(name);
    if (lie === undefined) return;
    const { findings, errors = [], gives = [], others = [] } = lie;
    const told: Told = {
      between: lie.begin(telling),
      onTold: () => {
        this.#count(name, victim);
        permits.allow([...findings, ...errors, ...gives], { device: victim.device.fullName });
        for (const conversation of victim.heads.keys()) permits.allow(others, { conversation });
      },
    };
    victim.lies.add(told);
    this.#world.later(1_000 + (step.c % 60_000), () => {
      victim.lies.delete(told);
      if (step.c % 2 === 0) victim.device.line.cut(1, 1);
    });
  }

  #count(name: LieName, { device }: Victim): void {
    this.told.set(name, (this.told.get(name) ?? 0) + 1);
    this.#world.digest.add(`told ${device.fullName} ${name}`);
  }
}
