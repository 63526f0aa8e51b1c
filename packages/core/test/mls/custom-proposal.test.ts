import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  applyPublicHandshake,
  type CustomProposal,
  createExternalProposal,
  createProposal,
  defaultCapabilities,
  groupInfoOf,
  type HandshakeOptions,
  receiveHandshake,
  stageExternalJoin,
  writeExternalSenders,
  writeRequiredCapabilities,
} from "../../src/mls.ts";
import { forgeCommit } from "./forge.ts";
import { afterCommit, follow, publicPartOf, refusal, trio } from "./trio.ts";
import { authenticatorOf, codeOf, commitBy, credentials, person, suiteOf } from "./world.ts";

const number = 0xf1ab;
const ward: CustomProposal = { type: "custom", number, data: utf8("ward 7") };
const secret: CustomProposal = { type: "custom", number, data: utf8("secret") };
/** Takes what begins with a w, from anybody but leaf 2. */
const acceptCustomProposal: HandshakeOptions["acceptCustomProposal"] = ({ data }, sender) =>
  data[0] === 0x77 && sender !== 2;
const options = { credentials, acceptCustomProposal, acceptExternalCommits: true };
const { ada, adas, bens, cais } = trio([], 1, [number]);

test("a proposal that only the application knows reaches all with its sender, by a commit with a path", () => {
  const { message } = createProposal(bens, ward);
  const received = receiveHandshake(adas, message, options);
  expect(received.kind === "proposal" && [received.proposal, received.sender]).toEqual([ward, 1]);
  const b = follow(bens, message, options);
  const staged = commitBy(ada, received.group ?? adas, { ...options, proposals: [ward] });
  expect(staged.changes.updated.map(({ leafIndex }) => leafIndex)).toEqual([0]);
  const taken = receiveHandshake(b, staged.commit, options);
  if (taken.kind !== "commit" || taken.group === undefined) throw new Error("this is a commit");
  expect(taken.changes.proposals.map(({ proposal, sender }) => [sender, proposal])).toEqual([
    [1, ward],
    [0, ward],
  ]);
  expect(authenticatorOf(taken.group)).toBe(authenticatorOf(staged.next));
  const waits = applyPublicHandshake(publicPartOf(bens), message, options).group;
  expect(applyPublicHandshake(waits, staged.commit, options).group).toEqual(publicPartOf(taken.group));
});

test("mls-custom-proposal-refused: the application has the say, and without it none is taken", () => {
  const anything = { credentials, acceptCustomProposal: () => true };
  const { commit } = commitBy(ada, adas, { ...anything, proposals: [secret] });
  expect(refusal(bens, commit, options)).toBe("mls-custom-proposal-refused");
  expect(refusal(bens, commit)).toBe("mls-custom-proposal-refused");
  expect(refusal(bens, commit, anything)).toBe(undefined);
  expect(refusal(bens, createProposal(adas, ward).message)).toBe("mls-custom-proposal-refused");
  expect(refusal(bens, createProposal(adas, secret).message, options)).toBe("mls-custom-proposal-refused");
  expect(refusal(bens, createProposal(cais, ward).message, options)).toBe("mls-custom-proposal-refused");
  expect(codeOf(() => commitBy(ada, adas, { ...options, proposals: [secret] }))).toBe(
    "mls-custom-proposal-refused",
  );
});

test("mls-commit-path-missing: it comes without fresh keys", () => {
  expect(refusal(bens, forgeCommit(adas, [ward]), options)).toBe("mls-commit-path-missing");
});

test("mls-proposal-support: not all members know its type", () => {
  const other: CustomProposal = { ...ward, number: 0xf1ac };
  expect(codeOf(() => createProposal(adas, other))).toBe("mls-proposal-support");
  expect(codeOf(() => commitBy(ada, adas, { ...options, proposals: [other] }))).toBe("mls-proposal-support");
});

test("mls-external-proposal-type, mls-external-commit-proposal: it does not come from outside", () => {
  const outsider = person("outsider", suiteOf(1));
  const { credential, signatureKeyPair } = outsider;
  const senders = writeExternalSenders([{ signatureKey: signatureKeyPair.publicKey, credential }]);
  const open = trio([senders], 1, [number]);
  const { privateKey: signaturePrivateKey } = signatureKeyPair;
  const message = createExternalProposal(open.adas, ward, { senderIndex: 0, signaturePrivateKey });
  expect(refusal(open.bens, message, options)).toBe("mls-external-proposal-type");
  const groupInfo = groupInfoOf(adas, { external: true, withTree: true });
  const proposals = [ward] as unknown as NonNullable<Parameters<typeof stageExternalJoin>[0]["proposals"]>;
  const joining = { ...person("dan", suiteOf(1), [number]), ...options, groupInfo, proposals };
  expect(codeOf(() => stageExternalJoin(joining))).toBe("mls-external-commit-proposal");
});

test("an extension that only the application knows is in the context of a group whose members support it", () => {
  const extension = { type: 0xf123, data: utf8("anything") };
  const { ada: owner, adas: plain } = trio();
  const proposals = [{ type: "group-context-extensions", extensions: [extension] } as const];
  expect(codeOf(() => commitBy(owner, plain, { proposals }))).toBe("mls-proposal-extensions-support");
  const required = writeRequiredCapabilities({
    extensions: [extension.type],
    proposals: [],
    credentials: [],
  });
  expect(codeOf(() => trio([extension]))).toBe("mls-leaf-group-extension");
  expect(codeOf(() => trio([required]))).toBe("mls-leaf-required-capabilities");

  const usual = defaultCapabilities(suiteOf(1));
  const capabilities = { ...usual, extensions: [...usual.extensions, extension.type] };
  const people = trio();
  let groups = [people.adas, people.bens, people.cais];
  for (const [at, who] of [people.ada, people.ben, people.cai].entries()) {
    groups = afterCommit(groups, who, at, { leaf: { capabilities } });
  }
  groups = afterCommit(groups, people.ada, 0, { proposals });
  for (const group of groups) expect(group.context.extensions).toEqual([extension]);
});
