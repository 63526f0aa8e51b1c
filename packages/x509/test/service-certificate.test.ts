import { sameBytes } from "@readback/core/wire";
import { issueIssuer, issueService } from "@readback/x509";
import { describe, expect, test } from "vitest";
import { extension, good, key, lukes, mercy, name, names, put, trust, x509 } from "./judging.ts";
import { altered, day, start } from "./organisation.ts";

const life = { from: start, until: start + 398 * day };
const { suite, publicKey: signaturePublicKey } = key;
const service = issueService(
  { domain: "mercy.example", suite, signaturePublicKey, ...life },
  mercy.byRoot,
  mercy,
);

const claim = (certificates: readonly Uint8Array[], at = start + day, own = signaturePublicKey) => {
  return { credential: x509(certificates), signaturePublicKey: own, at };
};
const problem = (...all: Parameters<typeof claim>) => trust.problemWith(claim(...all));

describe("the certificate of a revocation service", () => {
  test("speaks for a domain, and for no device", () => {
    const certificates = [service];
    expect(problem(certificates)).toBe(undefined);
    expect(trust.revocationServiceOf?.(claim(certificates))).toBe("mercy.example");
    expect(trust.identify(x509(certificates))).toBe(undefined);
    expect(trust.isValid(claim(certificates))).toBe(false);
    expect(trust.expiresAt(x509(certificates))).toBe(life.until + 1_000);
    // The other way round.
    expect(trust.isValid(claim(good))).toBe(true);
    expect(trust.revocationServiceOf?.(claim(good))).toBe(undefined);
  });

  test("counts at its time and with its key only", () => {
    const certificates = [service];
    const of = (at: number, own?: Uint8Array) => trust.revocationServiceOf?.(claim(certificates, at, own));
    expect(of(life.from)).toBe("mercy.example");
    expect(of(life.from - 1)).toBe(undefined);
    expect(of(life.until + 999)).toBe("mercy.example");
    expect(of(life.until + 1_000)).toBe(undefined);
    expect(of(start + day, mercy.key(2).publicKey)).toBe(undefined);
  });

  test("comes from the organisation of the domain", () => {
    const issued = issueService(
      { domain: "mercy.example", suite, signaturePublicKey, ...life },
      lukes.byRoot,
      lukes,
    );
    expect(problem([issued])).toBe("untrusted");
  });

  test("names it in the one right form", () => {
    const after = (...uris: string[]) =>
      problem([altered(service, mercy.rootKey, (signed) => put(signed, names(...uris)))]);
    const right = "mimi://mercy.example/s/revocation";
    expect(after(right)).toBe(undefined);
    for (const uris of [
      [right, right],
      [`${right}/`],
      ["mimi://Mercy.example/s/revocation"],
      ["mimi://mercy.example/s/archive"],
      ["mimi://mercy.example/u/ada"],
    ])
      expect(after(...uris)).toBe("no-device");
    // That of a device, by a certificate of a service, and the other way round.
    const [person, phone] = ["mimi://mercy.example/u/ada", "mimi://mercy.example/d/ada/phone"];
    expect(after(person, phone)).toBe("usage");
    const [own = new Uint8Array(), ...rest] = good;
    const taken = altered(own, mercy.issuerKey, (signed) => put(signed, names(right)));
    expect([name, problem([taken, ...rest])]).toEqual([name, "usage"]);
  });

  test("comes from the root, or from an authority that is for services only", () => {
    const issuerKey = mercy.key(2);
    const { publicKey } = issuerKey;
    const plain = issueIssuer({ name: "bound", suite: 2, publicKey, ...life }, mercy.byRoot, mercy);
    const usageOf = (certificate: Uint8Array): Uint8Array => {
      let found = new Uint8Array();
      altered(certificate, mercy.issuerKey, ({ extensions }) => {
        const one = extensions?.find(({ extnID }) => extnID === "2.5.29.37");
        found = new Uint8Array(one?.extnValue.buffer ?? new ArrayBuffer());
      });
      return found;
    };
    const bound = (usage: Uint8Array) =>
      altered(plain, mercy.rootKey, (signed) => put(signed, extension("2.5.29.37", usage, false)));
    const by = { certificate: plain, key: issuerKey };
    const issued = issueService({ domain: "mercy.example", suite, signaturePublicKey, ...life }, by, mercy);
    const [device = new Uint8Array()] = good;
    expect(sameBytes(usageOf(device), usageOf(service))).toBe(false);
    expect(problem([issued, plain])).toBe("usage");
    expect(problem([issued, bound(usageOf(service))])).toBe(undefined);
    expect(problem([issued, bound(usageOf(device))])).toBe("usage");
  });

  test("is issued for 398 days at most, and for a domain", () => {
    const issue = (change: object) => () =>
      issueService(
        { domain: "mercy.example", suite, signaturePublicKey, ...life, ...change },
        mercy.byRoot,
        mercy,
      );
    for (const change of [
      { until: life.until + 1_000 },
      { domain: "Mercy.example" },
      { domain: "" },
      { domain: "a/b" },
    ])
      expect(issue(change)).toThrow("A service has a domain");
    const long = altered(service, mercy.rootKey, (signed) => {
      signed.validity.notAfter.utcTime = new Date(life.until + 2_000);
    });
    expect(problem([long])).toBe("too-long");
  });
});
