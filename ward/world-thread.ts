import { parentPort } from "node:worker_threads";
import { type Drawing, playWorld } from "./play-worlds.ts";

/** Plays each world that it is told of, and says what came of it. */
parentPort?.on("message", async (drawing: Drawing) => parentPort?.postMessage(await playWorld(drawing)));
