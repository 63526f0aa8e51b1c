/**
 * `@readback/relay/sqlite`: a relay store in one SQLite file, for Node 24 and later.
 *
 * @packageDocumentation
 */
import type { DatabaseSync } from "node:sqlite";
import type { Decision, RelayStore, Situation, Submission } from "./relay-store.ts";
import { type Devices, sqliteDevices } from "./sqlite/devices.ts";
import { GroupCommit } from "./sqlite/group-commit.ts";
import { type Logs, sqliteLogs } from "./sqlite/logs.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import { sqliteServices } from "./sqlite/services.ts";

/**
 * Opens a relay store in an SQLite file, for this process alone. Write-ahead log, every commit synced to the disk
 * (`synchronous = FULL`), deleted bytes overwritten; calls made in one turn of the event loop share one commit.
 *
 * Throws `storage-locked` where another process has the file open, `storage-unsupported` on an SQLite older than
 * 3.51.3 or a file of another version, `storage-damaged` where the file is no database, and `storage-failed`.
 *
 * @param path - the file; it is made where there is none. `:memory:` keeps everything in memory.
 */
export function sqliteRelayStore(path: string): RelayStore {
  const database = openDatabase(path);
  const devices = sqliteDevices(database);
  const logs = sqliteLogs(database);
  const setting = sqliteSetting(database);
  const services = sqliteServices(database);
  const commits = new GroupCommit(database, logs);
  return {
    setting: (name, initial) => commits.write(() => setting(name, initial)),
    register: (device, now, maximumDevices, maximumOfOrganisation) =>
      commits.write(() => devices.register(device, now, maximumDevices, maximumOfOrganisation)),
    revoke: (device, maximum) => commits.write(() => devices.revoke(device, maximum)),
    putService: (service) => commits.write(() => services.put(service)),
    readServices: (domains) => commits.read(() => services.read(domains)),
    publish: (publication) => commits.write(() => devices.publish(publication)),
    claim: (claim) => commits.write(() => devices.claim(claim)),
    append: (submission, decide) => commits.write(() => append(devices, logs, submission, decide)),
    prune: (acceptedBefore, maximum) => commits.write(() => logs.prune(acceptedBefore, maximum)),
    readLog: (range) => commits.read(() => logs.readLog(range)),
    readGroup: (conversation) => commits.read(() => logs.readGroup(conversation)),
    readableLogs: (device) => commits.read(() => logs.readableLogs(device)),
    readInbox: (device, after, maximumBytes) =>
      commits.read(() => devices.readInbox(device, after, maximumBytes)),
    forgetInbox: (device, upTo) => commits.write(() => devices.forgetInbox(device, upTo)),
    close: () => commits.close(),
  };
}

function append<A>(
  devices: Devices,
  logs: Logs,
  submission: Submission,
  decide: (situation: Situation) => Decision<A>,
): A {
  const situation = logs.situation(submission);
  const isOpening = situation.log === undefined;
  const lengths = submission.recipients.map((recipient) => devices.inboxLength(recipient, isOpening));
  const fullestInbox = lengths.includes(undefined) ? undefined : Math.max(0, ...(lengths as number[]));
  const { answer, append } = decide({ ...situation, fullestInbox });
  if (append === undefined) return answer;
  const number = logs.write(append, submission.device);
  const { entry, added, welcome } = append;
  if (welcome !== undefined) {
    const { seq, acceptedAt } = entry.header;
    const invited = added.filter((device) => device !== submission.device);
    devices.deliverWelcome(invited, { conversation: number, seq, bytes: welcome, acceptedAt });
  }
  return answer;
}

function sqliteSetting(database: DatabaseSync): (name: string, initial: Uint8Array) => Uint8Array {
  const find = database.prepare("SELECT value FROM setting WHERE name = ?");
  const add = database.prepare("INSERT INTO setting VALUES (?, ?)");
  return (name, initial) => {
    const value = find.get(name)?.value as Uint8Array | undefined;
    if (value === undefined) add.run(name, initial);
    return value ?? initial;
  };
}
