import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";
import {
  createKeyPackage,
  createProposal,
  createUpdate,
  decodeMessage,
  defaultCapabilities,
  encodeMessage,
  exportSecret,
  type Group,
  groupInfoOf,
  type HandshakeOptions,
  protectMessage,
  receiveHandshake,
  stageExternalJoin,
  unprotectMessage,
} from "../../src/mls.ts";
import { everyId, everySuite } from "../crypto/every-suite.ts";
import { StoredGroup } from "./stored-group.ts";
import {
  authenticatorOf,
  commitBy,
  credentials,
  groupOf,
  joinBy,
  keyPackageOf,
  lifetime,
  type Person,
  person,
} from "./world.ts";

const native = everySuite(defaultCryptoProvider());
const noble = everySuite(nobleCryptoProvider);
const psk = utf8("something that both were told");
const options: HandshakeOptions = {
  credentials,
  acceptExternalCommits: true,
  preSharedKeys: () => psk,
};

describe.each(everyId.map((id) => [id.toString(16).padStart(4, "0"), id] as const))(
  "suite 0x%s",
  (_hex, id) => {
    const [ours, theirs] = [native, noble].map((provider) => provider.suite(id) as CipherSuite);
    if (ours === undefined || theirs === undefined) throw new Error(`suite ${id} is missing`);

    test("takes a group through all that changes it, with members on node:crypto and on noble", () => {
      const [ada, ben, cleo, dan] = [
        person("ada", ours),
        person("ben", theirs),
        person("cleo", ours),
        person("dan", theirs),
      ] as const;
      const [bens, cleos] = [keyPackageOf(ben), keyPackageOf(cleo)];
      const proposals = [bens, cleos].map(({ keyPackage }) => ({ type: "add", keyPackage }) as const);
      const opened = commitBy(ada, groupOf(ada), { proposals });
      let groups = [opened.next, joinBy(ben, bens, opened), joinBy(cleo, cleos, opened)];
      const people = [ada, ben, cleo, dan];
      converse(people, groups);

      // Each commits once, the second with a pre-shared key, the third an update of the first.
      groups = commit(people, groups, 1, { forcePath: true });
      const pskId = { type: "external", id: utf8("told"), nonce: ben.random(ours.kdf.size) } as const;
      groups = commit(people, groups, 0, { proposals: [{ type: "pre-shared-key", psk: pskId }] });
      const update = createUpdate(groups[0] as Group, { random: ada.random });
      groups[0] = update.group;
      groups = groups.map((group) => receive(group, update.message));
      groups = commit(people, groups, 2, {});
      converse(people, groups);

      // A fourth comes by itself, and restarts; the second is removed.
      const info = groupInfoOf(groups[0] as Group, { external: true, withTree: true });
      const joined = stageExternalJoin({ ...dan, ...options, groupInfo: info });
      groups = [...groups.map((group) => receive(group, joined.commit)), joined.next].map(restarted);
      converse(people, groups);
      const removal = commitBy(dan, groups[3] as Group, {
        ...options,
        proposals: [{ type: "remove", removed: 1 }],
      });
      const gone = receiveHandshake(groups[1] as Group, removal.commit, options);
      expect(gone.kind === "commit" && gone.group).toBeUndefined();
      const left = [0, 2].map((at) => receive(groups[at] as Group, removal.commit));
      converse([ada, cleo, dan], [...left, removal.next]);
    });

    test("has secrets as long as its hash", () => {
      const ada = person("ada", ours);
      const group = groupOf(ada);
      expect(group.context.treeHash).toHaveLength(ours.hash.size);
      expect(group.confirmationTag).toHaveLength(ours.hash.size);
      expect(authenticatorOf(group)).toHaveLength(2 * ours.kdf.size);
      expect(exportSecret(group, "test", new Uint8Array(0), 100)).toHaveLength(100);
    });
  },
);

test("suites that nobody here knows may be named wherever suites are", () => {
  const suite = native.suite(2) as CipherSuite;
  // One that is not assigned yet, two of GREASE (RFC 9420 §13.5), two for private use.
  const unknown = [8, 0x0a0a, 0xeaea, 0xf0ff, 0xffff];
  const [ada, ben] = [person("ada", suite), person("ben", suite)];
  const usual = defaultCapabilities(suite);
  const capabilities = { ...usual, cipherSuites: [...unknown, suite.id] };
  const bens = createKeyPackage({ ...ben, lifetime, capabilities });
  const added = commitBy(ada, groupOf(ada), { proposals: [{ type: "add", keyPackage: bens.keyPackage }] });
  converse([ada, ben], [added.next, joinBy(ben, bens, added)]);

  for (const cipherSuite of unknown) {
    const message = { type: "key-package", keyPackage: { ...bens.keyPackage, cipherSuite } } as const;
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
    const welcome = { cipherSuite, secrets: [], encryptedGroupInfo: utf8("of another kind") };
    expect(decodeMessage(encodeMessage({ type: "welcome", welcome }))).toEqual({ type: "welcome", welcome });
    const reInit = { groupId: utf8("next"), version: 1, cipherSuite, extensions: [] };
    const { message: proposed } = createProposal(added.next, { type: "reinit", reInit });
    const received = receiveHandshake(added.next, proposed, options);
    expect(received.kind === "proposal" && received.proposal).toEqual({ type: "reinit", reInit });
  }
});

/** All take the commit of one of them. */
function commit(
  people: readonly Person[],
  groups: readonly Group[],
  by: number,
  how: Parameters<typeof commitBy>[2],
): Group[] {
  const staged = commitBy(people[by] as Person, groups[by] as Group, { ...options, ...how });
  return groups.map((group, at) => (at === by ? staged.next : receive(group, staged.commit)));
}

function receive(group: Group, message: Uint8Array): Group {
  const received = receiveHandshake(group, message, options);
  if (received.group === undefined) throw new Error("was removed");
  return received.group;
}

/** All agree, and each reads what each says. */
function converse(people: readonly Person[], groups: Group[]): void {
  expect(new Set(groups.map(authenticatorOf)).size).toBe(1);
  for (const [by, { name, random }] of people.slice(0, groups.length).entries()) {
    const text = utf8(`said by ${name}`);
    const sent = protectMessage(groups[by] as Group, text, { random });
    groups[by] = sent.group;
    for (const [at, group] of groups.entries()) {
      if (at === by) continue;
      const read = unprotectMessage(group, sent.message);
      expect(read.data).toEqual(text);
      groups[at] = read.group;
    }
  }
}

/** The group as its member finds it after a restart. */
function restarted(group: Group): Group {
  const store = new StoredGroup();
  store.write(undefined, group);
  return store.restore(group.suite);
}
