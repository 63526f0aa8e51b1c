import { AsnConvert } from "@peculiar/asn1-schema";
import {
  BasicConstraints,
  ExtendedKeyUsage,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  Name,
  NameConstraints,
  type TBSCertificate,
} from "@peculiar/asn1-x509";
import { fromHex } from "@readback/core/wire";
import { issueDevice, issueIssuer, x509Authority } from "@readback/x509";
import { describe, expect, test } from "vitest";
import {
  extension,
  good,
  key,
  lukes,
  mercy,
  name,
  own,
  problem,
  put,
  signaturePublicKey,
  trust,
  x509,
} from "./judging.ts";
import { altered, day, Organisation, start, week } from "./organisation.ts";

const constraints = (host: string): NameConstraints => {
  const base = new GeneralName({ uniformResourceIdentifier: host });
  return new NameConstraints({ permittedSubtrees: new GeneralSubtrees([new GeneralSubtree({ base })]) });
};

describe("a chain is refused", () => {
  test.each<[why: string, certificates: () => Uint8Array[], problem: string]>([
    ["with nothing in it", () => [], "malformed"],
    ["of more than three", () => [own, mercy.issuer, mercy.root, mercy.root], "malformed"],
    ["of three that need a root besides", () => [own, mercy.issuer, mercy.issuer], "malformed"],
    ["without who has issued it", () => [own], "untrusted"],
    ["in another order", () => [mercy.issuer, own], "no-device"],
    ["of another organisation", () => lukes.enrol(name, key), "untrusted"],
    [
      "of an organisation that issues for a domain that is not its own",
      () => mercy.enrol("ben@lukes.example/phone", key),
      "untrusted",
    ],
    ["whose issuer is of another root", () => [own, lukes.issuer], "untrusted"],
    [
      "that an authority's namesake has signed",
      () => [
        own,
        altered(mercy.issuer, mercy.rootKey, (signed) => {
          signed.subjectPublicKeyInfo = AsnConvert.parse(
            AsnConvert.serialize(signed.subjectPublicKeyInfo),
            signed.subjectPublicKeyInfo.constructor as never,
          );
          signed.subjectPublicKeyInfo.subjectPublicKey = new Uint8Array(key.publicKey).buffer;
        }),
      ],
      "signature",
    ],
    [
      "that a device has signed",
      () => {
        const request = { device: "phone", suite: 2, signaturePublicKey, ...week };
        const device = issueDevice({ ...request, person: "ada@mercy.example" }, mercy.byRoot, mercy);
        const by = { certificate: device, key };
        const forged = issueDevice({ ...request, person: "eve@mercy.example" }, by, mercy);
        return [forged, device];
      },
      "usage",
    ],
    [
      "with an authority below one that issues for devices",
      () => {
        const inner = mercy.key(2);
        const issuer = issueIssuer(
          { name: "inner", suite: 2, publicKey: inner.publicKey, ...week },
          mercy.byIssuer,
          mercy,
        );
        const [person, device] = ["ada@mercy.example", "phone"];
        const end = issueDevice(
          { person, device, suite: 2, signaturePublicKey, ...week },
          { certificate: issuer, key: inner },
          mercy,
        );
        return [end, issuer, mercy.issuer];
      },
      "malformed",
    ],
  ])("%s", (_, certificates, expected) => {
    expect(problem(certificates())).toBe(expected);
  });

  test("where an authority stands below one that may have none", () => {
    const root = altered(mercy.root, mercy.rootKey, (signed) =>
      put(signed, extension("2.5.29.19", new BasicConstraints({ cA: true, pathLenConstraint: 0 }))),
    );
    const authority = x509Authority({ organisations: [{ domains: ["mercy.example"], roots: [root] }] });
    const claim = { credential: x509(good), signaturePublicKey, at: start };
    expect(authority.problemWith(claim)).toBe("usage");
  });

  test("where its root or its issuer has ended, and where the device was added to no organisation", () => {
    const short = new Organisation("short.example", { life: { from: start, until: start + day } });
    const authority = x509Authority({ organisations: [{ domains: ["short.example"], roots: [short.root] }] });
    const credential = x509(short.enrol("ada@short.example/phone", key));
    expect(authority.problemWith({ credential, signaturePublicKey, at: start + day })).toBeUndefined();
    expect(authority.problemWith({ credential, signaturePublicKey, at: start + 2 * day })).toBe(
      "not-at-this-time",
    );
    expect(trust.problemWith({ credential, signaturePublicKey })).toBe("untrusted");
  });

  test("whose root of the same name and key has ended, unless another one has not", () => {
    // A root is replaced by one with the same key: whichever comes first in the list.
    const short = altered(mercy.root, mercy.rootKey, (signed) => {
      signed.validity.notAfter.utcTime = new Date(start + day);
    });
    const narrow = altered(mercy.root, mercy.rootKey, (signed) =>
      put(signed, extension("2.5.29.30", constraints("other.example"))),
    );
    const problemAt = (roots: Uint8Array[], at: number) => {
      const authority = x509Authority({ organisations: [{ domains: ["mercy.example"], roots }] });
      return authority.problemWith({ credential: x509(good), signaturePublicKey, at });
    };
    const later = start + 2 * day;
    expect([problemAt([short], start), problemAt([short], later)]).toEqual([undefined, "not-at-this-time"]);
    expect([problemAt([short, mercy.root], later), problemAt([mercy.root, short], later)]).toEqual([
      undefined,
      undefined,
    ]);
    expect(problemAt([narrow], start)).toBe("constraints");
    expect([problemAt([narrow, mercy.root], start), problemAt([mercy.root, narrow], start)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("before its issuer begins, and once it has ended", () => {
    const inner = mercy.key(2);
    const life = { from: start + day, until: start + 2 * day };
    const request = { name: "for a day", suite: 2, publicKey: inner.publicKey, ...life };
    const issuer = issueIssuer(request, mercy.byRoot, mercy);
    const wish = { person: "ada@mercy.example", device: "phone", suite: 2, signaturePublicKey, ...week };
    const chain = [issueDevice(wish, { certificate: issuer, key: inner }, mercy), issuer];
    expect([0, 1, 1.5, 3].map((days) => problem(chain, start + days * day))).toEqual([
      "not-at-this-time",
      undefined,
      undefined,
      "not-at-this-time",
    ]);
  });

  test("that is of another type than certificates", () => {
    const credential = { type: "basic", identity: new Uint8Array(3) } as const;
    expect(trust.isValid({ credential, signaturePublicKey })).toBe(false);
    expect(trust.identify(credential)).toBeUndefined();
    expect(trust.expiresAt(credential)).toBeUndefined();
  });
});

describe("an authority is refused", () => {
  test.each<[why: string, change: (signed: TBSCertificate) => void, problem: string]>([
    [
      "is for another host",
      (signed) => put(signed, extension("2.5.29.30", constraints("lukes.example"))),
      "constraints",
    ],
    [
      "is for hosts below the domain only",
      (signed) => put(signed, extension("2.5.29.30", constraints(".mercy.example"))),
      "constraints",
    ],
    [
      "leaves the domain out",
      (signed) => {
        const base = new GeneralName({ uniformResourceIdentifier: "mercy.example" });
        const excludedSubtrees = new GeneralSubtrees([new GeneralSubtree({ base })]);
        put(signed, extension("2.5.29.30", new NameConstraints({ excludedSubtrees })));
      },
      "constraints",
    ],
    [
      "is bound to a part of a directory",
      (signed) => {
        const base = new GeneralName({ directoryName: new Name() });
        const permittedSubtrees = new GeneralSubtrees([new GeneralSubtree({ base })]);
        put(signed, extension("2.5.29.30", new NameConstraints({ permittedSubtrees })));
      },
      "malformed",
    ],
    [
      "is for web servers only",
      (signed) => put(signed, extension("2.5.29.37", new ExtendedKeyUsage(["1.3.6.1.5.5.7.3.1"]))),
      "usage",
    ],
    [
      "leaves out what is no host",
      (signed) => {
        const base = new GeneralName({ uniformResourceIdentifier: "mimi://mercy.example" });
        const excludedSubtrees = new GeneralSubtrees([new GeneralSubtree({ base })]);
        put(signed, extension("2.5.29.30", new NameConstraints({ excludedSubtrees })));
      },
      "malformed",
    ],
    [
      "has constraints that say nothing",
      (signed) => put(signed, extension("2.5.29.30", fromHex("3000"))),
      "malformed",
    ],
    [
      "is for a list of no hosts",
      (signed) => put(signed, extension("2.5.29.30", fromHex("3002a000"))),
      "malformed",
    ],
    [
      "may not sign certificates",
      (signed) => put(signed, extension("2.5.29.15", fromHex("03020780"))),
      "usage",
    ],
    [
      "is none",
      (signed) => put(signed, extension("2.5.29.19", new BasicConstraints({ cA: false }))),
      "usage",
    ],
  ])("whose authority %s", (_, change, expected) => {
    expect(problem([own, altered(mercy.issuer, mercy.rootKey, change)])).toBe(expected);
  });

  test("whose authority may issue below the domain, for who is below it", () => {
    const wards = new Organisation("ward.mercy.example", { seed: "ward" });
    const root = altered(wards.root, wards.rootKey, (signed) =>
      put(signed, extension("2.5.29.30", constraints(".mercy.example"))),
    );
    const authority = x509Authority({ organisations: [{ domains: ["ward.mercy.example"], roots: [root] }] });
    const credential = x509(wards.enrol("ada@ward.mercy.example/phone", key));
    expect(authority.problemWith({ credential, signaturePublicKey, at: start })).toBeUndefined();
  });
});
