import type { Client } from "@readback/core";
import type { Change } from "@readback/core/storage";
import { type ClientMessage, hex, type LogEntry, type RelayMessage } from "@readback/core/wire";
import type { Append, Submission } from "@readback/relay";
import type { Digest } from "../kernel/digest.ts";
import { checkReceiptApart } from "../lies/broken-log.ts";
import { Permits } from "../lies/permits.ts";
import type { Device, Life } from "../world/device.ts";
import { DeviceRecord } from "./device-record.ts";
import type { Findings } from "./findings.ts";
import { keptBy } from "./kept.ts";
import { LogRecord } from "./log-record.ts";
import { checkReceipt, type Progress } from "./receipts.ts";
import { SealRecord } from "./seal-record.ts";
import { checkSecretsGone } from "./secrets.ts";
import { checkContentSent, checkStored } from "./sent.ts";
import { checkTold, checkVersionTold, wordsOf } from "./shown.ts";
import { StoredRecords } from "./stored-records.ts";
import { successorIn } from "./successor.ts";
import { Violation } from "./violation.ts";

/** Every text that a Ward sends begins with this, so that it can be looked for where it must not be. */
export const canary = "ward-canary-";
const canaryBytes = Buffer.from(canary);

/** What clients report of an entry that they cannot use, and of what was said again or never will be. */
const unreadable = /^(?:mls-|malformed$|missed-epoch$|not-repairable$|too-large$)/;

/** What a device has found out, and about which place. */
export interface Found {
  readonly device: string;
  readonly what: string;
  readonly conversation: string;
  readonly seq: number;
}

/** What a device says that it has read of a log: up to a place, and that entry's hash in hexadecimal. */
export interface Claim {
  readonly device: string;
  readonly seq: number;
  readonly hash: string;
}

/** What somebody has said and was promised. */
export interface Promised {
  readonly conversation: string;
  readonly device: string;
  /** Milliseconds since the beginning. */
  readonly at: number;
  /** Whether it is a sign at a message. */
  readonly isSign: boolean;
  /** The last place that its device had told of by then. */
  readonly readUpTo: number;
}

/** Sees everything that leaves or enters a device, its disk and the relay's store, and throws where an invariant breaks. */
export class Witness {
  readonly #digest: Digest;
  readonly #findings: Findings;
  readonly #now: () => number;
  readonly logs = new Map<string, LogRecord>();
  readonly devices = new Map<string, DeviceRecord>();
  readonly seals = new SealRecord();
  /** Codes that clients may report in this world. */
  readonly allowedErrors: Set<string>;
  /**
   * What clients may find out in this world about a log, its relay and its members: by itself what clocks do that are set,
   * and that others were faster five times in a row.
   */
  readonly allowedFindings = new Set(["clock-off", "misdated", "blocked"]);
  /** What they have found out. */
  readonly integrity: Found[] = [];
  /** What lies and losses explain. */
  readonly permits = new Permits();
  /** Conversations of which somebody was shown another history, or whose log was put back. */
  readonly broken = new Set<string>();
  /** What the authors of contents had read, by the hash of the payload; kept where somebody may be lied to. */
  readonly claims = new Map<string, Claim>();
  keepsClaims = false;
  /** Whether a relay or a member lies here: then what devices show may have gaps, and times of its own. */
  isLiedTo = false;
  /** Texts by who said them, once `send` has resolved. */
  readonly promised = new Map<string, Promised>();
  /** Texts that a device has said will never be sent. */
  readonly unsent = new Set<string>();
  /** Devices, with conversations, that have said so of a sign or an answer. */
  readonly signsUnsent = new Set<string>();

  /** @param now - milliseconds since the beginning */
  constructor(digest: Digest, findings: Findings, allowedErrors: Iterable<string>, now: () => number) {
    this.#now = now;
    this.#digest = digest;
    this.#findings = findings;
    this.allowedErrors = new Set(allowedErrors);
  }

  device(name: string): DeviceRecord {
    let record = this.devices.get(name);
    if (record === undefined) {
      record = new DeviceRecord(name);
      this.devices.set(name, record);
    }
    return record;
  }

  /** A disk holds an old copy: what is known of it begins anew. */
  rolledBack(device: Device): void {
    const record = this.device(device.fullName);
    record.putBack();
    record.told.clear();
    record.versionsTold.clear();
    const stored = new StoredRecords(device);
    for (const key of stored.keysBelow("conversation"))
      this.#findings.guard(() => checkStored(record, stored, key, this));
  }

