import { sameBytes } from "../../packages/core/src/codec/bytes.ts";
import { decode } from "../../packages/core/src/codec/reader.ts";
import { encode } from "../../packages/core/src/codec/writer.ts";
import { encryptWithLabel } from "../../packages/core/src/crypto/labels.ts";
import { extensionData, extensionTypes } from "../../packages/core/src/mls/extension.ts";
import { readGroupInfo, signGroupInfo, writeGroupInfo } from "../../packages/core/src/mls/group-info.ts";
import { welcomeSecretOf } from "../../packages/core/src/mls/key-schedule.ts";
import { pskSecretOf } from "../../packages/core/src/mls/psk-secret.ts";
import { decodeRatchetTree } from "../../packages/core/src/mls/ratchet-tree.ts";
import { treeHashOf } from "../../packages/core/src/mls/tree-hash.ts";
import { writeGroupSecrets } from "../../packages/core/src/mls/welcome.ts";
import {
  sealGroupInfo,
  unsealGroupInfo,
  unsealGroupSecrets,
} from "../../packages/core/src/mls/welcome-secrets.ts";
import { decodeMessage, encodeMessage, type Group, joinGroup } from "../../packages/core/src/mls.ts";
import type { Target } from "../target.ts";
import { isOfMls } from "./codes.ts";
import { company, options } from "./groups.ts";
import { invitation } from "./sent.ts";

const common = { home: "core", memory: 2 ** 26, mayRefuse: isOfMls } as const;
const nothing = new Uint8Array(0);

/** A member who invites, and puts into the Welcome what it likes, well signed and sealed. */
export const inviterTargets: readonly Target[] = [choosingSecrets(), describingGroup()];

/** Only the one set of secrets leads into the group. */
function choosingSecrets(): Target {
  const { groupSecrets, encryptedGroupInfo } = genuine();
  const plain = encode(writeGroupSecrets, groupSecrets);
  return {
    ...common,
    name: "inviter-group-secrets",
    seeds: () => [plain],
    take: (input) => {
      join(input, encryptedGroupInfo);
      if (!sameBytes(input, plain)) throw new Error("other secrets lead into the group");
      return undefined;
    },
  };
}

/** The tree hash is made to fit, so that the tree itself is looked at. */
function describingGroup(): Target {
  const { groupSecrets, groupInfo, welcomeSecret } = genuine();
  const [{ suite, secrets }] = company().groups;
  const { signaturePrivateKey } = secrets.open();
  return {
    ...common,
    name: "inviter-group-info",
    seeds: () => [encode(writeGroupInfo, groupInfo)],
    take: (input) => {
      const { signature: _, ...info } = decode(readGroupInfo, input);
      const tree = decodeRatchetTree(extensionData(info.extensions, extensionTypes.ratchetTree) ?? nothing);
      const groupContext = { ...info.groupContext, treeHash: treeHashOf(suite, tree) };
      const forged = signGroupInfo(suite, signaturePrivateKey, { ...info, groupContext });
      join(encode(writeGroupSecrets, groupSecrets), sealGroupInfo(suite, welcomeSecret, forged));
      return undefined;
    },
  };
}

/** gus joins by a Welcome with these encoded secrets and this sealed group information. */
function join(groupSecrets: Uint8Array, encryptedGroupInfo: Uint8Array): Group {
  const { bundle } = invitation();
  const [{ suite }] = company().groups;
  const seed = new Uint8Array(suite.kem.seedSize).fill(3);
  const { initKey } = bundle.keyPackage;
  const sealed = encryptWithLabel(suite, "Welcome", encryptedGroupInfo)(initKey, groupSecrets, seed);
  if (sealed === undefined) throw new Error("nothing was sealed");
  const secrets = [{ newMember: bundle.reference, encryptedGroupSecrets: sealed }];
  const welcome = { cipherSuite: suite.id, secrets, encryptedGroupInfo };
  const message = encodeMessage({ type: "welcome", welcome });
  return joinGroup({ ...options, suite, welcome: message, bundle }).group;
}

/** What is in the genuine Welcome. */
function genuine() {
  const { bundle, welcome } = invitation();
  const [{ suite }] = company().groups;
  const decoded = decodeMessage(welcome);
  if (decoded.type !== "welcome") throw new Error("there is no Welcome");
  const { encryptedGroupInfo } = decoded.welcome;
  const { initPrivateKey: privateKey } = bundle.secrets.open();
  const keyPair = { publicKey: bundle.keyPackage.initKey, privateKey };
  const groupSecrets = unsealGroupSecrets(suite, decoded.welcome, bundle.reference, keyPair);
  const welcomeSecret = welcomeSecretOf(suite, groupSecrets.joinerSecret, pskSecretOf(suite, []));
  const groupInfo = unsealGroupInfo(suite, welcomeSecret, encryptedGroupInfo);
  return { groupSecrets, groupInfo, welcomeSecret, encryptedGroupInfo };
}
