import {
  BasicConstraints,
  ExtendedKeyUsage,
  GeneralName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  type TBSCertificate,
  Time,
} from "@peculiar/asn1-x509";
import { fromHex } from "@readback/core/wire";
import { issueDevice } from "@readback/x509";
import { describe, expect, test } from "vitest";
import {
  drop,
  extension,
  good,
  key,
  mercy,
  name,
  names,
  own,
  problem,
  problemAfter,
  put,
  signaturePublicKey,
  trust,
  x509,
} from "./judging.ts";
import { day, start, week } from "./organisation.ts";

describe("a device's certificate is refused", () => {
  test.each<[why: string, change: (signed: TBSCertificate) => void, problem: string]>([
    [
      "of version 1",
      (signed) => {
        signed.version = 0;
      },
      "malformed",
    ],
    [
      "with a signature that says NULL where there is nothing to say",
      (signed) => {
        signed.signature.parameters = null;
      },
      "malformed",
    ],
    [
      "with a serial number that is negative",
      (signed) => {
        signed.serialNumber = Uint8Array.of(0x80, 1).buffer;
      },
      "malformed",
    ],
    [
      "with a serial number that is padded",
      (signed) => {
        signed.serialNumber = Uint8Array.of(0, 1).buffer;
      },
      "malformed",
    ],
    [
      "with a serial number of 21 bytes",
      (signed) => {
        signed.serialNumber = new Uint8Array(21).fill(1).buffer;
      },
      "malformed",
    ],
    [
      "with a time in the longer form that fits into the shorter one",
      (signed) => {
        const time = new Time(new Date(0));
        Reflect.deleteProperty(time, "utcTime");
        time.generalTime = new Date(week.until);
        signed.validity.notAfter = time;
      },
      "malformed",
    ],
    [
      "with a critical extension that nobody knows",
      (signed) => put(signed, extension("1.2.3.4", Uint8Array.of(5, 0))),
      "malformed",
    ],
    ["with an extension twice", (signed) => void signed.extensions?.push(names("mimi://a/u/b")), "malformed"],
    [
      "with an RSA key",
      (signed) => {
        signed.subjectPublicKeyInfo.algorithm.algorithm = "1.2.840.113549.1.1.1";
      },
      "malformed",
    ],
    [
      "with a key of a curve that is not used",
      (signed) => {
        signed.subjectPublicKeyInfo.algorithm.parameters = new Uint8Array(fromHex("06052b8104000a")).buffer;
      },
      "malformed",
    ],
    [
      "whose signature is said to be of another kind inside",
      (signed) => {
        signed.signature.algorithm = "1.2.840.10045.4.3.3";
      },
      "malformed",
    ],
    [
      "of an authority",
      (signed) => put(signed, extension("2.5.29.19", new BasicConstraints({ cA: true }))),
      "usage",
    ],
    [
      "without a key usage",
      (signed) => {
        drop(signed, "2.5.29.15");
      },
      "usage",
    ],
    [
      "that may sign certificates",
      (signed) => put(signed, extension("2.5.29.15", fromHex("03020284"))),
      "usage",
    ],
    [
      "that is for web servers",
      (signed) => put(signed, extension("2.5.29.37", new ExtendedKeyUsage(["1.3.6.1.5.5.7.3.1"]))),
      "usage",
    ],
    [
      "that is for something else as well",
      (signed) => {
        const both = fromHex("301f0613698cc3d1ecd5d8a293afb2d6c2d597e4c1aa2806082b06010505070301");
        put(signed, extension("2.5.29.37", both));
      },
      "usage",
    ],
    [
      "that is good for longer than 30 days",
      (signed) => {
        signed.validity.notAfter.utcTime = new Date(start + 30 * day + 1_000);
      },
      "too-long",
    ],
    [
      "without names",
      (signed) => {
        drop(signed, "2.5.29.17");
      },
      "no-device",
    ],
    [
      "with the device alone",
      (signed) => put(signed, names("mimi://mercy.example/d/ada/phone")),
      "no-device",
    ],
    [
      "with the device of another person",
      (signed) => put(signed, names("mimi://mercy.example/u/eve", "mimi://mercy.example/d/ada/phone")),
      "no-device",
    ],
    [
      "with two devices",
      (signed) => put(signed, names("mimi://mercy.example/d/ada/phone", "mimi://mercy.example/d/ada/desk")),
      "no-device",
    ],
    [
      "with a third name",
      (signed) =>
        put(
          signed,
          names(
            "mimi://mercy.example/u/ada",
            "mimi://mercy.example/d/ada/phone",
            "mimi://mercy.example/u/eve",
          ),
        ),
      "no-device",
    ],
    [
      "with an address besides",
      (signed) => {
        const list = new SubjectAlternativeName([
          new GeneralName({ uniformResourceIdentifier: "mimi://mercy.example/u/ada" }),
          new GeneralName({ uniformResourceIdentifier: "mimi://mercy.example/d/ada/phone" }),
          new GeneralName({ rfc822Name: "ada@mercy.example" }),
        ]);
        put(signed, extension("2.5.29.17", list, false));
      },
      "no-device",
    ],
    [
      "with a name that hides a slash",
      (signed) => put(signed, names("mimi://mercy.example/u/ada", "mimi://mercy.example/d/ada/a%2Fb")),
      "no-device",
    ],
    [
      "with a name in another form",
      (signed) => put(signed, names("mimi://mercy.example/u/%61da", "mimi://mercy.example/d/%61da/phone")),
      "no-device",
    ],
    [
      "with a device in another form",
      (signed) => put(signed, names("mimi://mercy.example/u/ada", "mimi://mercy.example/d/%61da/phone")),
      "no-device",
    ],
    [
      "with a name that ends in a percent sign",
      (signed) => put(signed, names("mimi://mercy.example/u/ada%", "mimi://mercy.example/d/ada%/phone")),
      "no-device",
    ],
    [
      "with a domain in capital letters",
      (signed) => put(signed, names("mimi://MERCY.example/u/ada", "mimi://MERCY.example/d/ada/phone")),
      "no-device",
    ],
    [
      "that names another issuer",
      (signed) => {
        signed.issuer = new Name([new RelativeDistinguishedName()]);
      },
      "signature",
    ],
  ])("%s", (_, change, expected) => {
    expect(problemAfter(change)).toBe(expected);
  });

  test("that is good for 30 days to the second is not", () => {
    const month = { from: start, until: start + 30 * day };
    expect(problem(mercy.enrol(name, key, month))).toBeUndefined();
  });

  test("of a key that is another one", () => {
    const other = mercy.key(2).publicKey;
    expect(trust.problemWith({ credential: x509(good), signaturePublicKey: other })).toBe("other-key");
  });
});

