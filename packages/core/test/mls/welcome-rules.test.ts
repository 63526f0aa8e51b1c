import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { type GroupInfo, signGroupInfo } from "../../src/mls/group-info.ts";
import { welcomeSecretOf, zeroSecret } from "../../src/mls/key-schedule.ts";
import type { GroupSecrets } from "../../src/mls/welcome.ts";
import {
  sealGroupInfo,
  sealGroupSecrets,
  unsealGroupInfo,
  unsealGroupSecrets,
} from "../../src/mls/welcome-secrets.ts";
import {
  bundleOf,
  createKeyPackage,
  decodeMessage,
  encodeMessage,
  encodeRatchetTree,
  extensionTypes,
  groupInfoOf,
  type JoinInput,
  joinGroup,
  publicGroupFrom,
  stageExternalJoin,
  writeExternalSenders,
} from "../../src/mls.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  groupOf,
  keyPackageOf,
  lifetime,
  person,
  suiteOf,
} from "./world.ts";

const suite = suiteOf(1);
const [ada, ben, cai] = [person("ada", suite), person("ben", suite), person("cai", suite)];
const bundle = keyPackageOf(ben);
const founded = groupOf(ada);
const { privateKey: adasKey } = ada.signatureKeyPair;
const staged = commitBy(ada, founded, {
  proposals: [{ type: "add", keyPackage: bundle.keyPackage }],
  forcePath: true,
  groupInfoExtensions: [{ type: 0xf001, data: utf8("for joiners") }],
});
const message = decodeMessage(staged.welcome ?? new Uint8Array(0));
if (message.type !== "welcome") throw new Error("a commit that adds somebody has a Welcome");
const { welcome } = message;
const initKeyPair = {
  publicKey: bundle.keyPackage.initKey,
  privateKey: bundle.secrets.open().initPrivateKey,
};
const opened = unsealGroupSecrets(suite, welcome, bundle.reference, initKeyPair);
const secret = welcomeSecretOf(suite, opened.joinerSecret, zeroSecret(suite));
const info = unsealGroupInfo(suite, secret, welcome.encryptedGroupInfo);

const join = (change: Partial<JoinInput> = {}) =>
  joinGroup({ suite, welcome: encodeMessage(message), bundle, credentials, ...change });

/** The code with which a Welcome with another group information or other secrets is refused. */
function refusal(
  changed: { info?: GroupInfo; secrets?: Partial<GroupSecrets> },
  change: Partial<JoinInput> = {},
) {
  const encryptedGroupInfo = sealGroupInfo(suite, secret, changed.info ?? info);
  const joiner = {
    reference: bundle.reference,
    initKey: bundle.keyPackage.initKey,
    secrets: { ...opened, ...changed.secrets },
  };
  const secrets = sealGroupSecrets(suite, [joiner], encryptedGroupInfo, ada.random);
  const forged = encodeMessage({
    type: "welcome",
    welcome: { ...welcome, secrets, encryptedGroupInfo },
  });
  return codeOf(() => join({ welcome: forged, ...change }));
}

const resigned = (change: Partial<GroupInfo>) => signGroupInfo(suite, adasKey, { ...info, ...change });

