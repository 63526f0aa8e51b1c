// Opens the file named on the command line, says what became of it, and keeps it until it is killed.
import { sqliteStorage } from "../src/index.ts";

try {
  const storage = sqliteStorage(process.argv[2] ?? "");
  console.log("open");
  setInterval(() => storage, 60_000);
} catch (error) {
  console.log(error instanceof Error && "code" in error ? error.code : error);
}
