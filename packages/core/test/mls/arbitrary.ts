import fc from "fast-check";
import type { Capabilities } from "../../src/mls/capabilities.ts";
import type { Commit, UpdatePath } from "../../src/mls/commit.ts";
import type { Credential } from "../../src/mls/credential.ts";
import type { Extension } from "../../src/mls/extension.ts";
import type {
  AuthenticatedContent,
  Content,
  FramedContent,
  FramedContentAuthData,
  Sender,
} from "../../src/mls/framing.ts";
import type { GroupContext } from "../../src/mls/group-context.ts";
import type { GroupInfo } from "../../src/mls/group-info.ts";
import type { KeyPackage } from "../../src/mls/key-package.ts";
import type { LeafNode, LeafNodeSource } from "../../src/mls/leaf-node.ts";
import type { Message, PrivateMessage, PublicMessage } from "../../src/mls/message.ts";
import type { PreSharedKeyId } from "../../src/mls/pre-shared-key.ts";
import type { Proposal } from "../../src/mls/proposal.ts";
import type { TreeNode } from "../../src/mls/tree-nodes.ts";
import type { GroupSecrets, Welcome } from "../../src/mls/welcome.ts";

type Arbitrary<T> = fc.Arbitrary<T>;

const bytes = fc.uint8Array({ maxLength: 80 });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const u64 = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
const list = <T>(item: Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const type = <T extends string>(name: T) => fc.constant(name);

export const extensions: Arbitrary<Extension[]> = fc.uniqueArray(fc.record({ type: u16, data: bytes }), {
  maxLength: 3,
  selector: (extension) => extension.type,
});

export const credential: Arbitrary<Credential> = fc.oneof(
  fc.record({ type: type("basic"), identity: bytes }),
  fc.record({ type: type("x509"), certificates: list(bytes) }),
  fc.record({ type: type("unknown"), code: fc.integer({ min: 3, max: 0xffff }), data: bytes }),
);

export const capabilities: Arbitrary<Capabilities> = fc.record({
  versions: list(u16),
  cipherSuites: list(u16),
  extensions: list(u16),
  proposals: list(u16),
  credentials: list(u16),
});

const source: Arbitrary<LeafNodeSource> = fc.oneof(
  fc.record({ type: type("key-package"), lifetime: fc.record({ notBefore: u64, notAfter: u64 }) }),
  fc.record({ type: type("update") }),
  fc.record({ type: type("commit"), parentHash: bytes }),
);

export const leafNode: Arbitrary<LeafNode> = fc.record({
  encryptionKey: bytes,
  signatureKey: bytes,
  credential,
  capabilities,
  source,
  extensions,
  signature: bytes,
});

export const keyPackage: Arbitrary<KeyPackage> = fc.record({
  version: fc.constant(1),
  cipherSuite: u16,
  initKey: bytes,
  leafNode,
  extensions,
  signature: bytes,
});

export const preSharedKeyId: Arbitrary<PreSharedKeyId> = fc.oneof(
  fc.record({ type: type("external"), id: bytes, nonce: bytes }),
  fc.record({ type: type("application"), componentId: u16, id: bytes, nonce: bytes }),
  fc.record({
    type: type("resumption"),
    usage: fc.constantFrom("application", "reinit", "branch"),
    groupId: bytes,
    epoch: u64,
    nonce: bytes,
  }),
);

export const proposal: Arbitrary<Proposal> = fc.oneof(
  fc.record({ type: type("add"), keyPackage }),
  fc.record({ type: type("update"), leafNode }),
  fc.record({ type: type("remove"), removed: u32 }),
  fc.record({ type: type("pre-shared-key"), psk: preSharedKeyId }),
  fc.record({
    type: type("reinit"),
    reInit: fc.record({ groupId: bytes, version: u16, cipherSuite: u16, extensions }),
  }),
  fc.record({ type: type("external-init"), kemOutput: bytes }),
  fc.record({ type: type("group-context-extensions"), extensions }),
  fc.record({
    type: type("app-data-update"),
    componentId: u16,
    update: fc.option(bytes, { nil: undefined }),
  }),
  fc.record({ type: type("app-ephemeral"), componentId: u16, data: bytes }),
  fc.record({ type: type("self-remove") }),
  fc.record({ type: type("custom"), number: fc.integer({ min: 0xf000, max: 0xffff }), data: bytes }),
);

const hpkeCiphertext = fc.record({ kemOutput: bytes, ciphertext: bytes });

export const updatePath: Arbitrary<UpdatePath> = fc.record({
  leafNode,
  nodes: list(fc.record({ encryptionKey: bytes, encryptedPathSecrets: list(hpkeCiphertext) })),
});

export const commit: Arbitrary<Commit> = fc.record({
  proposals: list(
    fc.oneof(
      fc.record({ type: type("proposal"), proposal }),
      fc.record({ type: type("reference"), reference: bytes }),
    ),
  ),
  path: fc.option(updatePath, { nil: undefined }),
});

const sender: Arbitrary<Sender> = fc.oneof(
  fc.record({ type: type("member"), leafIndex: u32 }),
  fc.record({ type: type("external"), senderIndex: u32 }),
  fc.record({ type: type("new-member-proposal") }),
  fc.record({ type: type("new-member-commit") }),
);

const content: Arbitrary<Content> = fc.oneof(
  fc.record({ type: type("application"), data: bytes }),
  fc.record({ type: type("proposal"), proposal }),
  fc.record({ type: type("commit"), commit }),
);

export const framedContent: Arbitrary<FramedContent> = fc.record({
  groupId: bytes,
  epoch: u64,
  sender,
  authenticatedData: bytes,
  content,
});

const authFor = ({ type: kind }: Content): Arbitrary<FramedContentAuthData> =>
  fc.record({ signature: bytes, confirmationTag: kind === "commit" ? bytes : fc.constant(undefined) });

export const privateContent = content.chain((made) =>
  fc.record({ content: fc.constant(made), auth: authFor(made) }),
);

export const authenticatedContent: Arbitrary<AuthenticatedContent> = framedContent.chain((made) =>
  fc.record({
    wireFormat: fc.constantFrom("public-message", "private-message"),
    content: fc.constant(made),
    auth: authFor(made.content),
  }),
);

const publicMessage: Arbitrary<PublicMessage> = framedContent.chain((made) =>
  fc.record({
    content: fc.constant(made),
    auth: authFor(made.content),
    membershipTag: made.sender.type === "member" ? bytes : fc.constant(undefined),
  }),
);

const privateMessage: Arbitrary<PrivateMessage> = fc.record({
  groupId: bytes,
  epoch: u64,
  contentType: fc.constantFrom("application", "proposal", "commit"),
  authenticatedData: bytes,
  encryptedSenderData: bytes,
  ciphertext: bytes,
});

export const groupContext: Arbitrary<GroupContext> = fc.record({
  version: u16,
  cipherSuite: u16,
  groupId: bytes,
  epoch: u64,
  treeHash: bytes,
  confirmedTranscriptHash: bytes,
  extensions,
});

const groupInfo: Arbitrary<GroupInfo> = fc.record({
  groupContext,
  extensions,
  confirmationTag: bytes,
  signer: u32,
  signature: bytes,
});

export const groupSecrets: Arbitrary<GroupSecrets> = fc.record({
  joinerSecret: bytes,
  pathSecret: fc.option(bytes, { nil: undefined }),
  psks: list(preSharedKeyId),
});

const welcome: Arbitrary<Welcome> = fc.record({
  cipherSuite: u16,
  secrets: list(fc.record({ newMember: bytes, encryptedGroupSecrets: hpkeCiphertext })),
  encryptedGroupInfo: bytes,
});

/** Any message of MLS 1.0, of any kind: structurally right, and meaningless. */
export const message: Arbitrary<Message> = fc.oneof(
  fc.record({ type: type("public-message"), publicMessage }),
  fc.record({ type: type("private-message"), privateMessage }),
  fc.record({ type: type("welcome"), welcome }),
  fc.record({ type: type("group-info"), groupInfo }),
  fc.record({ type: type("key-package"), keyPackage }),
);

export const treeNodes: Arbitrary<(TreeNode | undefined)[]> = list(
  fc.option(
    fc.oneof(
      fc.record({ type: type("leaf"), leafNode }),
      fc.record({
        type: type("parent"),
        parentNode: fc.record({ encryptionKey: bytes, parentHash: bytes, unmergedLeaves: list(u32) }),
      }),
    ),
    { nil: undefined },
  ),
);

export const requiredCapabilities = fc.record({
  extensions: list(u16),
  proposals: list(u16),
  credentials: list(u16),
});
export const dictionary = fc.array(fc.tuple(u16, bytes), { maxLength: 5 }).map((entries) => new Map(entries));
export const externalSenders = list(fc.record({ signatureKey: bytes, credential }));
export const someBytes = bytes;
