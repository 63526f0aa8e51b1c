import { ReadbackError } from "@readback/core/wire";

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** The certificates in a PEM text (RFC 7468), in DER and in their order. Throws `malformed` where there is none, or one is not base64. */
export function certificatesFromPem(text: string): Uint8Array[] {
  const found = [...text.matchAll(block)].map(([, base64 = ""]) => bytesOf(base64));
  if (found.length === 0) throw new ReadbackError("malformed", "There is no certificate in the text.");
  return found;
}

/** A certificate in PEM, for tools that want it so. */
export function certificateToPem(certificate: Uint8Array): string {
  const base64 = btoa(Array.from(certificate, (byte) => String.fromCharCode(byte)).join(""));
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    throw new ReadbackError("malformed", "A certificate is not base64.", { cause });
  }
}