  /** The relay's store has one more entry. */
  onAppend(submission: Submission, append: Append): void {
    this.#findings.guard(() => this.#append(submission, append));
  }

  #append(submission: Submission, { entry, added, removed }: Append): void {
    const { conversation, seq, kind, epoch, acceptedAt } = entry.header;
    const id = hex(conversation);
    let log = this.logs.get(id);
    if (log === undefined) {
      log = new LogRecord(id);
      this.logs.set(id, log);
    }
    if (seq !== log.head + 1) throw new Violation("I3", `the relay gave place ${seq} after ${log.head}`);
    const before = log.entries.at(-1)?.acceptedAt ?? 0;
    if (acceptedAt < before) throw new Violation("I3", `the relay dated ${seq} of ${id.slice(0, 8)} back`);
    const payloadHash = hex(submission.payloadHash);
    log.entries.push({ kind, epoch, device: submission.device, acceptedAt, at: this.#now(), payloadHash });
    if (log.successor !== undefined && kind !== "fault")
      throw new Violation("I4", `the relay took a ${kind} of ${id.slice(0, 8)}, whose group has ended`);
    if (kind === "commit") log.successor = successorIn(entry.payload);
    if (kind === "create") this.#checkSuccession(log, added);
    if (kind === "proposal") log.leaving.push(personOf(submission.device));
    if (kind === "commit") this.#letGo(log, removed);
    for (const device of removed) {
      const stay = log.stayOf(device);
      if (stay !== undefined) stay.until = seq;
    }
    for (const device of added) {
      const stays = log.stays.get(device) ?? [];
      log.stays.set(device, [...stays, { since: seq, until: undefined }]);
    }
    this.#digest.add(`append ${id.slice(0, 8)} ${seq} ${kind} ${submission.device}`);
  }

  /** I11: who follows a group is who was in it. */
  #checkSuccession({ id }: LogRecord, added: readonly string[]): void {
    const former = [...this.logs.values()].find(({ successor }) => successor === id);
    const members = [...(former?.stays.keys() ?? [])].filter((name) => former?.stayOf(name) !== undefined);
    if (former !== undefined && members.sort().join() !== [...added].sort().join())
      throw new Violation("I11", `${id.slice(0, 8)} has other members than the group that it follows`);
  }

  /** Whether a conversation follows one whose log is not the same for all. */
  followsBroken(id: string): boolean {
    return [...this.logs.values()].some((log) => log.successor === id && this.broken.has(log.id));
  }

