import { expect } from "vitest";
import { hex } from "../../../src/codec/hex.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import type { PreSharedKeyId } from "../../../src/mls.ts";
import type { Random } from "../../../src/port/random.ts";
import { seededRandom } from "../../../src/testing/seeded-random.ts";
import { suiteOf } from "../world.ts";
import { EngineOutsider } from "./engine-member.ts";
import type { Change, ExternalKeys, Member, Outsider, Sent } from "./member.ts";
import { peerCrypto } from "./peer-crypto.ts";
import { leavesIn, missesRoot, refusesTree } from "./peer-faults.ts";
import { PeerOutsider } from "./peer-member.ts";

const steps = ["grow", "grow", "shrink", "refresh", "inject", "mixed", "join", "return", "extend"] as const;

interface Seat {
  readonly member: Member;
  readonly player: Outsider;
  /** The first epoch whose secrets the member has. */
  readonly since: bigint;
}

/** A random life of a group whose members are played by the engine and by ts-mls; it follows from the seed alone. */
export class History {
  readonly #suiteId: number;
  readonly #random: Random;
  readonly #groupId: Uint8Array;
  readonly #keys: ExternalKeys;
  readonly #most: number;
  readonly #seats: Seat[] = [];
  /** What happened, for whoever looks into a failure. */
  readonly log: string[] = [];
  /** How often each thing happened. */
  readonly counts = new Map<string, number>();
  #born = 0;

  constructor(suiteId: number, seed: string, most = 7) {
    this.#suiteId = suiteId;
    this.#random = seededRandom(`interop ${suiteId} ${seed}`);
    this.#groupId = this.#random(32);
    this.#keys = new Map(["one", "two"].map((name) => [hex(utf8(name)), this.#random(32)]));
    this.#most = most;
  }

  /** @param founder - who creates the group */
  async run(founder: Member["kind"], rounds: number): Promise<void> {
    const player = this.#newcomer(founder);
    this.#seat(player, await player.create(this.#groupId));
    for (let round = 0; round < rounds; round++) {
      await this.#step();
      this.#check();
      await this.#talk();
    }
  }

