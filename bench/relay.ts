import { join } from "node:path";
import { systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { createRelay } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { type BareTable, bareTable } from "./bare-table.ts";
import { interleave } from "./interleave.ts";
import { RelayDevice } from "./relay-device.ts";
import type { Group, Row } from "./row.ts";
import { withScratch } from "./scratch.ts";
import { StoreLog } from "./store-log.ts";

/** Somebody who appends to a conversation of their own. */
interface Writer {
  append(): Promise<void>;
}

const widths = [1, 8, 64] as const;
const unlimited = { burst: 1e9, perMinute: 1e9 };

// An entry holds its payload, five identifiers and hashes of 32 bytes, and some numbers.
const rowSize = 600;

/** Appends to logs, each answered once it is on the disk. */
export const relay: Group = {
  name: "relay",
  about:
    "appends to as many conversations at once as the row says, each answered when it is on the disk; a store by itself decides and hashes as in a relay, a whole relay is asked over connections in memory; raw: rows of the same size in transactions of the same number, node:sqlite with synchronous = FULL",
  run: () =>
    withScratch(async (folder) => {
      const rows: Row[] = [];
      const table = bareTable(join(folder, "bare.db"));
      const store = sqliteRelayStore(join(folder, "store.db"));
      for (const width of widths) {
        const writers = await Promise.all(names(width).map((name) => StoreLog.open(store, name)));
        rows.push({ ...(await compare(writers, table)), what: `store, ${width} at once`, goal: "≥ 0.7×" });
      }
      await store.close();
      const relayStore = sqliteRelayStore(join(folder, "relay.db"));
      const hub = await createRelay({
        name: "relay.example",
        store: relayStore,
        authority: unsafeDevelopmentAuthority(),
        clock: systemClock,
        random: systemRandom,
        limits: { requests: unlimited, sends: unlimited, strangersPerOrigin: 1_000 },
      });
      for (const width of widths) {
        const writers = await Promise.all(names(width).map((name) => RelayDevice.open(hub, name)));
        rows.push({ ...(await compare(writers, table)), what: `whole relay, ${width} at once`, goal: "" });
      }
      await hub.close();
      await relayStore.close();
      table.close();
      return rows;
    }),
};

async function compare(writers: readonly Writer[], table: BareTable): Promise<Omit<Row, "what" | "goal">> {
  const width = writers.length;
  const bare = writers.map(() => systemRandom(rowSize));
  const times = await interleave(
    {
      async appends(count) {
        for (let i = 0; i < count; i++) await Promise.all(writers.map((writer) => writer.append()));
      },
      inserts(count) {
        for (let i = 0; i < count; i++) table.add(bare);
      },
    },
    { rounds: 60, count: width === 1 ? 10 : 2 },
  );
  return {
    measured: (width * 1e6) / times.appends,
    raw: (width * 1e6) / times.inserts,
    unit: "/s",
    rawOf: `insert, ${width} a transaction`,
  };
}

function names(width: number): string[] {
  return Array.from({ length: width }, (_, index) => `${index}-of-${width}@example.org`);
}
