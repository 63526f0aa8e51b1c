import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { decodeMessage, encodeMessage } from "../../src/mls/message.ts";
import {
  createProposal,
  type Group,
  protectMessage,
  receiveHandshake,
  unprotectMessage,
  writeExternalSenders,
} from "../../src/mls.ts";
import { forgeCommit, forgePrivate, forgePublic } from "./forge.ts";
import { afterCommit, fingerprint, refusal, refusalByMember, trio } from "./trio.ts";
import { codeOf, commitBy, credentials, person, suiteOf } from "./world.ts";

const { ada, ben, adas, bens } = trio();
const proposal = { type: "remove", removed: 2 } as const;
const content = { type: "proposal", proposal } as const;
const data = { type: "application", data: utf8("hello") } as const;
const honest = createProposal(adas, proposal).message;

/** The code with which a member refuses application data; the group must be as it was. */
function refusalOfData(group: Group, message: Uint8Array): string | undefined {
  const before = fingerprint(group);
  const code = codeOf(() => unprotectMessage(group, message));
  expect(fingerprint(group)).toBe(before);
  return code;
}

describe("public messages", () => {
  test("mls-version: another protocol version", () => {
    expect(refusal(bens, honest.with(1, 2))).toBe("mls-version");
  });

  test("mls-wire-format: a message of another kind", () => {
    expect(refusal(bens, honest.with(3, 77))).toBe("mls-wire-format");
    const { commit, groupInfo } = commitBy(ada, adas);
    expect(commit.length).toBeGreaterThan(0);
    expect(refusal(bens, groupInfo)).toBe("mls-wire-format");
    expect(refusalOfData(bens, honest)).toBe("mls-wire-format");
  });

  test("mls-group-id: a message of another group", () => {
    expect(refusal(bens, forgePublic(adas, content, { frame: { groupId: utf8("other") } }))).toBe(
      "mls-group-id",
    );
  });

  test("mls-epoch-past, mls-epoch-future: a message of another epoch", () => {
    const at = (epoch: bigint) => forgePublic(adas, content, { frame: { epoch } });
    expect(refusal(bens, at(adas.epoch - 1n))).toBe("mls-epoch-past");
    expect(refusal(bens, at(adas.epoch + 1n))).toBe("mls-epoch-future");
    expect(refusal(bens, at(0xffffffffffffffffn))).toBe("mls-epoch-future");
  });

  test("mls-application-public: application data that is not encrypted", () => {
    expect(refusal(bens, forgePublic(adas, data))).toBe("mls-application-public");
    expect(refusalOfData(bens, forgePublic(adas, data))).toBe("mls-application-public");
  });

  test("mls-sender-blank: a sender who is not in the tree", () => {
    for (const leafIndex of [3, 4, 0xffffffff]) {
      const message = forgePublic(adas, content, { frame: { sender: { type: "member", leafIndex } } });
      expect(refusal(bens, message)).toBe("mls-sender-blank");
    }
  });

  test("mls-membership-tag: a tag that is wrong, short, long or empty", () => {
    const tag = lastVector(honest);
    const flipped = tag.with(0, (tag[0] as number) ^ 1);
    expect(refusalByMember(bens, forgePublic(adas, content, { membershipTag: flipped }))).toBe(
      "mls-membership-tag",
    );
    for (const membershipTag of [tag.subarray(1), new Uint8Array([...tag, 0]), new Uint8Array(0)]) {
      expect(refusal(bens, forgePublic(adas, content, { membershipTag }))).toBe("mls-membership-tag");
    }
  });

  test("mls-content-signature: a signature by another key, of another epoch, or none", () => {
    const { privateKey } = ben.signatureKeyPair;
    expect(refusal(bens, forgePublic(adas, content, { signaturePrivateKey: privateKey }))).toBe(
      "mls-content-signature",
    );
    expect(refusal(bens, forgePublic(adas, content, { signature: new Uint8Array(0) }))).toBe(
      "mls-content-signature",
    );
    const message = forgePublic(adas, content, { frame: { sender: { type: "member", leafIndex: 2 } } });
    expect(refusal(bens, message)).toBe("mls-content-signature");
  });

  test("mls-sender-type: a sender who must not send such content", () => {
    const joiner = { frame: { sender: { type: "new-member-commit" } } } as const;
    expect(refusal(bens, forgePublic(adas, content, joiner))).toBe("mls-sender-type");
    const proposer = { frame: { sender: { type: "new-member-proposal" } } } as const;
    expect(refusal(bens, forgeCommit(adas, [], undefined, proposer))).toBe("mls-sender-type");
    const external = { frame: { sender: { type: "external", senderIndex: 0 } } } as const;
    expect(refusal(bens, forgeCommit(adas, [], undefined, external))).toBe("mls-sender-type");
  });

  test("mls-confirmation-tag: a tag that is wrong, short, long or empty", () => {
    const { commit } = commitBy(ada, adas);
    const { type, publicMessage } = decodeMessage(commit) as Extract<
      ReturnType<typeof decodeMessage>,
      { type: "public-message" }
    >;
    const tag = publicMessage.auth.confirmationTag as Uint8Array;
    const withTag = (confirmationTag: Uint8Array): Uint8Array => {
      expect(type).toBe("public-message");
      const { signature } = publicMessage.auth;
      return forgePublic(adas, publicMessage.content.content, { signature, confirmationTag });
    };
    expect(refusalByMember(bens, withTag(tag))).toBe(undefined);
    expect(refusalByMember(bens, withTag(tag.with(31, (tag[31] as number) ^ 0x80)))).toBe(
      "mls-confirmation-tag",
    );
    for (const wrong of [tag.subarray(0, 31), new Uint8Array([...tag, 0]), new Uint8Array(0)]) {
      expect(refusal(bens, withTag(wrong))).toBe("mls-confirmation-tag");
    }
  });
});