  async #step(): Promise<void> {
    const step = this.#seats.length < 3 ? "grow" : this.#one(steps);
    const committer = this.#one(this.#seats);
    this.#note(step, `by ${committer.member.name}`);
    if (step === "join") return await this.#joinExternally(this.#newcomer(), undefined);
    if (step === "return") {
      const former = this.#one(this.#seats);
      return await this.#joinExternally(former.player, former);
    }
    if (step === "extend") return await this.#extend();
    const touched = new Set([committer.member.leafIndex]);
    const joiners: Outsider[] = [];
    const changes: Change[] = [];
    if (step === "shrink" || step === "mixed") changes.push(...this.#removals(touched));
    if (step === "grow" || step === "mixed") {
      for (let i = this.#below(3); i >= 0 && this.#seats.length + joiners.length < this.#most; i--) {
        joiners.push(this.#newcomer());
      }
    }
    for (const joiner of joiners) changes.push({ type: "add", keyPackage: await joiner.keyPackage() });
    if (step === "inject" || step === "mixed") changes.push(this.#preSharedKey(joiners.length > 0));
    if (step === "refresh" || step === "mixed") await this.#proposeUpdates(touched);
    if (joiners.length > 0) this.#dismiss(changes);
    const own: Change[] = [];
    for (const change of changes) {
      if (this.#below(3) === 0) await this.#propose(change, committer);
      else own.push(change);
    }
    await this.#commit(committer, own, joiners);
  }

  #removals(touched: Set<number>): Change[] {
    const removals: Change[] = [];
    const staying = leavesIn((this.#seats[0] as Seat).member.tree());
    for (let i = this.#below(2); i >= 0 && this.#seats.length - removals.length > 2; i--) {
      const removed = this.#one(this.#seats).member.leafIndex;
      if (touched.has(removed) || missesRoot(without(staying, removed))) continue;
      touched.add(removed);
      staying.delete(removed);
      removals.push({ type: "remove", removed });
    }
    return removals;
  }

  /** A key that everybody has; newcomers have none of earlier epochs. */
  #preSharedKey(newcomers: boolean): Change {
    const nonce = this.#random(32);
    const { epoch } = (this.#seats[0] as Seat).member;
    // The peer keeps four epochs.
    const oldest = [epoch - 3n, ...this.#seats.map(({ since }) => since)].reduce((a, b) => (a > b ? a : b));
    if (newcomers || oldest > epoch || this.#below(2) === 0) {
      const id = utf8(this.#one(["one", "two"]));
      return { type: "pre-shared-key", psk: { type: "external", id, nonce } };
    }
    const past = oldest + BigInt(this.#below(Number(epoch - oldest) + 1));
    const psk = {
      type: "resumption",
      usage: "application",
      groupId: this.#groupId,
      epoch: past,
      nonce,
    } as const;
    return { type: "pre-shared-key", psk };
  }

  async #proposeUpdates(touched: Set<number>): Promise<void> {
    for (const seat of this.#seats) {
      // The peer cannot follow a commit of its own update.
      if (seat.member.kind === "peer" || touched.has(seat.member.leafIndex) || this.#below(3) > 0) continue;
      touched.add(seat.member.leafIndex);
      await this.#propose({ type: "update" }, seat);
    }
  }

  async #propose(change: Change, seat?: Seat): Promise<void> {
    const { member } = change.type === "update" && seat ? seat : this.#one(this.#seats);
    this.#note(`propose ${change.type}`, `by ${member.name}`);
    const message = await member.propose(change);
    for (const other of this.#seats) if (other.member !== member) await other.member.receive(message);
  }

  async #commit({ member }: Seat, changes: readonly Change[], joiners: readonly Outsider[]): Promise<void> {
    for (const { type } of changes) this.#note(type, `by ${member.name}`);
    const inside = this.#below(2) === 0;
    const sent = await member.commit(changes, { forcePath: this.#below(2) === 0, tree: inside });
    await this.#deliver(sent, member);
    for (const joiner of joiners) {
      this.#note("welcome", `${joiner.name} by ${member.name}`);
      if (sent.welcome === undefined) throw new Error("there is no Welcome");
      const joining = joiner.join(sent.welcome, inside ? undefined : member.tree());
      if (this.#isKeptOut(joiner, member)) await expect(joining).rejects.toThrow("unmerged_leaves");
      else this.#seat(joiner, await joining);
    }
  }

  /** The peer does not notice that it is removed where the same commit gives its leaf to somebody else. */
  #dismiss(changes: readonly Change[]): void {
    const removed = changes.flatMap((change) => (change.type === "remove" ? [change.removed] : []));
    const gone = this.#seats.filter(
      ({ member }) => member.kind === "peer" && removed.includes(member.leafIndex),
    );
    for (const seat of gone) this.#seats.splice(this.#seats.indexOf(seat), 1);
  }

  async #joinExternally(player: Outsider, former: Seat | undefined): Promise<void> {
    const { member: host } = this.#one(this.#seats);
    const inside = this.#below(2) === 0;
    const change = this.#preSharedKey(true);
    const psks: PreSharedKeyId[] =
      change.type === "pre-shared-key" && this.#below(3) === 0 ? [change.psk] : [];
    this.#note("external join", `${player.name} by ${host.name}`);
    const joining = player.joinExternally(await host.groupInfo(inside), inside ? undefined : host.tree(), {
      former: former?.member.leafIndex,
      psks,
    });
    if (this.#isKeptOut(player, host)) return await expect(joining).rejects.toThrow("unmerged_leaves");
    const { member, commit } = await joining;
    if (former !== undefined) this.#seats.splice(this.#seats.indexOf(former), 1);
    await this.#deliver({ commit, welcome: undefined }, member);
    this.#seat(player, member);
  }

  async #extend(): Promise<void> {
    // The peer commits new extensions without the path that RFC 9420 §12.4 demands.
    const seat = this.#seats.find(({ member }) => member.kind === "engine");
    if (seat === undefined) return;
    await this.#commit(seat, [{ type: "extension", data: this.#random(9) }], []);
  }

  async #deliver({ commit }: Sent, by: Member): Promise<void> {
    for (const seat of [...this.#seats]) {
      if (seat.member === by) continue;
      if (!(await seat.member.receive(commit))) this.#seats.splice(this.#seats.indexOf(seat), 1);
    }
  }

  /** Everybody is in one state. */
  #check(): void {
    const [first, ...others] = this.#seats.map(({ member }) => [member.epoch, member.authenticator()]);
    for (const other of others) expect(other).toEqual(first);
  }

  /** One of each kind says something, and all others read it, not always in the order it was sent. */
  async #talk(): Promise<void> {
    for (const kind of ["engine", "peer"]) {
      const seats = this.#seats.filter(({ member }) => member.kind === kind);
      if (seats.length === 0) continue;
      const { member } = this.#one(seats);
      const said: { text: Uint8Array; message: Uint8Array }[] = [];
      for (let i = this.#below(6) === 0 ? 3 : 1; i > 0; i--) {
        const text = this.#random(this.#below(60));
        said.push({ text, message: await member.send(text, this.#random(this.#below(5))) });
      }
      if (this.#below(2) === 0) said.reverse();
      for (const { text, message } of said) {
        for (const other of this.#seats) {
          if (other.member === member) continue;
          expect(hex(await other.member.read(message))).toBe(hex(text));
          this.#count("read");
        }
      }
    }
  }

  /** Whoever is kept out of a group by a mistake of the peer never comes; the others go on. */
  #isKeptOut({ kind }: Outsider, host: Member): boolean {
    const isKeptOut = kind === "peer" && refusesTree(host.tree());
    if (isKeptOut) this.#count("kept out");
    return isKeptOut;
  }

  #seat(player: Outsider, member: Member): void {
    this.#seats.push({ player, member, since: member.epoch });
  }

  #newcomer(kind: Member["kind"] = this.#one(["engine", "peer"])): Outsider {
    const name = `${kind} ${this.#born++}`;
    const own = this.#random(8);
    if (kind === "engine")
      return new EngineOutsider(`${name} ${hex(own)}`, suiteOf(this.#suiteId), this.#keys);
    const crypto = peerCrypto(this.#suiteId, seededRandom(hex(own)));
    return new PeerOutsider(name, crypto, this.#keys);
  }

  #note(what: string, how: string): void {
    this.log.push(`${what} ${how}`);
    this.#count(what);
  }

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #below(limit: number): number {
    return new DataView(this.#random(4).buffer).getUint32(0) % limit;
  }
}

function without(leaves: ReadonlySet<number>, one: number): Set<number> {
  return new Set([...leaves].filter((leafIndex) => leafIndex !== one));
}
