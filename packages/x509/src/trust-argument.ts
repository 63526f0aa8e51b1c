import { ReadbackError } from "@readback/core/wire";
import type { TrustedOrganisation } from "./authority.ts";
import { certificatesFromPem } from "./pem.ts";

/**
 * Whom a program is told to trust on its command line: `mercy.example,ward.mercy.example=mercy.pem` are the domains of an
 * organisation and a PEM file with its roots. Throws `invalid-argument` where the text is not of that form or the file holds
 * no certificate, and what `readFile` throws.
 */
export function trustedOrganisation(text: string, readFile: (path: string) => string): TrustedOrganisation {
  const at = text.indexOf("=");
  const [domains, file] = [text.slice(0, Math.max(0, at)).split(","), text.slice(at + 1)];
  if (at < 0 || file === "" || domains.some((domain) => !/^[a-z0-9.-]+$/.test(domain)))
    throw new ReadbackError(
      "invalid-argument",
      "Trust is written DOMAIN,DOMAIN=FILE, domains in lower case.",
    );
  const pem = readFile(file);
  try {
    return { domains, roots: certificatesFromPem(pem) };
  } catch (cause) {
    throw new ReadbackError("invalid-argument", "A file to trust holds no certificate.", { cause });
  }
}
