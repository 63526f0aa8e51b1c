import { inspect } from "node:util";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import * as crypto from "../../src/crypto.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { ReadbackError } from "../../src/error.ts";
import * as mls from "../../src/mls.ts";
import {
  createProposal,
  createUpdate,
  type Group,
  groupInfoOf,
  joinGroup,
  protectMessage,
  publicGroupFrom,
  publicGroupRecords,
  receiveHandshake,
  restorePublicGroup,
  retiredSecrets,
  stageExternalJoin,
  unprotectMessage,
} from "../../src/mls.ts";
import { forgeCommit } from "./forge.ts";
import { publicPartOf, trio } from "./trio.ts";
import { commitBy, credentials, groupOf, keyPackageOf, person } from "./world.ts";

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

/** Whether the first bytes of a secret can be found in a text: as hexadecimal, in base64 or as a list of numbers. */
function shows(text: string, secret: Uint8Array): boolean {
  const start = secret.subarray(0, 9);
  const bytes = [...start];
  const json = bytes.map((byte, i) => `"${i}":${byte}`).join(",");
  const base64 = Buffer.from(start).toString("base64");
  const forms = [bytes.join(", "), bytes.join(","), json, hex(start), base64, base64.replace("+", "-")];
  return forms.some((form) => text.includes(form)) || text.toLowerCase().includes(hex(start));
}

/** A copy without the parts that hand out secrets by their very purpose, so that what is left can be looked at. */
function withoutHandedOut(value: object): object {
  const { consumed: _, opening: __, ...rest } = value as Record<string, unknown>;
  return rest;
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

test("nothing that the layer returns shows a secret, but for what hands it out to be overwritten", () => {
  const random = ada.random;
  const sent = protectMessage(adas, utf8("Potassium 6.8"), { random });
  const opened = unprotectMessage(bens, sent.message);
  const staged = commitBy(ada, adas);
  const received = receiveHandshake(bens, staged.commit, { credentials });
  const outsider = person("eve", ada.suite);
  const groupInfo = groupInfoOf(adas, { withTree: true, external: true });
  const joined = stageExternalJoin({ ...outsider, credentials, groupInfo });
  const bundle = keyPackageOf(ben);
  const proposals = [{ type: "add", keyPackage: bundle.keyPackage }] as const;
  const inviting = commitBy(ada, groupOf(ada), { proposals });
  const invited = joinGroup({
    suite: ada.suite,
    welcome: inviting.welcome as Uint8Array,
    bundle,
    credentials,
  });
  const results = [
    ...[sent, opened, staged, received, joined, inviting, invited].map(withoutHandedOut),
    createProposal(adas, { type: "remove", removed: 2 }),
    createUpdate(adas, { random }),
    publicGroupFrom({ suite: ada.suite, groupInfo, credentials }),
    [ada.suite, defaultCryptoProvider(), { ...mls }, { ...crypto }],
  ];
  const groups = [
    adas,
    bens,
    sent.group,
    opened.group,
    staged.next,
    joined.next,
    inviting.next,
    invited.group,
  ];
  const secrets = [
    ...groups.flatMap((group) => retiredSecrets(group)),
    ...Object.values(bundle.secrets.open()),
    ...sent.consumed,
  ];
  const texts = results.map(printed);
  expect(secrets.length).toBeGreaterThan(80);
  for (const secret of secrets) for (const text of texts) expect(shows(text, secret)).toBe(false);
  // No more is left out than that.
  expect(Object.keys(withoutHandedOut(sent)).sort()).toEqual(["content", "group", "message", "signature"]);
});

test("no refusal shows a secret, whatever was refused and why", () => {
  const secrets = retiredSecrets(bens);
  const codes = new Set<unknown>();
  const { message } = protectMessage(adas, utf8("Potassium 6.8"), { random: ada.random });
  const { commit } = commitBy(ada, adas);
  const pathless = forgeCommit(adas, [{ type: "remove", removed: 2 }]);
  for (const sent of [
    message,
    commit,
    pathless,
    createProposal(adas, { type: "remove", removed: 9 }).message,
  ]) {
    for (let at = 0; at < sent.length; at += 5) {
      const spoiled = sent.with(at, (sent[at] as number) ^ 0x41);
      for (const take of [
        () => unprotectMessage(bens, spoiled),
        () => receiveHandshake(bens, spoiled, { credentials }),
        () => receiveHandshake(bens, sent.subarray(0, at), { credentials }),
      ]) {
        const error = errorOf(take);
        codes.add(error.code);
        const text = printed(error) + String(error.stack) + printed(error.cause);
        for (const secret of secrets) expect(shows(text, secret)).toBe(false);
      }
    }
  }
  expect(codes.size).toBeGreaterThan(7);
});

function errorOf(take: () => unknown): ReadbackError {
  try {
    take();
  } catch (error) {
    if (error instanceof ReadbackError) return error;
  }
  throw new Error("nothing was refused");
}

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
