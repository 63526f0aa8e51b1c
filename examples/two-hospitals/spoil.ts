import { sqliteStorage } from "@readback/storage-sqlite";

/** Deletes the last message from a client's file, behind the client's back: a loss that the count has to see. */
export async function loseOneMessage(database: string): Promise<void> {
  const storage = sqliteStorage(database);
  const entries = await storage.list("conversation");
  const last = entries.findLast(({ key }) => /\/message\/\d+$/.test(key));
  if (last !== undefined) await storage.write([{ remove: last.key }]);
  await storage.close();
}
