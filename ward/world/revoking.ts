import { hasCode } from "@readback/core";
import type { RevokedMembership } from "@readback/core/revocation";
import { Violation } from "../invariants/violation.ts";
import type { Device } from "./device.ts";
import type { World } from "./world.ts";

/** Milliseconds between two questions of an office, and how often it asks. */
const pause = 15_000;
const mostQuestions = 60;

/** Milliseconds after which a device has heard of everything that the relay has said before it was revoked. */
const heardOfAll = 45_000;

/** How far the revocation of a device has come. */
export interface Revocation {
  readonly device: string;
  /** Conversations that it is a member of yet, as the relay said last. */
  left: readonly RevokedMembership[] | undefined;
  /** Whether the office has stopped asking. */
  isOver: boolean;
}

/** Brings in the revocation services of all domains, where devices of theirs are to be revoked. */
export function openOffices(world: World): void {
  for (const domain of new Set(world.persons.map(domainOf))) announce(world, domain);
}

/** A device is lost, its organisation knows it, and asks until nobody has it as a member any more. */
export function revokeIn(world: World, device: Device): void {
  device.isRetired = true;
  const revocation: Revocation = { device: device.fullName, left: undefined, isOver: false };
  world.revocations.push(revocation);
  world.count("revoked");
  // Whoever has found it leaves it on for a while.
  world.later(world.chance.between(0, 120_000), () => device.crash());
  ask(world, device, revocation, mostQuestions);
}

/** What is left to do of the revocations of a world, and may be done. */
export function unfinishedRevocations(
  { revocations }: World,
  isStuck: (conversation: string) => boolean,
): string[] {
  return revocations
    .filter(({ isOver, left }) => !isOver && (left?.some((one) => isOpen(one, isStuck)) ?? true))
    .map(({ device }) => `${device} is being revoked`);
}

/** I11: whoever was revoked is no member where the conversation names the service and somebody is there to commit it. */
export function judgeRevocations(world: World, isStuck: (conversation: string) => boolean): void {
  for (const { device, left = [] } of world.revocations) {
    const open = left.find((one) => isOpen(one, isStuck));
    if (open === undefined) continue;
    const { conversation, outcome } = open;
    throw new Violation("I11", `${device} was revoked and is in ${conversation.slice(0, 8)} yet: ${outcome}`);
  }
}

/** Whether a device is in a conversation yet, and could be removed. */
function isOpen(
  { conversation, outcome }: RevokedMembership,
  isStuck: (conversation: string) => boolean = () => false,
): boolean {
  return (outcome === "waiting" || outcome === "unavailable") && !isStuck(conversation);
}

function ask(world: World, device: Device, revocation: Revocation, questions: number): void {
  const again = (delay: number): void =>
    world.later(delay, () => ask(world, device, revocation, questions - 1));
  world
    .office(domainOf(device.person))
    .revoke(device)
    .then(
      (left) => {
        revocation.left = left;
        world.later(heardOfAll, () => checkKeptOut(world, device));
        revocation.isOver = !left.some((one) => isOpen(one)) || questions === 0;
        if (!revocation.isOver) again(pause);
      },
      (error: unknown) => retry(world, error, () => again(2_000)),
    );
}

/** I11: the relay lets nobody in who was revoked. */
function checkKeptOut({ findings }: World, { client, fullName }: Device): void {
  client?.on("connection", ({ state }) => {
    if (state === "online")
      findings.add(new Violation("I11", `${fullName} was revoked, and the relay has let it in`));
  });
}

function announce(world: World, domain: string): void {
  world
    .office(domain)
    .announce()
    .catch((error: unknown) => retry(world, error, () => world.later(2_000, () => announce(world, domain))));
}

function retry(world: World, error: unknown, again: () => void): void {
  // The network, or a relay that is off, full or about to end.
  if (
    hasCode(error, "transport-failed") ||
    hasCode(error, "relay-refused") ||
    hasCode(error, "login-refused")
  )
    again();
  else world.findings.add(error);
}

function domainOf(person: string): string {
  return person.slice(person.lastIndexOf("@") + 1);
}
