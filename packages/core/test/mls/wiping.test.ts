import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import {
  createUpdate,
  decodeMessage,
  type Group,
  groupInfoOf,
  protectMessage,
  receiveHandshake,
  retiredSecrets,
  stageExternalJoin,
  unprotectMessage,
} from "../../src/mls.ts";
import { forgePublic } from "./forge.ts";
import { codeOf, commitBy, credentials, groupOf, joinBy, keyPackageOf, person, suiteOf } from "./world.ts";

/** A secret in the memory that it came in, and what made it. */
interface Born {
  readonly by: string;
  readonly bytes: Uint8Array;
}

/** A suite that remembers the memory of every secret that it hands out. */
function watchedSuite(id: number): { suite: CipherSuite; born: Born[] } {
  const suite = suiteOf(id);
  const { kdf, kem, aead } = suite;
  const born: Born[] = [];
  const note = <T extends Uint8Array | undefined>(what: string, bytes: T): T => {
    const [at = ""] = new Error().stack?.match(/\/src\/mls\/[\w-]+\.ts:\d+/) ?? [];
    if (bytes !== undefined) born.push({ by: `${what} in ${at}`, bytes });
    return bytes;
  };
  const watched: CipherSuite = {
    ...suite,
    kdf: {
      ...kdf,
      // Without a salt HPKE hashes what everybody knows.
      extract: (salt, secret) =>
        salt.length === 0 ? kdf.extract(salt, secret) : note("extract", kdf.extract(salt, secret)),
      expand: (key, info, length) => note("expand", kdf.expand(key, info, length)),
    },
    kem: {
      ...kem,
      deriveKeyPair(secret) {
        const pair = kem.deriveKeyPair(secret);
        note("deriveKeyPair", pair.privateKey);
        return pair;
      },
      encapsulate(publicKey, seed) {
        const sent = kem.encapsulate(publicKey, seed);
        note("encapsulate", sent?.secret);
        return sent;
      },
      decapsulate: (encapsulated, pair) => note("decapsulate", kem.decapsulate(encapsulated, pair)),
    },
    aead: { ...aead, open: (...parts) => note("open", aead.open(...parts)) },
  };
  return { suite: watched, born };
}

describe.each([1, 2, 3])("suite %i: whatever secret is made is kept, returned or overwritten", (suiteId) => {
  const { suite, born } = watchedSuite(suiteId);
  const [ada, ben] = [person("ada", suite), person("ben", suite)];

  /** What made the secrets since the last call that are still in memory and in none of these hands. */
  function leftovers(groups: readonly Group[], returned: readonly Uint8Array[] = []): string[] {
    const kept = new Set([...returned, ...groups.flatMap((group) => retiredSecrets(group))]);
    // It is compared with others, and opens nothing.
    for (const group of groups) kept.add(group.secrets.open().epoch.epochAuthenticator);
    const rest = born.splice(0).filter(({ bytes }) => !kept.has(bytes) && bytes.some((byte) => byte !== 0));
    return rest.map(({ by }) => by);
  }

  test("through the life of a group", () => {
    const bundle = keyPackageOf(ben);
    expect(leftovers([], Object.values(bundle.secrets.open()))).toEqual([]);
    const alone = groupOf(ada);
    expect(leftovers([alone])).toEqual([]);

    const add = { type: "add", keyPackage: bundle.keyPackage } as const;
    const added = commitBy(ada, alone, { proposals: [add], forcePath: true });
    expect(leftovers([alone, added.next])).toEqual([]);
    const joined = joinBy(ben, bundle, added);
    expect(leftovers([joined])).toEqual([]);

    const update = createUpdate(joined, { random: ben.random });
    expect(leftovers([update.group])).toEqual([]);
    const staged = commitBy(ada, added.next);
    expect(leftovers([added.next, staged.next])).toEqual([]);
    const { group: followed } = receiveHandshake(joined, staged.commit, { credentials });
    if (followed === undefined) throw new Error("nobody was removed");
    expect(leftovers([joined, followed])).toEqual([]);

    const sent = protectMessage(staged.next, utf8("Potassium 6.8"), { random: ada.random });
    expect(leftovers([staged.next, sent.group], sent.consumed)).toEqual([]);
    const opened = unprotectMessage(followed, sent.message);
    expect(leftovers([followed, opened.group], opened.consumed)).toEqual([]);
  });

  test("where somebody joins from outside", () => {
    const group = groupOf(ada);
    const groupInfo = groupInfoOf(group, { withTree: true, external: true });
    expect(leftovers([group])).toEqual([]);
    const outsider = person("eve", suite);
    const joined = stageExternalJoin({ ...outsider, credentials, groupInfo });
    expect(leftovers([joined.next])).toEqual([]);
    const options = { credentials, acceptExternalCommits: true };
    const { group: followed } = receiveHandshake(group, joined.commit, options);
    if (followed === undefined) throw new Error("nobody was removed");
    expect(leftovers([group, followed])).toEqual([]);
  });

  test("and where something is refused", () => {
    const bundle = keyPackageOf(ben);
    const alone = groupOf(ada);
    const proposals = [{ type: "add", keyPackage: bundle.keyPackage }] as const;
    const added = commitBy(ada, alone, { proposals, forcePath: true });
    const joined = joinBy(ben, bundle, added);
    const { message } = protectMessage(added.next, utf8("Potassium 6.8"), { random: ada.random });
    const { commit } = commitBy(ada, added.next);
    born.length = 0;
    const spoiled = message.with(-1, (message.at(-1) as number) ^ 1);
    expect(codeOf(() => unprotectMessage(joined, spoiled))).toBe("mls-decryption");
    expect(leftovers([joined])).toEqual([]);
    const opened = unprotectMessage(joined, message);
    expect(opened.data).toEqual(utf8("Potassium 6.8"));
    born.length = 0;

    const decoded = decodeMessage(commit);
    if (decoded.type !== "public-message") throw new Error("a commit is public");
    const { content, auth } = decoded.publicMessage;
    const wrong = { signature: auth.signature, confirmationTag: new Uint8Array(suite.hash.size) };
    const forged = forgePublic(added.next, content.content, wrong);
    expect(codeOf(() => receiveHandshake(joined, forged, { credentials }))).toBe("mls-confirmation-tag");
    expect(leftovers([joined])).toEqual([]);
    expect(receiveHandshake(joined, commit, { credentials }).kind).toBe("commit");
  });
});
