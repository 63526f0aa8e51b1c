import type { CipherSuite } from "../crypto/suite.ts";
import { signContent } from "./content-signature.ts";
import type { FramedContent, Sender } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import type { KeyPackageBundle } from "./key-package-bundle.ts";
import { encodeMessage } from "./message.ts";
import type { Proposal } from "./proposal.ts";
import { authenticatedDataFor } from "./safe-aad.ts";

/** Which epoch of which group a proposal from outside is for. A `PublicGroup` is one of these. */
export interface ProposalTarget {
  readonly suite: CipherSuite;
  readonly context: GroupContext;
}

/** How somebody whom the group's `external_senders` extension names sends a proposal. */
export interface ExternalProposalOptions {
  /** The place in the extension. */
  readonly senderIndex: number;
  /** Belongs to the signature key that the extension gives. */
  readonly signaturePrivateKey: Uint8Array;
  /** Sent in the clear, but authenticated. */
  readonly authenticatedData?: Uint8Array | undefined;
}

/**
 * Signs a proposal of somebody outside of the group, as MLSMessage (RFC 9420 §12.1.8). Members take `add`, `remove`,
 * `pre-shared-key`, `reinit` and `group-context-extensions` from there and refuse everything else when they receive it.
 */
export function createExternalProposal(
  target: ProposalTarget,
  proposal: Proposal,
  options: ExternalProposalOptions,
): Uint8Array {
  const sender = { type: "external", senderIndex: options.senderIndex } as const;
  return signed(target, sender, proposal, options.signaturePrivateKey, options.authenticatedData);
}

/**
 * Signs somebody's proposal to be added to a group, as MLSMessage (RFC 9420 §12.1.8). Members take it where their
 * application says so. Who is added gets a Welcome for the bundle.
 */
export function proposeToJoin(
  target: ProposalTarget,
  bundle: KeyPackageBundle,
  authenticatedData?: Uint8Array,
): Uint8Array {
  const { signaturePrivateKey } = bundle.secrets.open();
  const proposal = { type: "add", keyPackage: bundle.keyPackage } as const;
  return signed(target, { type: "new-member-proposal" }, proposal, signaturePrivateKey, authenticatedData);
}

function signed(
  { suite, context }: ProposalTarget,
  sender: Sender,
  proposal: Proposal,
  privateKey: Uint8Array,
  given: Uint8Array | undefined,
): Uint8Array {
  const { groupId, epoch } = context;
  const authenticatedData = authenticatedDataFor(context, given);
  const content: FramedContent = {
    ...{ groupId, epoch, sender, authenticatedData },
    content: { type: "proposal", proposal },
  };
  const signature = signContent(suite, privateKey, "public-message", content, context);
  const auth = { signature, confirmationTag: undefined };
  return encodeMessage({
    type: "public-message",
    publicMessage: { content, auth, membershipTag: undefined },
  });
}
