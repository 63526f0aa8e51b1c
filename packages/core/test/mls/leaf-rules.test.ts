import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import type { Capabilities } from "../../src/mls/capabilities.ts";
import { writeRequiredCapabilities } from "../../src/mls/extension.ts";
import { type LeafNode, signLeafNode } from "../../src/mls/leaf-node.ts";
import {
  type LeafValidation,
  validateCredentialTypes,
  validateLeafNode,
  validateLeafSupport,
} from "../../src/mls/leaf-validation.ts";
import { addLeaf, treeOf } from "../../src/mls/ratchet-tree.ts";
import type { Rule } from "../../src/mls/rule.ts";
import { client, everybody, groupId, suite } from "./tree-kit.ts";

const { leaf } = client("ada");
const place = { groupId, leafIndex: 0 };
const credentials = everybody;

function refuses(rule: Rule, check: () => void): void {
  expect(check).toThrow(expect.objectContaining({ code: rule }));
}

function validate(given: LeafNode, validation: Partial<LeafValidation> = {}): () => void {
  return () => validateLeafNode(suite, given, { credentials, place, ...validation });
}

function withCapabilities(changes: Partial<Capabilities>): LeafNode {
  return client("ada", { capabilities: { ...leaf.capabilities, ...changes } }).leaf;
}

