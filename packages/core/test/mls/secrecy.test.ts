import { inspect } from "node:util";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import {
  createUpdate,
  type Group,
  publicGroupRecords,
  restorePublicGroup,
  retiredSecrets,
} from "../../src/mls.ts";
import { publicPartOf, trio } from "./trio.ts";
import { commitBy, keyPackageOf } from "./world.ts";

const { ada, ben, adas, bens } = trio();

/** Every way in which somebody prints a value without thinking. */
function printed(value: unknown): string {
  const options = {
    depth: Number.POSITIVE_INFINITY,
    maxArrayLength: null,
    maxStringLength: null,
    showHidden: true,
  };
  const shown = inspect(value, options).replaceAll(/\s+/g, " ");
  return (
    shown + JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}` : one)) + String(value)
  );
}

/** Whether the bytes of a secret can be found in a text, as hexadecimal or as a list of numbers. */
function shows(text: string, secret: Uint8Array): boolean {
  const list = [...secret.subarray(0, 8)].join(", ");
  const json = [...secret.subarray(0, 8)].map((byte, i) => `"${i}":${byte}`).join(",");
  return text.includes(list) || text.includes(json) || text.includes(hex(secret));
}

test("printing a group, a key package or a staged commit shows no secret", () => {
  const prepared: Group = createUpdate(bens, { random: ben.random }).group;
  const staged = commitBy(ada, adas);
  const bundle = keyPackageOf(ben);
  const cases: [unknown, Uint8Array[]][] = [
    [prepared, retiredSecrets(prepared)],
    [staged, retiredSecrets(staged.next)],
    [bundle, Object.values(bundle.secrets.open())],
  ];
  for (const [value, secrets] of cases) {
    const text = printed(value);
    expect(secrets.length).toBeGreaterThan(2);
    for (const secret of secrets) expect(shows(text, secret)).toBe(false);
  }
  // The check itself sees what is there to be seen.
  expect(shows(printed(prepared), prepared.context.treeHash)).toBe(true);
});

test("what is stored of a public group holds no secret and is all it takes", () => {
  const group = publicPartOf(adas);
  const records = new Map<string, Uint8Array>();
  for (const change of publicGroupRecords(undefined, group)) {
    if ("put" in change) records.set(change.put, change.value);
  }
  const text = [...records.values()].map(hex).join();
  for (const secret of retiredSecrets(adas)) expect(text.includes(hex(secret))).toBe(false);
  const restored = restorePublicGroup(ada.suite, records);
  expect(restored.context).toEqual(group.context);
  expect(restored.interimTranscriptHash).toEqual(group.interimTranscriptHash);
});
