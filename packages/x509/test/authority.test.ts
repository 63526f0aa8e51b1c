import { X509Certificate } from "node:crypto";
import { fromHex } from "@readback/core/wire";
import {
  certificatesFromPem,
  certificateToPem,
  issueDevice,
  x509Authority,
  x509Identity,
} from "@readback/x509";
import { describe, expect, test } from "vitest";
import { good, key, mercy, name, own, problem, signaturePublicKey, trust, x509 } from "./judging.ts";
import * as openssl from "./openssl-certificates.ts";
import { day, Organisation, start, week } from "./organisation.ts";

describe("certificates", () => {
  test.each([1, 2, 7])(
    "with keys of suite %i vouch for a device from the first second to the last",
    (suite) => {
      const hospital = new Organisation("clinic.example", { suite });
      const device = hospital.key(suite);
      const credential = x509(hospital.enrol("cy@clinic.example/desk", device));
      const authority = x509Authority({
        organisations: [{ domains: ["clinic.example"], roots: [hospital.root] }],
      });
      const at = (time: number) =>
        authority.problemWith({ credential, signaturePublicKey: device.publicKey, at: time });
      expect(authority.identify(credential)).toEqual({ person: "cy@clinic.example", device: "desk" });
      expect([start - 1, start, week.until, week.until + 999, week.until + 1_000].map(at)).toEqual([
        "not-at-this-time",
        undefined,
        undefined,
        undefined,
        "not-at-this-time",
      ]);
      expect(authority.expiresAt(credential)).toBe(week.until + 1_000);
    },
  );

  test("count whatever the time where no time is given: a tree may hold what has ended since", () => {
    expect(trust.isValid({ credential: x509(good), signaturePublicKey })).toBe(true);
  });

  test("may bring their root along, or be signed by it", () => {
    expect(problem([...good, mercy.root])).toBeUndefined();
    const direct = issueDevice(
      { person: "ada@mercy.example", device: "phone", suite: 2, signaturePublicKey, ...week },
      mercy.byRoot,
      mercy,
    );
    expect([problem([direct]), problem([direct, mercy.root])]).toEqual([undefined, undefined]);
  });

  test("of an organisation whose root is replaced count under the old one and the new one", () => {
    const next = new Organisation("mercy.example", { seed: "mercy 2" });
    const both = x509Authority({
      organisations: [{ domains: ["mercy.example"], roots: [mercy.root, next.root] }],
    });
    const renewed = x509(next.enrol(name, key));
    const claim = { signaturePublicKey, at: start };
    expect(both.isValid({ credential: x509(good), ...claim })).toBe(true);
    expect(both.isValid({ credential: renewed, ...claim })).toBe(true);
    expect(both.isSuccessor?.(x509(good), renewed)).toBe(true);
    expect(trust.problemWith({ credential: renewed, ...claim })).toBe("untrusted");
  });

  test("follow only certificates of the same device", () => {
    const other = x509(mercy.enrol("ada@mercy.example/tablet", key));
    const somebody = x509(mercy.enrol("eve@mercy.example/phone", key));
    expect(trust.isSuccessor?.(x509(good), x509(mercy.enrol(name, key)))).toBe(true);
    expect(trust.isSuccessor?.(x509(good), other)).toBe(false);
    expect(trust.isSuccessor?.(x509(good), somebody)).toBe(false);
    expect(trust.isSuccessor?.(x509([Uint8Array.of(1)]), x509([Uint8Array.of(1)]))).toBe(false);
  });

  test("hand out names that nobody can change", () => {
    const found = trust.identify(x509(good)) as { person: string };
    expect(() => {
      found.person = "eve@mercy.example";
    }).toThrow(TypeError);
  });

  test("end with what ends first, and are renewed in time for that", async () => {
    const short = new Organisation("short.example", { life: { from: start, until: start + 6 * day } });
    const organisations = [{ domains: ["short.example"], roots: [short.root] }];
    const authority = x509Authority({ organisations });
    const identity = x509Identity({
      person: "ada@short.example",
      device: "phone",
      authority,
      enrol: () => short.enrol("ada@short.example/phone", key, { from: start, until: start + 30 * day }),
    });
    const request = {
      signaturePublicKey,
      suite: 2,
      prove: () => new Uint8Array(),
      signal: new AbortController().signal,
    };
    const { credential, renewAt } = await identity.credential(request);
    expect(authority.expiresAt(credential)).toBe(start + 6 * day + 1_000);
    expect(renewAt).toBeLessThan(start + 5 * day);
  });

  test("name letters of every kind", () => {
    const names = ["zoë.müller@mercy.example/phone-1", "a%2fb@mercy.example/x", "李@mercy.example/電話"];
    for (const each of names) {
      const found = trust.identify(x509(mercy.enrol(each, key)));
      expect(`${found?.person}/${found?.device}`).toBe(each);
    }
  });

  test("are understood by others", () => {
    const [device, issuer, root] = [own, mercy.issuer, mercy.root].map((one) => new X509Certificate(one));
    expect(device?.verify(issuer?.publicKey ?? (undefined as never))).toBe(true);
    expect(issuer?.verify(root?.publicKey ?? (undefined as never))).toBe(true);
    expect([
      device?.checkIssued(issuer as X509Certificate),
      issuer?.checkIssued(root as X509Certificate),
    ]).toEqual([true, true]);
    expect([device?.ca, issuer?.ca, root?.ca]).toEqual([false, true, true]);
    expect(device?.subjectAltName).toBe(
      "URI:mimi://mercy.example/u/ada, URI:mimi://mercy.example/d/ada/phone",
    );
  });
});