describe("senders outside of the group", () => {
  const suite = suiteOf(1);
  const outsider = person("outsider", suite);
  const { publicKey: signatureKey, privateKey: signaturePrivateKey } = outsider.signatureKeyPair;
  const { credential } = outsider;
  const open = trio([writeExternalSenders([{ signatureKey, credential }])]);
  const from = (senderIndex: number) => ({
    frame: { sender: { type: "external", senderIndex } as const },
    signaturePrivateKey,
  });

  test("an external sender may propose what it may", () => {
    const received = receiveHandshake(open.bens, forgePublic(open.adas, content, from(0)), { credentials });
    expect(received.kind).toBe("proposal");
    const groups = [open.adas, open.bens].map(
      (group) =>
        receiveHandshake(group, forgePublic(open.adas, content, from(0)), { credentials }).group as Group,
    );
    expect(afterCommit(groups, open.ada, 0, {}).length).toBe(2);
  });

  test("mls-external-sender: an external sender that the group does not name", () => {
    expect(refusal(open.bens, forgePublic(open.adas, content, from(1)))).toBe("mls-external-sender");
    expect(refusal(bens, forgePublic(adas, content, from(0)))).toBe("mls-external-sender");
  });

  test("mls-external-proposal-type: a proposal that outsiders must not send", () => {
    const init = {
      type: "proposal",
      proposal: { type: "external-init", kemOutput: new Uint8Array(32) },
    } as const;
    expect(refusal(open.bens, forgePublic(open.adas, init, from(0)))).toBe("mls-external-proposal-type");
    const self = { frame: { sender: { type: "new-member-proposal" } as const }, signaturePrivateKey };
    expect(refusal(bens, forgePublic(adas, content, self))).toBe("mls-external-proposal-type");
  });

  test("mls-content-signature: an external sender's signature by another key", () => {
    const { frame } = from(0);
    expect(refusal(open.bens, forgePublic(open.adas, content, { frame }))).toBe("mls-content-signature");
  });
});

