import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import type { TBSCertificate } from "@peculiar/asn1-x509";
import { Extension, GeneralName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import { x509Authority } from "@readback/x509";
import { altered, day, Organisation, start } from "./organisation.ts";

export const mercy = new Organisation("mercy.example");
export const lukes = new Organisation("lukes.example", { suite: 1 });

/** Both are trusted, each for its own domain. */
export const trust = x509Authority({
  organisations: [mercy, lukes].map(({ domain, root }) => ({ domains: [domain], roots: [root] })),
});

export const key = mercy.key(2);
export const { publicKey: signaturePublicKey } = key;
export const name = "ada@mercy.example/phone";

/** What mercy has issued for it, and its first one. */
export const good = mercy.enrol(name, key);
export const [own = new Uint8Array()] = good;

export function x509(certificates: readonly Uint8Array[]) {
  return { type: "x509", certificates } as const;
}

/** Why certificates do not speak for the key. */
export function problem(certificates: readonly Uint8Array[], at = start + day) {
  return trust.problemWith({ credential: x509(certificates), signaturePublicKey, at });
}

/** What comes of the device's certificate with a change. */
export function problemAfter(change: (signed: TBSCertificate) => void) {
  return problem([altered(own, mercy.issuerKey, change), mercy.issuer]);
}

/** @param value - DER, or what is written so */
export function extension(id: string, value: Uint8Array | object, critical = true): Extension {
  const der =
    value instanceof Uint8Array ? new Uint8Array(value) : new Uint8Array(AsnConvert.serialize(value));
  return new Extension({ extnID: id, critical, extnValue: new OctetString(der.buffer) });
}

/** Puts an extension in the place of the one of its kind, if there is one. */
export function put(signed: TBSCertificate, one: Extension): void {
  const { extensions } = signed;
  const at = extensions?.findIndex(({ extnID }) => extnID === one.extnID) ?? -1;
  if (at >= 0) extensions?.splice(at, 1, one);
  else extensions?.push(one);
}

/** Takes an extension out. */
export function drop({ extensions }: TBSCertificate, id: string): void {
  extensions?.splice(
    extensions.findIndex(({ extnID }) => extnID === id),
    1,
  );
}

/** The names of a device, as URIs. */
export function names(...uris: string[]): Extension {
  const list = uris.map((uri) => new GeneralName({ uniformResourceIdentifier: uri }));
  return extension("2.5.29.17", new SubjectAlternativeName(list), false);
}
