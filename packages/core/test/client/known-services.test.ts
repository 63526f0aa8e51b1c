import { expect, test } from "vitest";
import { KnownServices } from "../../src/client/known-services.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { encode } from "../../src/codec/writer.ts";
import { type CredentialAuthority, unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import { type Credential, writeCredential } from "../../src/mls/credential.ts";
import { unsafeRevocationCredential } from "../../src/revocation.ts";

const persons = ["ada@mercy.example", "ben@lukes.example"];
const announced = (credential: Credential, key = 1) => ({
  signatureKey: Uint8Array.of(key),
  credential: encode(writeCredential, credential),
});
const mercys = unsafeRevocationCredential("mercy.example");

function known(authority: CredentialAuthority = unsafeDevelopmentAuthority()) {
  const services = new KnownServices(authority);
  const keys = () => [...services.all].map(([domain, { signatureKey }]) => [domain, signatureKey[0]]);
  return { services, keys };
}

test("what the relay says of services is judged, and only that of the domains in question is kept", () => {
  const { services, keys } = known();
  const others = [
    announced({ type: "basic", identity: utf8("ada@mercy.example/phone") }),
    announced(unsafeRevocationCredential("other.example")),
    { signatureKey: Uint8Array.of(1), credential: Uint8Array.of(1, 2, 3) },
    { signatureKey: Uint8Array.of(1), credential: new Uint8Array() },
  ];
  services.note(others, persons);
  expect(keys()).toEqual([]);
  services.note([...others, announced(mercys, 7)], persons);
  expect(keys()).toEqual([["mercy.example", 7]]);
});

test("a service that is known stays, unless one comes that ends later", () => {
  const authority: CredentialAuthority = {
    ...unsafeDevelopmentAuthority(),
    expiresAt: (credential) => (credential.type === "basic" ? credential.identity.length : 0),
    revocationServiceOf: ({ credential }) => (credential.type === "basic" ? "mercy.example" : undefined),
  };
  const { services, keys } = known(authority);
  const ending = (end: number) => announced({ type: "basic", identity: new Uint8Array(end) }, end);
  for (const [end, kept] of [
    [20, 20],
    [10, 20],
    [30, 30],
    [20, 30],
  ] as const) {
    services.note([ending(end)], persons);
    expect(keys()).toEqual([["mercy.example", kept]]);
  }
  const plain = known();
  for (const key of [1, 2]) plain.services.note([announced(mercys, key)], persons);
  expect(plain.keys()).toEqual([["mercy.example", 1]]);
});

test("no more than 1,024 of them are kept", () => {
  const { services, keys } = known();
  for (let number = 0; number < 1_100; number++) {
    const domain = `d${number}.example`;
    services.note([announced(unsafeRevocationCredential(domain))], [`ada@${domain}`]);
  }
  expect(keys()).toHaveLength(1_024);
});
