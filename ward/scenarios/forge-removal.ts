import { handshakeRules } from "@readback/core/log";
import { createExternalProposal, leafAt, leafIndexes, publicGroupFrom } from "@readback/core/mls";
import { fromHex } from "@readback/core/wire";
import { asService } from "../../packages/core/src/client/service-session.ts";
import type { Device } from "../world/device.ts";
import type { RevocationOffice } from "../world/revocation-office.ts";

/** Proposes the removal of any device as a service, without asking whose it is. Returns what the relay says. */
export function forgeRemoval(office: RevocationOffice, id: string, device: Device): Promise<string> {
  const { service } = office;
  const { credentials } = handshakeRules(service.authority, 0);
  const conversation = fromHex(id);
  return asService({ service, ...office.reach() }, async (session, crypto) => {
    const shown = await session.request({ type: "group-info", conversation });
    const suite = crypto.suite(2);
    if (shown.type !== "group-info" || suite === undefined) return shown.type;
    const { groupInfo, ratchetTree } = shown;
    const group = publicGroupFrom({ suite, groupInfo, ratchetTree, credentials });
    const nameAt = (leaf: number): string | undefined => {
      const node = leafAt(group, leaf);
      const named = node && service.authority.identify(node.credential);
      return named && `${named.person}/${named.device}`;
    };
    const removed = leafIndexes(group).find((leaf) => nameAt(leaf) === device.fullName) ?? -1;
    const key = { senderIndex: 0, signaturePrivateKey: service.signatureKeyPair.privateKey };
    const payload = createExternalProposal(group, { type: "remove", removed }, key);
    const attachments = { welcome: undefined, groupInfo: undefined };
    const { epoch } = group;
    const proposal = { kind: "proposal", conversation, epoch, payload, ...attachments } as const;
    const answer = await session.request({ type: "append", ...proposal });
    return answer.type === "refused" ? answer.code : answer.type;
  });
}
