import { join } from "node:path";
import { memoryTransport, systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { createRelay } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { type BareTable, bareTable } from "./bare-table.ts";
import { buildPrograms, Child } from "./child.ts";
import { interleave } from "./interleave.ts";
import type { RelayOrders, SocketsOrders } from "./programs/orders.ts";
import { RelayDevice } from "./relay-device.ts";
import type { Group, Row } from "./row.ts";
import { withScratch } from "./scratch.ts";
import { StoreLog } from "./store-log.ts";

/** Some that append, each to a conversation of their own. */
interface Writers {
  readonly count: number;
  /** Makes what each of them will append. */
  prepare(times: number): unknown;
  /** Lets each of them append once at a time, all at the same time. */
  append(times: number): Promise<unknown>;
}

const widths = [1, 8, 64] as const;
const rounds = 100;
const unlimited = { burst: 1e9, perMinute: 1e9 };

// An entry holds its payload, five identifiers and hashes of 32 bytes, and some numbers.
const rowSize = 600;

/** Appends to logs, each answered once it is on the disk. */
export const relay: Group = {
  name: "relay",
  about:
    "appends to as many conversations at once as the row says, each answered when it is on the disk; payloads are made, and for the store hashed, before. A store by itself decides, and hashes entries, as in a relay; a whole relay is asked over connections in memory, or from another process over loopback WebSocket. Raw: rows of the bytes of an entry, as many a transaction as there are appends at once, in a table of one column by node:sqlite with the settings of the store (write-ahead log, synchronous = FULL, secure_delete); it looks up nothing, hashes nothing and could not find a row by its conversation",
  run: () =>
    withScratch(async (folder) => {
      const table = bareTable(join(folder, "bare.db"));
      const rows = [
        ...(await storeRows(folder, table)),
        ...(await relayRows(folder, table)),
        ...(await webSocketRows(folder, table)),
      ];
      table.close();
      return rows;
    }),
};

async function storeRows(folder: string, table: BareTable): Promise<Row[]> {
  const rows: Row[] = [];
  const store = sqliteRelayStore(join(folder, "store.db"));
  for (const width of widths) {
    const logs = await Promise.all(names(width).map((name) => StoreLog.open(store, name)));
    rows.push({ ...(await compare(together(logs), table)), what: `store, ${width} at once`, goal: "≥ 0.7×" });
  }
  await store.close();
  return rows;
}

async function relayRows(folder: string, table: BareTable): Promise<Row[]> {
  const rows: Row[] = [];
  const store = sqliteRelayStore(join(folder, "relay.db"));
  const hub = await createRelay({
    name: "relay.example",
    store,
    authority: unsafeDevelopmentAuthority(),
    clock: systemClock,
    random: systemRandom,
    limits: { requests: unlimited, sends: unlimited },
  });
  const transport = memoryTransport(hub.accept);
  for (const width of widths) {
    const devices = await Promise.all(names(width).map((name) => RelayDevice.open(transport, name)));
    for (const device of devices) await device.converse();
    const figures = await compare(together(devices), table);
    rows.push({ ...figures, what: `whole relay, ${width} at once`, goal: "≥ 0.7×" });
  }
  await hub.close();
  await store.close();
  return rows;
}

async function webSocketRows(folder: string, table: BareTable): Promise<Row[]> {
  await buildPrograms(folder);
  const hub = new Child<RelayOrders>("relay", folder);
  const others = new Child<SocketsOrders>("sockets", folder);
  const { port } = await hub.ask("start", { database: join(folder, "web-socket.db") });
  const rows: Row[] = [];
  for (const count of [8, 64]) {
    await others.ask("writers", { url: `ws://127.0.0.1:${port}`, count });
    const writers: Writers = {
      count,
      prepare: (times) => others.ask("prepare", times),
      append: (times) => others.ask("append", times),
    };
    const figures = await compare(writers, table, 4);
    rows.push({
      ...figures,
      what: `over WebSocket, ${count} at once`,
      goal: count === 64 ? "≥ 5,000 /s" : "",
    });
  }
  await Promise.all([others.stop(), hub.stop()]);
  return rows;
}

async function compare(
  writers: Writers,
  table: BareTable,
  times = Math.ceil(16 / writers.count),
): Promise<Omit<Row, "what" | "goal">> {
  const { count: width } = writers;
  const bare = Array.from({ length: width }, () => systemRandom(rowSize));
  await writers.prepare((rounds + 1) * times);
  const took = await interleave(
    {
      async appends(count) {
        await writers.append(count);
      },
      inserts(count) {
        for (let i = 0; i < count; i++) table.add(bare);
      },
    },
    { rounds, count: times },
  );
  return {
    measured: (width * 1e6) / took.appends,
    raw: (width * 1e6) / took.inserts,
    unit: "/s",
    rawOf: `insert, ${width} a transaction`,
  };
}

function together(all: readonly (StoreLog | RelayDevice)[]): Writers {
  return {
    count: all.length,
    prepare(times) {
      for (const one of all) one.prepare(times);
    },
    async append(times) {
      for (let i = 0; i < times; i++) await Promise.all(all.map((one) => one.append()));
    },
  };
}

function names(width: number): string[] {
  return Array.from({ length: width }, (_, index) => `${index}-of-${width}@example.org`);
}
