import { describe, test } from "vitest";
import { memoryTransport } from "../src/memory/memory-transport.ts";
import type { MakeTransport } from "../src/testing/transport/transport-case.ts";
import { transportCases } from "../src/testing/transport-cases.ts";

const make: MakeTransport = async (accept) => {
  const transport = memoryTransport(accept);
  return { transport, cut: () => transport.cut(), close: () => transport.close() };
};

describe("memoryTransport", () => {
  test.each(transportCases)("$name", ({ run }) => run(make));
});
