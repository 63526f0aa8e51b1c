import type { Device } from "../world/device.ts";
import type { Step } from "../world/plan.ts";
import type { World } from "../world/world.ts";

/** How often each happens, compared with the others. */
export const lossWeights = {
  /** A device is put back to an old copy of its store. */
  "lose-days": 3,
  /** The last writes of a device are gone, though it was told that they were stored. */
  "lose-tail": 3,
  /** The whole store of a device is gone: it is a new device from then on. */
  "lose-all": 2,
  /** The relay is put back to an old copy of its store. */
  "lose-log": 1,
} as const;

/** What a loss is called in a plan. */
export type LossName = keyof typeof lossWeights;

/** Whether a step of a plan is a loss. */
export function isLoss(name: string): name is LossName {
  return Object.hasOwn(lossWeights, name);
}

/** What a device that was put back may report, and what it cannot give to others any more. */
const ofRollback = [
  "unreadable",
  "unknown-message",
  "gap",
  "receipts",
  "failed",
  "place",
  // It has lost the keys that others may add it with, and its state in conversations that it has joined since.
  "welcome",
];

/** What anybody may find out in a conversation whose log was put back. */
const ofRestore = [
  "rolled-back",
  "forked",
  "missing",
  "recovered",
  "log-broken",
  "withheld",
  "misdated",
  "blocked",
  "unreadable",
  "unknown-message",
];

/** Lets something be lost. */
export function lose(world: World, step: Step): void {
  if (step.do === "lose-log") {
    restoreRelay(world, step);
    return;
  }
  // Where a device and the log have both forgotten what the device has said, nobody is left who could tell it.
  if (world.counts.has("lose-log") && step.do !== "lose-all") return;
  const there = world.devices.filter(({ isRetired, client }) => !isRetired && client !== undefined);
  const device = there[step.a % Math.max(1, there.length)];
  if (device === undefined) return;
  if (step.do === "lose-all") {
    device.crash();
    device.isRetired = true;
    world.enroll(device.person);
    tell(world, step, device.fullName);
    return;
  }
  tell(world, step, device.fullName);
  device.storage.backUp();
  const putBack = (): void => {
    device.crash();
    if (!device.storage.rollBack()) return;
    world.witness.rolledBack(device);
    explain(world, device);
    world.later(100 + (step.c % 4_000), () => void device.start());
  };
  if (step.do === "lose-tail") device.storage.doom(1 + (step.b % 5), { isApplied: true, strike: putBack });
  else world.later(1_000 + (step.b % 60_000), putBack);
}

function explain({ witness }: World, { fullName }: Device): void {
  witness.permits.allow(ofRollback, { device: fullName });
  // It counts on after what the log holds of it, and cannot know what it has counted and never sent.
  witness.permits.allow(["missing", "recovered", "commit-refused"], {});
}

function restoreRelay(world: World, step: Step): void {
  const { relay, witness } = world;
  // Once in a world: it is hard enough to say what is so after one.
  if (["lose-log", "lose-days", "lose-tail"].some((loss) => world.counts.has(loss))) return;
  tell(world, step, "relay");
  const { age } = relay.store;
  const heads = new Map([...witness.logs].map(([id, { head }]) => [id, head]));
  world.later(500 + (step.b % 20_000), () => {
    relay.crash(world.lines);
    relay.store
      .restore(age)
      .then(() => {
        for (const log of witness.logs.values()) {
          const head = heads.get(log.id) ?? 0;
          if (head === log.head) continue;
          log.putBack(head);
          witness.broken.add(log.id);
          witness.permits.allow(ofRestore, { conversation: log.id });
        }
        // Keys are handed out that have served.
        witness.permits.allow(["welcome", "mls-welcome-unknown", "log-forked", "current"], {});
        world.later(100 + (step.c % 4_000), () => world.startRelay());
      })
      .catch((error: unknown) => world.findings.add(error));
  });
}

function tell(world: World, step: Step, who: string): void {
  world.count(step.do);
  world.digest.add(`${step.do} ${who}`);
}
