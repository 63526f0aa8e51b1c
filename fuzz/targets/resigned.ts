import { hex } from "../../packages/core/src/codec/hex.ts";
import { signKeyPackage } from "../../packages/core/src/mls/key-package.ts";
import { type LeafNode, signLeafNode } from "../../packages/core/src/mls/leaf-node.ts";
import type { Proposal } from "../../packages/core/src/mls.ts";
import { company } from "./groups.ts";

/** A leaf with a signature that is valid where ada puts it, if the key is one of ours. */
export function resignedLeaf(leaf: LeafNode): LeafNode {
  const [{ suite, context }] = company().groups;
  const { signature: _, ...content } = leaf;
  const key = keyOf(leaf);
  const place = { groupId: context.groupId, leafIndex: 0 };
  return key === undefined ? leaf : signLeafNode(suite, key, content, place);
}

/** A proposal whose leaf and key package have valid signatures, if the key is one of ours. */
export function resignedProposal(proposal: Proposal): Proposal {
  if (proposal.type === "update") return { ...proposal, leafNode: resignedLeaf(proposal.leafNode) };
  if (proposal.type !== "add") return proposal;
  const { signature: _, ...content } = proposal.keyPackage;
  const key = keyOf(content.leafNode);
  if (key === undefined) return proposal;
  const [{ suite }] = company().groups;
  const signed = { ...content, leafNode: resignedLeaf(content.leafNode) };
  return { ...proposal, keyPackage: signKeyPackage(suite, key, signed) };
}

function keyOf(leaf: LeafNode): Uint8Array | undefined {
  const { people, eve, fay } = company();
  return [...people, eve, fay].find(
    ({ signatureKeyPair }) => hex(signatureKeyPair.publicKey) === hex(leaf.signatureKey),
  )?.signatureKeyPair.privateKey;
}