describe("bytes of a certificate", () => {
  test("may not change: every flip of a bit is refused", () => {
    for (let at = 0; at < own.length; at++) {
      const changed = new Uint8Array(own);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      expect([at, trust.isValid({ credential: x509([changed, mercy.issuer]), signaturePublicKey })]).toEqual([
        at,
        false,
      ]);
    }
  });

  test("may not end early, or go on", () => {
    for (const length of [0, 1, 2, 3, 4, 20, own.length - 1])
      expect(problem([own.subarray(0, length), mercy.issuer])).toBe("malformed");
    expect(problem([Uint8Array.of(...own, 0), mercy.issuer])).toBe("malformed");
  });

  test("may not be BER: a length that is longer than it needs to be", () => {
    // 30 82 LL LL becomes 30 83 00 LL LL: the same content, and the signature over the inner part still holds.
    const longer = Uint8Array.of(0x30, 0x83, 0, ...own.subarray(2));
    expect(problem([longer, mercy.issuer])).toBe("malformed");
    // 30 80 … 00 00: of indefinite length.
    const indefinite = Uint8Array.of(0x30, 0x80, ...own.subarray(4), 0, 0);
    expect(problem([indefinite, mercy.issuer])).toBe("malformed");
  });

  test("are at most 8 KiB, whatever they hold", () => {
    const withMore = (size: number) => {
      return problemAfter((signed) => put(signed, extension("1.2.3.4", new Uint8Array(size), false)));
    };
    expect([withMore(7_000), withMore(8_000)]).toEqual([undefined, "malformed"]);
  });

  test("are at most 8 KiB, and nest no deeper than can be read", () => {
    expect(problem([new Uint8Array(8_193), mercy.issuer])).toBe("malformed");
    const deep = new Uint8Array(8_192).fill(0x30).map((byte, at) => (at % 2 === 0 ? byte : 0x80));
    expect(problem([deep, mercy.issuer])).toBe("malformed");
  });
});

describe("nothing is issued", () => {
  const request = { person: "ada@mercy.example", device: "phone", suite: 2, signaturePublicKey, ...week };
  test.each<[what: string, change: Partial<typeof request>, code: string]>([
    ["for longer than 30 days", { until: start + 30 * day + 1 }, "invalid-argument"],
    ["that ends before it begins", { until: start - 1 }, "invalid-argument"],
    ["for nobody", { person: "ada" }, "invalid-argument"],
    ["for a device of two words", { device: "a b" }, "invalid-argument"],
    ["for what is no key", { signaturePublicKey: new Uint8Array(65) }, "invalid-argument"],
    ["for keys that certificates do not have", { suite: 4 }, "unsupported-suite"],
  ])("%s", (_, change, code) => {
    expect(() => issueDevice({ ...request, ...change }, mercy.byIssuer, mercy)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
