import { memoryRelayStore } from "@readback/relay";
import { relayStoreCases } from "@readback/relay/testing";
import { describe, test } from "vitest";

describe("memoryRelayStore", () => {
  for (const { name, run } of relayStoreCases) {
    test(name, () =>
      run(async () => {
        let open = memoryRelayStore();
        const store = open;
        const reopen = async () => {
          open = open.reopen();
          return open;
        };
        return { store, reopen };
      }),
    );
  }
});
