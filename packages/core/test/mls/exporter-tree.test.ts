import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { deriveSecret, expandWithLabel } from "../../src/crypto/labels.ts";
import { createExporterTree } from "../../src/mls/exporter-tree.ts";
import { Hidden } from "../../src/mls/hidden.ts";
import { epochFromSecret } from "../../src/mls/key-schedule.ts";
import { type Group, retiredSecrets, safeExportSecret } from "../../src/mls.ts";
import { StoredGroup } from "./stored-group.ts";
import { fingerprint, follow, trio } from "./trio.ts";
import { codeOf, commitBy, pair, suiteOf } from "./world.ts";

const suite = suiteOf(1);
const { ada, adas, bens } = pair();
const componentId = fc.oneof(fc.nat(0xffff), fc.nat(7), fc.integer({ min: 0xfff8, max: 0xffff }));

/** The secret of a component, as the draft says it: from the root down, a bit of the id after the other. */
function secretOf(root: Uint8Array, id: number): string {
  let secret = root;
  for (let bit = 15; bit >= 0; bit--) {
    secret = expandWithLabel(suite, secret, "tree", utf8((id >> bit) & 1 ? "right" : "left"), 32);
  }
  return hex(secret);
}

function withRoot(group: Group, root: Uint8Array): Group {
  const exporterTree = createExporterTree(root.slice());
  return { ...group, secrets: new Hidden({ ...group.secrets.open(), exporterTree }) };
}

test("the root comes from the epoch secret under its own label", () => {
  const epochSecret = new Uint8Array(32).fill(9);
  const { applicationExportSecret } = epochFromSecret(suite, epochSecret);
  expect(applicationExportSecret).toEqual(deriveSecret(suite, epochSecret, "application_export"));
});

test("each component has its secret, whatever others have taken before", () => {
  const root = new Uint8Array(32).fill(7);
  fc.assert(
    fc.property(fc.uniqueArray(componentId, { minLength: 1, maxLength: 12 }), (ids) => {
      let group = withRoot(adas, root);
      for (const id of ids) {
        const taken = safeExportSecret(group, id);
        expect(hex(taken.secret)).toBe(secretOf(root, id));
        group = taken.group;
      }
    }),
    { seed: 5, numRuns: 40 },
  );
});

test("all members of an epoch have the same secrets, and other ones in the next", () => {
  const { ada: owner, ...three } = trio();
  const taken = [three.adas, three.bens, three.cais].map((group) => safeExportSecret(group, 0x8001).secret);
  expect(new Set(taken.map(hex)).size).toBe(1);
  const { next, commit } = commitBy(owner, three.adas);
  const later = [next, follow(three.bens, commit)].map((group) => safeExportSecret(group, 0x8001).secret);
  expect(new Set([...taken, ...later].map(hex)).size).toBe(2);
});

test("mls-export-used: a secret is taken once, by a member and by whoever restores its state", () => {
  fc.assert(
    fc.property(fc.uniqueArray(componentId, { minLength: 1, maxLength: 8 }), (ids) => {
      const store = new StoredGroup();
      let group = bens;
      store.write(undefined, group);
      for (const id of ids) {
        const before = fingerprint(group);
        const taken = safeExportSecret(group, id);
        expect(fingerprint(group)).toBe(before);
        store.write(group, taken.group);
        expect(store.last.map((change) => "put" in change && change.put)).toEqual(["exporter"]);
        for (const at of [taken.group, store.restore(suite)]) {
          expect(codeOf(() => safeExportSecret(at, id))).toBe("mls-export-used");
        }
        group = store.restore(suite);
      }
      for (const id of ids) expect(codeOf(() => safeExportSecret(group, id))).toBe("mls-export-used");
    }),
    { seed: 6, numRuns: 10 },
  );
});

test("what is left tells nothing of what was taken", () => {
  const root = new Uint8Array(32).fill(7);
  const ids = [3, 0x8000, 2, 0xffff];
  let group = withRoot(adas, root);
  for (const id of ids) {
    const { group: after, consumed } = safeExportSecret(group, id);
    const kept = new Set([...after.secrets.open().exporterTree.values()].map(hex));
    for (const secret of consumed) expect(kept.has(hex(secret))).toBe(false);
    group = after;
  }
  for (const [index] of group.secrets.open().exporterTree) {
    // The leaves below a node of level n are 2^n from the lowest on.
    const level = Math.log2((index + 1) & -(index + 1));
    const first = (index - (2 ** level - 1)) / 2;
    for (const id of ids) expect(id >= first && id < first + 2 ** level).toBe(false);
  }
});

test("its secrets end with the epoch, and with records that know of none", () => {
  const nodes = [...adas.secrets.open().exporterTree.values()];
  expect(nodes.length).toBe(1);
  expect(retiredSecrets(adas)).toEqual(expect.arrayContaining(nodes));
  expect(retiredSecrets(adas, commitBy(ada, adas).next)).toEqual(expect.arrayContaining(nodes));
  const store = new StoredGroup();
  store.write(undefined, adas);
  const old = new StoredGroup();
  old.write(undefined, adas);
  (old.records as Map<string, Uint8Array>).delete("exporter");
  expect(codeOf(() => safeExportSecret(old.restore(suite), 1))).toBe("mls-export-used");
});

test("invalid-argument: an id that is none", () => {
  for (const id of [-1, 0x10000, 1.5, Number.NaN]) {
    expect(codeOf(() => safeExportSecret(adas, id))).toBe("invalid-argument");
  }
});