describe("Welcomes", () => {
  test("an honest one is taken, with what its sender put into it", () => {
    const { group, groupInfo } = join();
    expect(authenticatorOf(group)).toBe(authenticatorOf(staged.next));
    expect(groupInfo.extensions.find(({ type }) => type === 0xf001)?.data).toEqual(utf8("for joiners"));
    expect(refusal({})).toBe(undefined);
  });

  test("mls-wire-format: something else than a Welcome", () => {
    expect(codeOf(() => join({ welcome: staged.commit }))).toBe("mls-wire-format");
  });

  test("mls-welcome-suite: for another cipher suite", () => {
    const other = encodeMessage({ type: "welcome", welcome: { ...welcome, cipherSuite: 2 } });
    expect(codeOf(() => join({ welcome: other }))).toBe("mls-welcome-suite");
    expect(codeOf(() => join({ suite: suiteOf(2) }))).toBe("mls-welcome-suite");
    const elsewhere = { ...bundle, keyPackage: { ...bundle.keyPackage, cipherSuite: 3 } };
    expect(codeOf(() => join({ bundle: elsewhere }))).toBe("mls-welcome-suite");
  });

  test("mls-welcome-not-for-us: for another key package", () => {
    expect(codeOf(() => join({ bundle: keyPackageOf(ben) }))).toBe("mls-welcome-not-for-us");
  });

  test("mls-welcome-decryption: secrets or group information that cannot be decrypted", () => {
    const otherKeys = {
      ...bundle.secrets.open(),
      initPrivateKey: keyPackageOf(ben).secrets.open().initPrivateKey,
    };
    expect(codeOf(() => join({ bundle: bundleOf(suite, bundle.keyPackage, otherKeys) }))).toBe(
      "mls-welcome-decryption",
    );
    expect(refusal({ secrets: { joinerSecret: new Uint8Array(32) } })).toBe("mls-welcome-decryption");
    expect(refusal({ secrets: { joinerSecret: opened.joinerSecret.subarray(1) } })).toBe(
      "mls-welcome-decryption",
    );
  });

  test("mls-welcome-psk, mls-psk-unknown: the pre-shared keys", () => {
    const nonce = new Uint8Array(32);
    const external = { type: "external", id: utf8("psk"), nonce } as const;
    const reinit = { type: "resumption", usage: "reinit", groupId: utf8("g"), epoch: 1n, nonce } as const;
    expect(refusal({ secrets: { psks: [external] } })).toBe("mls-psk-unknown");
    expect(refusal({ secrets: { psks: [external] } }, { preSharedKeys: () => nonce })).toBe(
      "mls-welcome-decryption",
    );
    expect(refusal({ secrets: { psks: [external, external] } })).toBe("mls-welcome-psk");
    expect(refusal({ secrets: { psks: [{ ...external, nonce: new Uint8Array(31) }] } })).toBe(
      "mls-welcome-psk",
    );
    expect(refusal({ secrets: { psks: [reinit, { ...reinit, usage: "branch" }] } })).toBe("mls-welcome-psk");
    expect(refusal({ secrets: { psks: [reinit] } }, { preSharedKeys: () => nonce })).toBe("mls-psk-unknown");
  });

  test("mls-welcome-tree: no tree, neither inside nor beside", () => {
    const extensions = info.extensions.filter(({ type }) => type !== extensionTypes.ratchetTree);
    expect(refusal({ info: resigned({ extensions }) })).toBe("mls-welcome-tree");
    const ratchetTree = encodeRatchetTree(staged.next.tree);
    expect(refusal({ info: resigned({ extensions }) }, { ratchetTree })).toBe(undefined);
  });

  test("mls-tree-hash: the tree of another epoch", () => {
    const extensions = info.extensions.filter(({ type }) => type !== extensionTypes.ratchetTree);
    const { next } = commitBy(ada, staged.next);
    expect(refusal({ info: resigned({ extensions }) }, { ratchetTree: encodeRatchetTree(next.tree) })).toBe(
      "mls-tree-hash",
    );
  });

  test("mls-group-info-signer, mls-group-info-signature: who vouches for the group", () => {
    expect(refusal({ info: resigned({ signer: 7 }) })).toBe("mls-group-info-signer");
    expect(refusal({ info: resigned({ signer: 0xffffffff }) })).toBe("mls-group-info-signer");
    expect(refusal({ info: resigned({ signer: 1 }) })).toBe("mls-group-info-signature");
    expect(
      refusal({ info: { ...info, extensions: [] } }, { ratchetTree: encodeRatchetTree(staged.next.tree) }),
    ).toBe("mls-group-info-signature");
  });

  test("mls-version, mls-group-info-suite: a group of another kind", () => {
    const { groupContext } = info;
    expect(refusal({ info: resigned({ groupContext: { ...groupContext, version: 2 } }) })).toBe(
      "mls-version",
    );
    expect(refusal({ info: resigned({ groupContext: { ...groupContext, cipherSuite: 3 } }) })).toBe(
      "mls-group-info-suite",
    );
  });

  test("mls-confirmation-tag: a tag that is wrong, short, long or empty", () => {
    const { confirmationTag } = info;
    const long = new Uint8Array([...confirmationTag, 0]);
    for (const wrong of [
      confirmationTag.toReversed(),
      confirmationTag.subarray(1),
      confirmationTag.subarray(0, 31),
      long,
      new Uint8Array(0),
    ]) {
      expect(refusal({ info: resigned({ confirmationTag: wrong }) })).toBe("mls-confirmation-tag");
    }
  });

  test("mls-welcome-leaf: the tree has no leaf like that of the key package", () => {
    const { keyPackage } = keyPackageOf(ben);
    const other = bundleOf(suite, keyPackage, bundle.secrets.open());
    const forged = { ...other, reference: bundle.reference };
    const withInitKey = { ...forged, keyPackage: { ...keyPackage, initKey: bundle.keyPackage.initKey } };
    expect(codeOf(() => join({ bundle: withInitKey }))).toBe("mls-welcome-leaf");
  });

  test("mls-welcome-path-secret: a path secret that leads elsewhere", () => {
    expect(refusal({ secrets: { pathSecret: new Uint8Array(32) } })).toBe("mls-welcome-path-secret");
    expect(refusal({ secrets: { pathSecret: new Uint8Array(0) } })).toBe("mls-welcome-path-secret");
    expect(refusal({ secrets: { pathSecret: undefined } })).toBe(undefined);
  });

  test("mls-external-sender-credential: a group whose external senders nobody vouches for", () => {
    const sender = {
      signatureKey: cai.signatureKeyPair.publicKey,
      credential: { type: "x509", certificates: [] },
    } as const;
    const extensions = [writeExternalSenders([sender])];
    const groupContext = { ...info.groupContext, extensions };
    expect(refusal({ info: resigned({ groupContext }) })).toBe("mls-external-sender-credential");
  });

  test("mls-leaf-credential: a member whom nobody vouches for", () => {
    expect(codeOf(() => join({ credentials: { isValid: () => false } }))).toBe("mls-leaf-credential");
  });

  test("mls-leaf-lifetime: a member whose leaf lasts longer than the application allows", () => {
    expect(codeOf(() => join({ now: 1_000, longestLifetime: 1_000n }))).toBe("mls-leaf-lifetime");
    expect(codeOf(() => join({ now: 1_000, longestLifetime: 0xffffffffffffffffn }))).toBe(undefined);
  });

  test("mls-leaf-group-extension: a group that uses what the joiner does not support", () => {
    const groupContext = { ...info.groupContext, extensions: [{ type: 0xf777, data: utf8("") }] };
    expect(refusal({ info: resigned({ groupContext }) })).toBe("mls-leaf-group-extension");
  });
});

