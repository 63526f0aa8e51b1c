import { ReadbackError } from "@readback/core/wire";
import type { Decision, RelayStore, Situation, Submission } from "./relay-store.ts";
import { placeOf, type ServiceRecord } from "./service-record.ts";
import { type Devices, memoryDevices } from "./store/memory-devices.ts";
import { type Logs, memoryLogs } from "./store/memory-logs.ts";

/** A {@link RelayStore} in memory that can be opened again, as a file could. */
export interface MemoryRelayStore extends RelayStore {
  /** The same contents under a fresh handle; this one is closed. What a relay finds that starts after a crash. */
  reopen(): MemoryRelayStore;
}

/**
 * A store that lasts as long as the process: for tests, demos and the quick start. It is the reference for every other
 * store; "durable" here means only that {@link MemoryRelayStore.reopen} finds it.
 */
export function memoryRelayStore(): MemoryRelayStore {
  return openContents({
    settings: new Map(),
    devices: memoryDevices(),
    services: new Map(),
    logs: memoryLogs(),
  });
}

interface Contents {
  readonly settings: Map<string, Uint8Array>;
  readonly devices: Devices;
  readonly services: Map<string, ServiceRecord>;
  readonly logs: Logs;
}

function openContents(contents: Contents): MemoryRelayStore {
  const { settings, devices, services, logs } = contents;
  let closed = false;

  // Every step is synchronous once it has begun: that alone makes it atomic and keeps the order of calls.
  const step = async <T>(run: () => T): Promise<T> => {
    if (closed) throw new ReadbackError("closed", "The relay store is closed.");
    return run();
  };

  return {
    setting: (name, initial) =>
      step(() => {
        const value = settings.get(name) ?? initial;
        settings.set(name, value);
        return value;
      }),
    register: (device, now, maximumDevices, maximumOfOrganisation) =>
      step(() => devices.register(device, now, maximumDevices, maximumOfOrganisation)),
    revoke: (device, maximum) => step(() => devices.revoke(device, maximum)),
    putService: (service) =>
      step(() => {
        const place = placeOf(service, services.get(service.domain));
        if (place === "new") services.set(service.domain, service);
        return place !== "older";
      }),
    readServices: (domains) => step(() => domains.flatMap((domain) => services.get(domain) ?? [])),
    publish: (publication) => step(() => devices.publish(publication)),
    claim: (claim) => step(() => devices.claim(claim)),
    append: (submission, decide) => step(() => append(contents, submission, decide)),
    prune: (acceptedBefore, maximum) => step(() => logs.prune(acceptedBefore, maximum)),
    readLog: (range) => step(() => logs.readLog(range)),
    readGroup: (conversation) => step(() => logs.readGroup(conversation)),
    readableLogs: (device) => step(() => logs.readableLogs(device)),
    readInbox: (device, after, maximumBytes) => step(() => devices.readInbox(device, after, maximumBytes)),
    forgetInbox: (device, upTo) => step(() => devices.forgetInbox(device, upTo)),
    close: async () => {
      closed = true;
    },
    reopen: () => {
      closed = true;
      return openContents(contents);
    },
  };
}

function append<A>(
  { devices, logs }: Contents,
  submission: Submission,
  decide: (situation: Situation) => Decision<A>,
): A {
  const situation = logs.situation(submission);
  const isOpening = situation.log === undefined;
  const lengths = submission.recipients.map((recipient) => devices.inboxLength(recipient, isOpening));
  const fullestInbox = lengths.includes(undefined) ? undefined : Math.max(0, ...(lengths as number[]));
  const { answer, append } = decide({ ...situation, fullestInbox });
  if (append === undefined) return answer;
  logs.write(append, submission.device);
  const { added, entry, welcome } = append;
  if (welcome !== undefined) {
    const { conversation, seq, acceptedAt } = entry.header;
    const item = { type: "welcome", conversation, seq, welcome } as const;
    for (const device of added) if (device !== submission.device) devices.deliver(device, item, acceptedAt);
  }
  return answer;
}