describe("a leaf by itself (RFC 9420 §7.2, §7.3)", () => {
  test("a right one is taken, for whatever source", () => {
    validate(leaf)();
    validate(leaf, { source: "key-package", now: 1_500_000, longestLifetime: 1_000n })();
    const update = client("ada", { source: { type: "update" } }).leaf;
    validate(update, { source: "update", replaced: client("bob").leaf })();
    const commit = client("ada", { source: { type: "commit", parentHash: utf8("hash") } }).leaf;
    validate(commit, { source: "commit" })();
    // Only leaves of key packages have a lifetime.
    for (const one of [update, commit]) validate(one, { now: 1_500_000, longestLifetime: 1_000n })();
  });

  test("unknown capabilities and GREASE are passed over", () => {
    const grease = { extensions: [0x0a0a], proposals: [0x1a1a], cipherSuites: [suite.id, 0x2a2a] };
    validate(withCapabilities({ ...grease, credentials: [1, 0x3a3a] }))();
    const extensions = [{ type: 0x0a0a, data: utf8("whatever") }];
    const capabilities = { ...leaf.capabilities, ...grease };
    validate(client("ada", { extensions, capabilities }).leaf)();
  });

  test("number 0 is nobody's default, neither as an extension nor as a proposal", () => {
    validate(withCapabilities({ extensions: [0], proposals: [0] }))();
    refuses(
      "mls-leaf-extension",
      validate(client("ada", { extensions: [{ type: 0, data: utf8("") }] }).leaf),
    );
    const required = (kind: "extensions" | "proposals") =>
      writeRequiredCapabilities({ extensions: [], proposals: [], credentials: [], [kind]: [0] });
    for (const kind of ["extensions", "proposals"] as const) {
      refuses("mls-leaf-required-capabilities", () => validateLeafSupport(leaf, [required(kind)]));
    }
  });

  test("mls-leaf-source", () => refuses("mls-leaf-source", validate(leaf, { source: "update" })));

  test("mls-leaf-version", () => refuses("mls-leaf-version", validate(withCapabilities({ versions: [2] }))));

  test("a leaf that does not list the suite it uses is taken, as other implementations need it", () => {
    validate(withCapabilities({ cipherSuites: [2] }))();
  });

  test("mls-leaf-credential-type: its own credential is not among its capabilities", () => {
    refuses("mls-leaf-credential-type", validate(withCapabilities({ credentials: [2] })));
  });

  test("mls-leaf-extension", () => {
    refuses(
      "mls-leaf-extension",
      validate(client("ada", { extensions: [{ type: 99, data: utf8("") }] }).leaf),
    );
    validate(client("ada", { extensions: [{ type: 1, data: utf8("\0") }] }).leaf)();
  });

  test("mls-leaf-default-capability", () => {
    for (const type of [1, 2, 3, 4, 5]) {
      refuses("mls-leaf-default-capability", validate(withCapabilities({ extensions: [type] })));
    }
    for (const type of [1, 2, 3, 4, 5, 6, 7]) {
      refuses("mls-leaf-default-capability", validate(withCapabilities({ proposals: [type] })));
    }
    validate(withCapabilities({ extensions: [6], proposals: [8] }))();
  });

  test("mls-leaf-public-key: too short, of low order, empty", () => {
    for (const encryptionKey of [leaf.encryptionKey.slice(1), new Uint8Array(32), new Uint8Array(0)]) {
      refuses("mls-leaf-public-key", validate(client("ada", { encryptionKey }).leaf));
    }
    refuses("mls-leaf-public-key", validate(client("ada", { signatureKey: new Uint8Array(31) }).leaf));
  });

  test("mls-leaf-key-unchanged", () => {
    const update = client("ada", { source: { type: "update" } }).leaf;
    refuses("mls-leaf-key-unchanged", validate(update, { replaced: leaf }));
  });

  test("mls-leaf-lifetime: only where the time is given", () => {
    for (const now of [999_999, 2_001_000]) refuses("mls-leaf-lifetime", validate(leaf, { now }));
    for (const now of [1_000_000, 2_000_999]) validate(leaf, { now })();
    refuses("mls-leaf-lifetime", validate(leaf, { now: 1_500_000, longestLifetime: 999n }));
    const endless = client("ada", {
      source: { type: "key-package", lifetime: { notBefore: 0n, notAfter: 0xffffffffffffffffn } },
    });
    validate(endless.leaf, { now: 1_500_000 })();
    refuses("mls-leaf-lifetime", validate(endless.leaf, { now: 1_500_000, longestLifetime: 2_000n }));
  });

  test("mls-leaf-signature: changed, by another key, for another place", () => {
    const capabilities = { ...leaf.capabilities, proposals: [8] };
    refuses("mls-leaf-signature", validate({ ...leaf, capabilities }));
    refuses("mls-leaf-signature", validate({ ...leaf, signature: client("bob").leaf.signature }));
    refuses("mls-leaf-signature", validate({ ...leaf, signature: new Uint8Array(0) }));
    const update = client("ada", { source: { type: "update" } }).leaf;
    refuses("mls-leaf-signature", validate(update, { place: { groupId, leafIndex: 1 } }));
    refuses("mls-leaf-signature", validate(update, { place: { groupId: utf8("other"), leafIndex: 0 } }));
    const { signature } = client("bob");
    refuses("mls-leaf-signature", validate(signLeafNode(suite, signature.privateKey, leaf)));
  });

  test("a leaf that is bound to a place cannot be judged without one", () => {
    const update = client("ada", { source: { type: "update" } }).leaf;
    expect(() => validateLeafNode(suite, update, { credentials })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });

  test("mls-leaf-credential: as the validator says, which hears of the key and the time", () => {
    const heard: unknown[] = [];
    const nobody = {
      isValid: (claim: unknown) => {
        heard.push(claim);
        return false;
      },
    };
    refuses("mls-leaf-credential", validate(leaf, { credentials: nobody, now: 1_500_000 }));
    refuses("mls-leaf-credential", validate(leaf, { credentials: nobody }));
    const claim = { credential: leaf.credential, signaturePublicKey: leaf.signatureKey };
    expect(heard).toEqual([{ ...claim, at: 1_500_000 }, claim]);
  });

  test("mls-leaf-successor", () => {
    const isSuccessor = () => false;
    const replaced = client("bob").leaf;
    refuses("mls-leaf-successor", validate(leaf, { replaced, credentials: { ...everybody, isSuccessor } }));
    validate(leaf, { credentials: { ...everybody, isSuccessor } })();
  });
});

describe("a leaf in its group (RFC 9420 §7.3, §13.4)", () => {
  test("mls-leaf-required-capabilities: extensions, proposals and credentials", () => {
    const able = withCapabilities({ extensions: [70], proposals: [80], credentials: [1, 90] });
    const none = { extensions: [], proposals: [], credentials: [] };
    for (const required of [{ extensions: [70] }, { proposals: [80] }, { credentials: [90] }]) {
      const extensions = [writeRequiredCapabilities({ ...none, ...required })];
      validateLeafSupport(able, extensions);
      refuses("mls-leaf-required-capabilities", () => validateLeafSupport(leaf, extensions));
    }
    // Defaults are met by everybody, listed or not.
    validateLeafSupport(leaf, [
      writeRequiredCapabilities({ extensions: [5], proposals: [7], credentials: [1] }),
    ]);
  });

  test("mls-leaf-group-extension", () => {
    const extensions = [{ type: 70, data: utf8("") }];
    refuses("mls-leaf-group-extension", () => validateLeafSupport(leaf, extensions));
    validateLeafSupport(withCapabilities({ extensions: [70] }), extensions);
  });

  test("mls-leaf-credential-type: both ways round", () => {
    const certificate = (credentialTypes: number[]) =>
      client("cal", {
        credential: { type: "x509", certificates: [utf8("certificate")] },
        capabilities: { ...leaf.capabilities, credentials: credentialTypes },
      }).leaf;
    const both = withCapabilities({ credentials: [1, 2] });
    validateCredentialTypes(addLeaf(treeOf(both), certificate([1, 2])).tree);
    refuses("mls-leaf-credential-type", () =>
      validateCredentialTypes(addLeaf(treeOf(leaf), certificate([1, 2])).tree),
    );
    refuses("mls-leaf-credential-type", () =>
      validateCredentialTypes(addLeaf(treeOf(both), certificate([2])).tree),
    );
  });
});
