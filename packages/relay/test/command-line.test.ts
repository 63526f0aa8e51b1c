import { describe, expect, test } from "vitest";
import { readCommandLine, usage } from "../src/command-line.ts";
import { completeLimits, defaultLimits } from "../src/limits.ts";

const wrong = expect.objectContaining({ code: "invalid-argument" });

describe("the command line", () => {
  test("has defaults for everything", () => {
    expect(readCommandLine([])).toEqual({
      port: 8080,
      host: "127.0.0.1",
      data: "relay.db",
      name: "relay.example",
      retention: 30 * 86_400_000,
      limits: {},
      trust: [],
      help: false,
    });
  });

  test("changes what it names", () => {
    const line = readCommandLine([
      ...["--port", "0", "--host", "::1", "--data", "x.db", "--name", "hub.example"],
      ...["--limit", "sends=5/60", "--limit", "pageSize=10", "--retention", "90", "--help"],
      ...["--trust", "mercy.example=mercy.pem", "--trust", "lukes.example=lukes.pem"],
    ]);
    const limits = { sends: { burst: 5, perMinute: 60 }, pageSize: 10 };
    const retention = 90 * 86_400_000;
    const trust = ["mercy.example=mercy.pem", "lukes.example=lukes.pem"];
    const rest = { retention, limits, trust, help: true };
    expect(line).toEqual({ port: 0, host: "::1", data: "x.db", name: "hub.example", ...rest });
    expect(readCommandLine(["--retention", "forever"]).retention).toBe(Number.POSITIVE_INFINITY);
    for (const option of [
      "--port",
      "--host",
      "--data",
      "--name",
      "--limit",
      "--retention",
      "--trust",
      "--help",
    ])
      expect(usage).toContain(option);
  });

  test.each([
    ["--port", "65536"],
    ["--port", "-1"],
    ["--port", "8080x"],
    ["--port", ""],
    ["--retention", "0"],
    ["--retention", "1.5"],
    ["--data", ""],
    ["--name", ""],
    ["--name", "é".repeat(129)],
    ["--limit", "sends=1"],
    ["--limit", "pageSize=1/2"],
    ["--limit", "pageSize=0"],
    ["--limit", "pageSize=-1"],
    ["--limit", "toString=1"],
    ["--limit", "sends"],
    ["--nonsense"],
    ["free text"],
  ])("refuses %s %s", (...args) => {
    expect(() => readCommandLine(args)).toThrow(wrong);
  });
});

describe("limits", () => {
  test("keep their defaults but for those that are given", () => {
    expect(completeLimits()).toEqual(defaultLimits);
    expect(completeLimits({ pageSize: 7 })).toEqual({ ...defaultLimits, pageSize: 7 });
  });

  test.each<{ limits: object }>([
    { limits: { pageSize: 0 } },
    { limits: { pageSize: Number.NaN } },
    { limits: { pageSize: { burst: 1, perMinute: 1 } } },
    { limits: { sends: 5 } },
    { limits: { sends: { burst: 0, perMinute: 1 } } },
    { limits: { sends: { burst: 1 } } },
    { limits: { unknown: 1 } },
    { limits: { constructor: 1 } },
  ])("refuse %o", ({ limits }) => {
    expect(() => completeLimits(limits)).toThrow(wrong);
  });
});
