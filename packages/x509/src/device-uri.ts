import type { DeviceName } from "@readback/core";
import { domainOf, isDevice, isPerson, senderUri } from "@readback/core/log";

/** The two URIs of a device, as its certificate names them: the person's, `mimi://mercy.example/u/ada`, and its own, `mimi://mercy.example/d/ada/phone`. */
export function urisOf({ person, device }: DeviceName): { readonly person: string; readonly device: string } {
  const at = person.lastIndexOf("@");
  const name = encodeURIComponent(person.slice(0, at));
  return { person: `mimi://${domainOf(person)}/u/${name}`, device: senderUri(person, device) };
}

/** The device that a URI names, `undefined` where it names none in its one right form. */
export function deviceOfUri(uri: string): DeviceName | undefined {
  const [, domain, name, device] = /^mimi:\/\/([a-z0-9.-]+)\/d\/([^/]+)\/([^/]+)$/.exec(uri) ?? [];
  if (domain === undefined || name === undefined || device === undefined) return undefined;
  try {
    const found = { person: `${decodeURIComponent(name)}@${domain}`, device: decodeURIComponent(device) };
    const isName = isPerson(found.person) && isDevice(found.device);
    return isName && urisOf(found).device === uri ? found : undefined;
  } catch {
    // A percent sign that begins nothing: no such URI names anybody.
    return undefined;
  }
}

/** The URI of a domain's revocation service: `mimi://mercy.example/s/revocation`. */
export function serviceUri(domain: string): string {
  return `mimi://${domain}/s/revocation`;
}

/** The domain whose revocation service a URI names, `undefined` where it names none. */
export function serviceOfUri(uri: string): string | undefined {
  const [, domain] = /^mimi:\/\/([a-z0-9.-]+)\/s\/revocation$/.exec(uri) ?? [];
  return domain;
}
