import type { WaitingScenario } from "./scenario.ts";

/** Every scenario, or part of one, that waits for something that does not exist yet. Nothing here is counted as played. */
export const waiting: readonly WaitingScenario[] = [
  { number: 33, name: "archives", needs: "archive members" },
  { number: 34, name: "admin-exceeds-its-role", needs: "roles and policies" },
  { number: 37, name: "link-between-relays-down", needs: "relays that follow another one" },
  { number: 38, name: "follower-repeats-and-loses", needs: "relays that follow another one" },
  { number: 40, name: "forged-history", needs: "history packages" },
  { number: 44, name: "attachments", needs: "attachments" },
];
