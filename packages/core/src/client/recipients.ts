import { isPerson } from "../conversation/identity.ts";
import { ReadbackError } from "../error.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import type { ClaimRequest } from "../wire/request.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/** Throws `invalid-argument` where a list of persons is empty, repeats one, or holds something that is no person's name. */
export function checkPersons(persons: readonly string[]): void {
  if (persons.length === 0) throw new ReadbackError("invalid-argument", "There is nobody in the list.");
  if (new Set(persons).size !== persons.length)
    throw new ReadbackError("invalid-argument", "A person is listed twice.");
  if (!persons.every(isPerson)) {
    throw new ReadbackError("invalid-argument", "A person is written like ada@mercy.example.");
  }
}

/**
 * Claims a key package for every device of these persons. What a relay hands out is not trusted: a key package whose
 * credential names somebody else is refused. Rejects with `unknown-recipient` where the relay does not know a person, or
 * none of a person's devices can be reached, and with `relay-refused`.
 */
export async function claimKeyPackages(
  session: Session,
  { authority, services }: Pick<Engine, "authority" | "services">,
  request: Omit<ClaimRequest, "type">,
): Promise<Uint8Array[]> {
  const answer = await session.request({ type: "claim", ...request });
  if (answer.type !== "claimed")
    throw new ReadbackError("relay-refused", "The relay did not hand out key packages.");
  services.note(answer.services, request.persons);
  const found: Uint8Array[] = [];
  for (const person of request.persons) {
    const claimed = answer.persons.find((candidate) => candidate.person === person);
    if (claimed?.known !== true)
      throw new ReadbackError("unknown-recipient", "The relay does not know a recipient.");
    for (const { keyPackage } of claimed.devices) {
      if (keyPackage === undefined) continue;
      const { leafNode } = decodeKeyPackage(keyPackage);
      if (authority.identify(leafNode.credential)?.person !== person) {
        throw new ReadbackError("relay-refused", "The relay handed out a key package of somebody else.");
      }
      found.push(keyPackage);
    }
    const hasDevices = claimed.devices.length > 0;
    if (hasDevices && !claimed.devices.some(({ keyPackage }) => keyPackage !== undefined)) {
      throw new ReadbackError("unknown-recipient", "A recipient has no device that can be added now.");
    }
  }
  return found;
}