describe("certificates that OpenSSL has made", () => {
  const der = (pem: string): Uint8Array => certificatesFromPem(pem)[0] ?? new Uint8Array();
  const authority = x509Authority({
    organisations: [
      { domains: ["mercy.example"], roots: [der(openssl.root)] },
      { domains: ["lukes.example"], roots: [der(openssl.edRoot)] },
    ],
  });
  const p256 =
    "04b54a9984adbf08925327f1efb06d0388c53624385d9c24004f0e0de2a7036550a717e6119ef5a15cd78cca97cee7fb9e560aa0158c51eb8fdb8be8fda278f4ba";
  const ed25519 = "b13a8d61aa7f59c49d64ae05cd6ca1420bd51745475dcb597e02e0a34e9b2f20";
  const at = Date.UTC(2026, 11, 1);

  test("speak for their devices", () => {
    const ada = x509([der(openssl.device), der(openssl.issuer)]);
    expect(authority.problemWith({ credential: ada, signaturePublicKey: fromHex(p256), at })).toBeUndefined();
    expect(authority.identify(ada)).toEqual({ person: "ada@mercy.example", device: "phone" });
    const ben = x509([der(openssl.edDevice)]);
    expect(
      authority.problemWith({ credential: ben, signaturePublicKey: fromHex(ed25519), at }),
    ).toBeUndefined();
    expect(authority.expiresAt(ben)).toBe(Date.UTC(2026, 11, 27, 15, 52, 9));
  });

  test("speak for no other organisation, key or time", () => {
    const ada = x509([der(openssl.device), der(openssl.issuer)]);
    const swapped = x509Authority({
      organisations: [{ domains: ["mercy.example"], roots: [der(openssl.edRoot)] }],
    });
    const claim = { credential: ada, signaturePublicKey: fromHex(p256), at };
    expect(swapped.problemWith(claim)).toBe("untrusted");
    expect(authority.problemWith({ ...claim, signaturePublicKey: fromHex(ed25519) })).toBe("other-key");
    expect(authority.problemWith({ ...claim, at: at + 30 * day })).toBe("not-at-this-time");
  });

  test("come through PEM unchanged", () => {
    const both = `${openssl.device}text between\n${openssl.issuer}`;
    const found = certificatesFromPem(both);
    expect(found.map(certificateToPem).map((text) => text.trim())).toEqual([
      openssl.device.trim(),
      openssl.issuer.trim(),
    ]);
    expect(() => certificatesFromPem("nothing")).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() =>
      certificatesFromPem("-----BEGIN CERTIFICATE-----\n====A\n-----END CERTIFICATE-----"),
    ).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});

describe("trust", () => {
  test.each<[why: string, organisations: Parameters<typeof x509Authority>[0]["organisations"]]>([
    [
      "a domain of two organisations",
      [mercy, mercy].map(({ root }) => ({ domains: ["mercy.example"], roots: [root] })),
    ],
    ["a domain in capital letters", [{ domains: ["Mercy.example"], roots: [mercy.root] }]],
    ["a root that is a device", [{ domains: ["mercy.example"], roots: [own] }]],
    ["a root that is nothing", [{ domains: ["mercy.example"], roots: [new Uint8Array(9)] }]],
  ])("is not put into %s", (_, organisations) => {
    expect(() => x509Authority({ organisations })).toThrow(
      expect.objectContaining({ code: "invalid-argument" }),
    );
  });
});
