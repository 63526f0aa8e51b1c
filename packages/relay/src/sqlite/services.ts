import type { DatabaseSync } from "node:sqlite";
import { placeOf, type ServiceRecord } from "../service-record.ts";

/** The revocation services of domains in SQLite. */
export interface Services {
  /** Inside a transaction of the caller; see `RelayStore.putService`. */
  put(service: ServiceRecord): boolean;
  read(domains: readonly string[]): ServiceRecord[];
}

/** Prepares the statements. */
export function sqliteServices(database: DatabaseSync): Services {
  const find = database.prepare(
    "SELECT signature_key, credential, until FROM revocation_service WHERE domain = ?",
  );
  const put = database.prepare("INSERT OR REPLACE INTO revocation_service VALUES (?, ?, ?, ?)");

  const read = (domain: string): ServiceRecord | undefined => {
    const row = find.get(domain) as
      | { signature_key: Uint8Array; credential: Uint8Array; until: number }
      | undefined;
    if (row === undefined) return undefined;
    return { domain, signatureKey: row.signature_key, credential: row.credential, until: row.until };
  };

  return {
    put(service) {
      const { domain, signatureKey, credential, until } = service;
      const place = placeOf(service, read(domain));
      if (place === "new") put.run(domain, signatureKey, credential, until);
      return place !== "older";
    },
    read: (domains) => domains.flatMap((domain) => read(domain) ?? []),
  };
}