describe("group information", () => {
  test("mls-confirmation-tag: a tag that cannot be one, which even who follows from outside can tell", () => {
    for (const size of [0, 31, 33]) {
      const groupInfo = resigned({ confirmationTag: new Uint8Array(size) });
      const message = encodeMessage({ type: "group-info", groupInfo });
      expect(codeOf(() => publicGroupFrom({ suite, groupInfo: message, credentials }))).toBe(
        "mls-confirmation-tag",
      );
    }
  });

  test("there is no Welcome where nobody is added, and no other message is a group information", () => {
    const { welcome, groupInfo, commit } = commitBy(ada, staged.next);
    expect(welcome).toBe(undefined);
    expect(groupInfo.length).toBeGreaterThan(0);
    const joining = { ...cai, credentials, groupInfo: commit };
    expect(codeOf(() => stageExternalJoin(joining))).toBe("mls-wire-format");
  });

  test("somebody outside follows the group from it", () => {
    const groupInfo = groupInfoOf(staged.next, { withTree: true });
    const group = publicGroupFrom({ suite, groupInfo, credentials });
    expect(group.context).toEqual(staged.next.context);
    expect(group.interimTranscriptHash).toEqual(staged.next.interimTranscriptHash);
    const ratchetTree = encodeRatchetTree(staged.next.tree);
    expect(publicGroupFrom({ suite, groupInfo: staged.groupInfo, ratchetTree, credentials }).epoch).toBe(1n);
    expect(codeOf(() => publicGroupFrom({ suite, groupInfo: staged.groupInfo, credentials }))).toBe(
      "mls-welcome-tree",
    );
    expect(codeOf(() => publicGroupFrom({ suite, groupInfo: staged.commit, credentials }))).toBe(
      "mls-wire-format",
    );
  });
});

test("a key package whose capabilities lack its extensions is not made", () => {
  const extensions = [{ type: 0xf123, data: utf8("") }];
  expect(codeOf(() => createKeyPackage({ ...ben, lifetime, extensions }))).toBe("invalid-argument");
});
