import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { type CredentialAuthority, unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import {
  mayChangeExtensions,
  nameServices,
  namesEnding,
  placeIn,
} from "../../src/conversation/revocation-services.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { createGroup } from "../../src/mls/create-group.ts";
import {
  type Extension,
  type ExternalSender,
  readExternalSenders,
  writeAppDataDictionary,
  writeExternalSenders,
} from "../../src/mls/extension.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const random = seededRandom("revocation services");
const now = 1_764_000_000_000;
const minute = 60_000;

/** Services say of which domain they are and when they end. */
const authority: CredentialAuthority = {
  ...unsafeDevelopmentAuthority(),
  revocationServiceOf: ({ credential, at }) => {
    const [domain, end] = partsOf(credential);
    return domain !== undefined && (at ?? 0) < Number(end) ? domain : undefined;
  },
  expiresAt: (credential) => Number(partsOf(credential)[1]),
};

function partsOf(credential: ExternalSender["credential"]): readonly (string | undefined)[] {
  const text = credential.type === "basic" ? new TextDecoder().decode(credential.identity) : "";
  return text.includes(" ") ? text.split(" ") : [];
}

function service(domain: string, end = now + 60 * minute, of = suite): ExternalSender {
  const { publicKey } = of.signature.deriveKeyPair(random(of.signature.seedSize));
  return { signatureKey: publicKey, credential: { type: "basic", identity: utf8(`${domain} ${end}`) } };
}

const ada = "ada@mercy.example";
const groupWith = (...services: ExternalSender[]) =>
  createGroup({
    suite,
    random,
    groupId: random(32),
    credential: { type: "basic", identity: utf8(`${ada}/phone`) },
    signatureKeyPair: suite.signature.deriveKeyPair(random(suite.signature.seedSize)),
    lifetime: { notBefore: 0n, notAfter: 2_000_000_000n },
    extensions: [other, writeExternalSenders(services)],
  });
const other = writeAppDataDictionary(new Map([[0x8001, Uint8Array.of(1)]]));

/** Which of these services are named, where others are already. */
function named(before: ExternalSender[], known: ExternalSender[], persons = [ada]) {
  const services = new Map(known.map((one) => [partsOf(one.credential)[0] as string, one]));
  const extensions = nameServices(
    placeIn(groupWith(...before)),
    { authority, services, relayNow: now },
    persons,
  );
  return extensions && readExternalSenders(extensions);
}

test("services are named of the members' domains, while they are good, and in the place of older ones", () => {
  const mercy = service("mercy.example");
  const lukes = service("lukes.example");
  expect(named([], [])).toBe(undefined);
  expect(named([], [mercy, lukes])).toEqual([mercy]);
  expect(named([], [mercy, lukes], [ada, "ben@lukes.example"])).toEqual([mercy, lukes]);
  expect(named([mercy], [mercy])).toBe(undefined);
  expect(named([mercy], [service("mercy.example")])).toBe(undefined);
  const later = service("mercy.example", now + 90 * minute);
  expect(named([mercy], [later])).toEqual([later]);
  expect(named([later], [mercy])).toBe(undefined);
  // Not one that ends on the way, nor one whose signatures nobody here could check.
  expect(named([], [service("mercy.example", now + 4 * minute)])).toBe(undefined);
  const ed25519 = defaultCryptoProvider().suite(1) as CipherSuite;
  expect(named([], [service("mercy.example", now + 60 * minute, ed25519)])).toBe(undefined);
});

test("with a service that is named, those go that are named in vain", () => {
  const mercy = service("mercy.example");
  const [ended, foreign] = [service("mercy.example", now - 10 * minute), service("lukes.example")];
  expect(named([ended, foreign], [mercy])).toEqual([mercy]);
  // For their sake alone nothing is changed.
  expect(named([ended, foreign, mercy], [mercy])).toBe(undefined);
  // As many as there may be, all of members: no room for one more.
  const full = Array.from({ length: 64 }, (_, i) => service(`d${i}.example`));
  expect(named(full, [mercy])).toEqual([mercy]);
});

test("members change nothing else of a group, and nobody from outside changes anything", () => {
  const [mercy, lukes] = [service("mercy.example"), service("lukes.example")];
  const group = groupWith(mercy);
  const may = (extensions: Extension[], sender = 0, isReInit = false) =>
    mayChangeExtensions(authority, { group, extensions, sender, isReInit }, now);
  const both = writeExternalSenders([mercy, lukes]);
  expect(may([other, both])).toBe(true);
  const fromOutside = { group, extensions: [other, both], sender: undefined, isReInit: false };
  expect(mayChangeExtensions(authority, fromOutside, now)).toBe(false);
  for (const extensions of [[both], [{ ...other, data: Uint8Array.of(2) }, both], [other, other, both]])
    expect(may(extensions)).toBe(false);
  // What follows a group may differ in all but this.
  expect(may([both], 0, true)).toBe(true);
  expect(may([other], 0, true)).toBe(false);
  const many = Array.from({ length: 64 }, (_, i) => service(`d${i}.example`));
  expect(may([other, writeExternalSenders([mercy, ...many.slice(1)])])).toBe(true);
  expect(may([other, writeExternalSenders([mercy, ...many])])).toBe(false);
});

test("a commit that names a service which ends on the way is made anew", () => {
  const [mercy, ending] = [service("mercy.example"), service("lukes.example", now + 4 * minute)];
  const tools = { authority, relayNow: now };
  expect(namesEnding(groupWith(mercy), groupWith(mercy, ending), tools)).toBe(true);
  expect(namesEnding(groupWith(ending), groupWith(mercy, ending), tools)).toBe(false);
  expect(namesEnding(groupWith(), groupWith(mercy), tools)).toBe(false);
});
