import { utf8 } from "../../packages/core/src/codec/utf8.ts";
import {
  createExternalProposal,
  createProposal,
  createUpdate,
  type Group,
  groupInfoOf,
  type KeyPackageBundle,
  type Proposal,
  proposeToJoin,
  protectMessage,
  stageExternalJoin,
} from "../../packages/core/src/mls.ts";
import { forgePrivate } from "../../packages/core/test/mls/forge.ts";
import { commitBy, keyPackageOf, person } from "../../packages/core/test/mls/world.ts";
import { added, company, keyName, options } from "./groups.ts";

/** One proposal of each kind but the update, as any member may make them; the last one nobody takes. */
export function proposals(): readonly Proposal[] {
  const { groups, fay } = company();
  const [adas] = groups;
  const nonce = new Uint8Array(32).fill(9);
  return [
    added(keyPackageOf(fay)),
    { type: "remove", removed: 3 },
    { type: "pre-shared-key", psk: { type: "external", id: keyName, nonce } },
    { type: "group-context-extensions", extensions: adas.context.extensions },
    { type: "reinit", reInit: { groupId: utf8("next"), version: 1, cipherSuite: 1, extensions: [] } },
    { type: "external-init", kemOutput: nonce },
  ];
}

/** Real handshakes that cai can receive, public and private ones: proposals and commits of all kinds. */
export function handshakes(): readonly Uint8Array[] {
  const { people, groups, eve } = company();
  const [ada, ben] = people;
  const [adas, bens] = groups;
  const taken = proposals().slice(0, 5);
  const groupInfo = groupInfoOf(adas, { withTree: true, external: true });
  const outside = { senderIndex: 0, signaturePrivateKey: eve.signatureKeyPair.privateKey };
  return [
    ...taken.map((proposal) => createProposal(bens, proposal).message),
    ...taken.map((proposal) => forgePrivate(bens, { type: "proposal", proposal })),
    ...taken.map((proposal) => createExternalProposal(adas, proposal, outside)),
    createUpdate(bens, { random: ben.random }).message,
    proposeToJoin(adas, keyPackageOf(eve)),
    commitBy(ada, adas, { forcePath: true }).commit,
    commitBy(ben, bens, { ...options, proposals: taken.slice(0, 4) }).commit,
    stageExternalJoin({ ...eve, ...options, groupInfo }).commit,
  ];
}

/** Encrypted messages of ben's, of several lengths and generations. */
export function privateMessages(): readonly Uint8Array[] {
  const { people, groups } = company();
  const [, { random }] = people;
  let group: Group = groups[1];
  return ["", "Potassium 6.8", "x".repeat(300)].map((text) => {
    const sent = protectMessage(group, utf8(text), { random, authenticatedData: utf8(text) });
    group = sent.group;
    return sent.message;
  });
}

/** What gus joins by: a Welcome to several persons, made with a path, and the key package that it is for. */
export interface Invitation {
  readonly bundle: KeyPackageBundle;
  readonly welcome: Uint8Array;
}

let invited: Invitation | undefined;

/** One invitation for all targets. */
export function invitation(): Invitation {
  invited ??= invite();
  return invited;
}

function invite(): Invitation {
  const [ada] = company().people;
  const [adas] = company().groups;
  const [bundle, other] = [keyPackageOf(person("gus", adas.suite)), keyPackageOf(person("hal", adas.suite))];
  const { welcome } = commitBy(ada, adas, { forcePath: true, proposals: [added(other), added(bundle)] });
  if (welcome === undefined) throw new Error("there is no Welcome");
  return { bundle, welcome };
}

/** The group information of an epoch, with all that may be in it. */
export function groupInfo(): Uint8Array {
  return groupInfoOf(company().groups[0], { withTree: true, external: true });
}