describe("private messages", () => {
  const sent = protectMessage(adas, utf8("hello"), { random: ada.random }).message;
  const { privateMessage } = decodeMessage(sent) as Extract<
    ReturnType<typeof decodeMessage>,
    { type: "private-message" }
  >;
  const changed = (change: Partial<typeof privateMessage>) =>
    encodeMessage({ type: "private-message", privateMessage: { ...privateMessage, ...change } });
  const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes.at(at) as number) ^ 1);

  test("mls-group-id, mls-epoch-past, mls-epoch-future: a message from elsewhere", () => {
    expect(refusalOfData(bens, changed({ groupId: utf8("other") }))).toBe("mls-group-id");
    expect(refusalOfData(bens, changed({ epoch: adas.epoch - 1n }))).toBe("mls-epoch-past");
    expect(refusalOfData(bens, changed({ epoch: adas.epoch + 1n }))).toBe("mls-epoch-future");
  });

  test("mls-sender-data: sender data that does not belong to the ciphertext", () => {
    const { encryptedSenderData, ciphertext } = privateMessage;
    expect(refusalOfData(bens, changed({ encryptedSenderData: flip(encryptedSenderData, 0) }))).toBe(
      "mls-sender-data",
    );
    expect(refusalOfData(bens, changed({ encryptedSenderData: new Uint8Array(0) }))).toBe("mls-sender-data");
    expect(refusalOfData(bens, changed({ ciphertext: flip(ciphertext, 0) }))).toBe("mls-sender-data");
    expect(refusalOfData(bens, changed({ ciphertext: new Uint8Array(0) }))).toBe("mls-sender-data");
  });

  test("mls-decryption: a ciphertext or associated data that was changed", () => {
    const { ciphertext } = privateMessage;
    expect(refusalOfData(bens, changed({ ciphertext: flip(ciphertext, ciphertext.length - 1) }))).toBe(
      "mls-decryption",
    );
    expect(refusalOfData(bens, changed({ ciphertext: ciphertext.subarray(0, -1) }))).toBe("mls-decryption");
    expect(refusalOfData(bens, changed({ authenticatedData: utf8("x") }))).toBe("mls-decryption");
  });

  test("mls-sender-blank: sender data that names nobody", () => {
    expect(refusalOfData(bens, forgePrivate(adas, data, {}, 3))).toBe("mls-sender-blank");
    expect(refusalOfData(bens, forgePrivate(adas, data, {}, 0xffffffff))).toBe("mls-sender-blank");
  });

  test("mls-own-message: a message of the member's own", () => {
    expect(refusalOfData(adas, sent)).toBe("mls-own-message");
  });

  test("mls-content-signature: an encrypted message that its sender did not sign", () => {
    expect(refusalOfData(bens, forgePrivate(adas, data, { signature: new Uint8Array(64) }))).toBe(
      "mls-content-signature",
    );
  });

  test("mls-generation-used: a message that comes twice", () => {
    const opened = unprotectMessage(bens, sent);
    expect(refusalOfData(opened.group, sent)).toBe("mls-generation-used");
  });

  test("mls-commit-own: the member's own commit", () => {
    expect(refusalByMember(adas, commitBy(ada, adas).commit)).toBe("mls-commit-own");
  });

  test("handshakes may be encrypted as well", () => {
    const message = forgePrivate(adas, content);
    const received = receiveHandshake(bens, message, { credentials });
    expect(received.kind === "proposal" && received.proposal).toEqual(proposal);
    if (received.group === undefined) throw new Error("nobody was removed");
    expect(refusalByMember(received.group, message)).toBe("mls-generation-used");
    expect(refusalOfData(bens, message)).toBe("mls-wire-format");
  });
});

function lastVector(message: Uint8Array): Uint8Array {
  // The membership tag is the last field: a header of one byte, then 32 bytes.
  return message.slice(-32);
}
