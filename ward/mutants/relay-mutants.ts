import type { Mutant } from "./mutant.ts";
import { notToldByFreshness, notToldByNext } from "./shell-mutants.ts";

const relay = "packages/relay/src";

/** Bugs of the relay. */
export const relayMutants: readonly Mutant[] = [
  {
    name: "resend-appended-twice",
    source: "complement-crypto: a repeated request is not known again",
    file: `${relay}/log-writer.ts`,
    find: '  if (mayRead) return { type: "appended", ...earlier };',
    replace: "",
    world: "mutant/6",
    within: 480_000,
  },
  {
    name: "opened-over-another",
    source: "RFC 9420 §11.2: several members carry a reinitialization on, and each makes a group",
    file: `${relay}/append-handshake.ts`,
    find: "    if (situation.log !== undefined) {",
    replace: "    if (situation.log !== undefined && epoch === 0n) {",
    world: "other/24",
    within: 500_000,
    takesEndings: true,
  },
  {
    name: "revoked-let-in",
    source: "A device that was revoked comes back by logging in again",
    file: `${relay}/store/memory-devices.ts`,
    find: '      if (revoked.has(record.name)) return { type: "revoked" };\n',
    replace: "",
    within: 480_000,
  },
  {
    name: "any-epoch",
    source: "wire-server PR 3438: messages of an epoch that is over are accepted",
    file: `${relay}/log-writer.ts`,
    find: "  if (epoch !== log.epoch) return",
    replace: "  if (epoch > log.epoch) return",
  },
  {
    name: "published-before-durable",
    source: "NATS: acknowledged writes were not on disk",
    file: `${relay}/append-content.ts`,
    find: '    return { answer: { answer: { type: "appended", seq, acceptedAt }, append }, append };',
    replace:
      '    publish(hub, device, append);\n    return { answer: { answer: { type: "appended", seq, acceptedAt }, append: undefined }, append: hub.random(1)[0] % 32 === 0 ? undefined : append };',
  },
  {
    name: "key-package-twice",
    source: "complement-crypto: one-time key reused",
    file: `${relay}/store/memory-devices.ts`,
    find: "    record.bytes = undefined;\n",
    replace: "",
  },
  {
    name: "missed-while-subscribing",
    source: "What is published between reading the heads and listening is lost",
    file: `${relay}/fan-out.ts`,
    find: "    for (const held of this.#held.values()) held.push(published);\n",
    replace: "",
    guards: [notToldByFreshness, notToldByNext],
  },
  {
    name: "welcome-not-delivered",
    source: "wire-server: a Welcome that is not stored with its commit",
    file: `${relay}/memory-relay-store.ts`,
    find: "  if (welcome !== undefined) {",
    replace: "  if (welcome !== undefined && entry.header.seq % 5 !== 0) {",
  },
  {
    name: "removed-may-read-on",
    source: "Nebuchadnezzar: a server goes on serving who was removed",
    file: `${relay}/store/memory-logs.ts`,
    find: "      for (const device of removed) endSpan(log, device, seq);\n",
    replace: "",
  },
  {
    name: "time-goes-back",
    source: "A relay whose clock is set back gives earlier times to later entries",
    file: `${relay}/log-writer.ts`,
    find: "    acceptedAt: Math.max(now, log?.acceptedAt ?? 0),",
    replace: "    acceptedAt: now,",
  },
  {
    name: "answers-before-storing",
    source: "Redis and NATS by default: the answer comes before the disk has it",
    file: `${relay}/requests.ts`,
    find: "      return isContent(request) ? appendContent",
    replace:
      '      if (isContent(request) && hub.random(1)[0] % 64 === 0) return { type: "appended", seq: 1, acceptedAt: hub.clock.now() };\n      return isContent(request) ? appendContent',
  },
  {
    name: "group-cache-stale",
    source: "mls-architecture#251: the server judges by a group that is out of date",
    file: `${relay}/append-handshake.ts`,
    find: "before?.handshakeSeq !== handshakeSeq || acceptedAt > now",
    replace: "acceptedAt > now",
    world: "mutant/6",
    within: 300_000,
  },
];