  /** I11: a commit removes whoever has asked to leave before it, and whose organisation has asked for it. */
  #letGo(log: LogRecord, removed: readonly string[]): void {
    const kept = keptBy(log.leaving, removed.map(personOf));
    if (kept !== undefined && !this.isLiedTo && !this.keepsClaims)
      throw new Violation("I11", `a commit of ${log.id.slice(0, 8)} has kept ${kept}, who was to go`);
    log.leaving = [];
  }

  /** A disk has stored something, and its process does not know yet. */
  onStored(device: Device, changes: readonly Change[]): void {
    const record = this.device(device.fullName);
    const stored = new StoredRecords(device);
    this.#findings.guard(() => {
      for (const change of changes) {
        if (!("put" in change)) continue;
        checkCanary(change.value, "a disk");
        checkStored(record, stored, change.put, this);
      }
      checkSecretsGone(record, changes, stored, this.logs);
    });
  }

  /** A device hands a message to its network. */
  onSent(device: Device, message: ClientMessage): void {
    if (message.type !== "request") return;
    const { request } = message;
    if (request.type === "append" || request.type === "create") {
      this.#findings.guard(() => checkContentSent(this, this.device(device.fullName), request));
    }
  }

  /** A device gets a message from its relay. */
  onReceived(device: Device, message: RelayMessage): void {
    if (this.isLiedTo || this.keepsClaims) return;
    if (message.type === "entry") this.#onShown(device, message.entry);
    else if (message.type === "answer" && message.answer.type === "entries")
      for (const entry of message.answer.entries) this.#onShown(device, entry);
  }

  /** I5, I6: the relay hands out nothing from after a device was removed, and nothing from before it was added. */
  #onShown({ fullName }: Device, { header: { conversation, seq } }: LogEntry): void {
    const id = hex(conversation);
    if (this.logs.get(id)?.mayRead(fullName, seq) === false)
      this.#findings.add(new Violation("I5", `the relay gave ${fullName} ${seq} of ${id.slice(0, 8)}`));
  }

  /** Bytes are on the network. */
  onFrame(frame: Uint8Array): void {
    this.#findings.guard(() => checkCanary(frame, "the network"));
  }

  /** A client has started. */
  onStart(life: Life, client: Client, devices: readonly Device[]): void {
    client.on("message", ({ conversation, message }) => {
      if (life.isOver || life.device.isRetired) return;
      const { fullName } = life.device;
      this.#digest.add(`message ${fullName} ${conversation.id.slice(0, 8)} ${message.seq} ${message.text}`);
      this.#findings.guard(() => checkTold(this, life.device, conversation.id, message));
    });
    client.on("version", ({ conversation, message, version }) => {
      if (life.isOver || life.device.isRetired) return;
      const where = `version ${version.seq} of ${conversation.id.slice(0, 8)}`;
      this.#digest.add(`${where} ${life.device.fullName} ${wordsOf(version)}`);
      this.#findings.guard(() => checkVersionTold(this, life.device, conversation.id, { message, version }));
    });
    client.on("reaction", ({ conversation, message, by, reaction }) => {
      if (!life.isOver)
        this.#digest.add(
          `reaction ${life.device.fullName} ${conversation.id.slice(0, 8)} ${message.seq} ${by.person} ${reaction}`,
        );
    });
    client.on("receipt", (event) => {
      if (life.isOver || life.device.isRetired) return;
      this.#digest.add(
        `receipt ${life.device.fullName} ${event.message.seq ?? 0} ${event.status} ${event.by}`,
      );
      if (event.status === "failed") this.unsent.add(wordsOf(event.message));
      else if (this.broken.has(event.conversation.id))
        this.#findings.guard(() => checkReceiptApart(this, life.device, devices, event as Progress));
      else this.#findings.guard(() => checkReceipt(this, life.device, event as Progress));
    });
    client.on("integrity", ({ what, seq, conversation }) => {
      if (!life.isOver && !life.device.isRetired) this.#onIntegrity(life.device, what, seq, conversation.id);
    });
    client.on("error", ({ error, conversation, message }) => {
      // A message that has its place is in the log: it was to get a sign.
      if (message?.seq !== undefined) this.signsUnsent.add(`${life.device.fullName} ${conversation?.id}`);
      // Whoever shares a store with a newer process may find anything in it, until it writes and finds that out.
      if (!life.isOver && life.device.life === life && !life.device.isRetired)
        this.onError(life.device, error.code, error, conversation?.id);
    });
  }

  #onIntegrity(device: Device, what: string, seq: number, conversation: string): void {
    const where = `${seq} of ${conversation.slice(0, 8)}`;
    this.#digest.add(`integrity ${device.fullName} ${what} ${where}`);
    this.integrity.push({ device: device.fullName, what, conversation, seq });
    if (this.allowedFindings.has(what) || this.permits.has(what, device.fullName, conversation)) return;
    this.#findings.add(new Violation("E", `${device.fullName} has found ${what} at ${where}`));
  }

  /** A device has reported something. */
  onError(device: Device, code: string, error?: Error, conversation?: string): void {
    this.#digest.add(`error ${device.fullName} ${code}`);
    const reasons = unreadable.test(code) ? [code, "unreadable"] : [code];
    // Of no conversation: a Welcome was given up, since the relay no longer has the log that it is for.
    if (code === "log-broken" && conversation === undefined) reasons.push("welcome");
    if (code === "welcome-lost") reasons.push("welcome");
    if (this.allowedErrors.has(code)) return;
    if (reasons.some((reason) => this.permits.has(reason, device.fullName, conversation))) return;
    // Whoever was shown another end of a group than the others cannot follow them.
    const isLost = reasons.includes("welcome") || code === "mls-psk-unknown";
    if (isLost && [...this.logs.keys()].some((id) => this.followsBroken(id))) return;
    const cause =
      error?.cause === undefined ? "" : ` (${String((error.cause as Error).stack ?? error.cause)})`;
    const found = new Violation("E", `${device.fullName} reported ${code}: ${error?.message ?? ""}${cause}`);
    this.#findings.add(found);
  }
}

function personOf(device: string): string {
  return device.slice(0, device.indexOf("/"));
}

/** I9: what was said is in no byte outside of a device's memory. */
function checkCanary(bytes: Uint8Array, where: string): void {
  if (Buffer.prototype.indexOf.call(bytes, canaryBytes) >= 0)
    throw new Violation("I9", `a text lies open in ${where}`);
}
