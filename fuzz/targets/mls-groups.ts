import { hex } from "../../packages/core/src/codec/hex.ts";
import {
  applyPublicHandshake,
  decodeMessage,
  groupInfoOf,
  joinGroup,
  publicGroupFrom,
  receiveHandshake,
  stageExternalJoin,
  unprotectMessage,
} from "../../packages/core/src/mls.ts";
import type { Target } from "../target.ts";
import { isOfMls } from "./codes.ts";
import { company, fingerprint, options, outcomeOf, unchanged } from "./groups.ts";
import { groupInfo, handshakes, invitation, privateMessages } from "./sent.ts";

const common = { home: "core", memory: 2 ** 26, mayRefuse: isOfMls } as const;

/** Members, joiners and followers who get what was sent, changed on its way: nobody takes what nobody sent. */
export const groupTargets: readonly Target[] = [
  receiving(),
  opening(),
  joining(),
  following(),
  joiningExternally(),
];

function receiving(): Target {
  const [, , cais] = company().groups;
  const sent = once(handshakes);
  return {
    ...common,
    name: "group-handshake",
    seeds: sent,
    take: (input) => {
      const { secrets: _, ownLeaf: __, ...follower } = cais;
      const { refusal } = outcomeOf(() => applyPublicHandshake(follower, input, options));
      unchanged(cais, () => receiveHandshake(cais, input, options));
      mustBeOne(input, sent());
      // A follower cannot open private messages.
      if (refusal !== undefined && refusal.code !== "mls-wire-format")
        throw new Error(`a member takes what a follower refuses: ${refusal.code}`);
      return undefined;
    },
  };
}

function opening(): Target {
  const [, , cais] = company().groups;
  const sent = once(privateMessages);
  return {
    ...common,
    name: "group-message",
    seeds: sent,
    take: (input) => {
      unchanged(cais, () => unprotectMessage(cais, input));
      mustBeOne(input, sent());
      return undefined;
    },
  };
}

/** What of a Welcome is for other joiners may be changed by whoever carries it: it changes nothing for this one. */
function joining(): Target {
  const { bundle, welcome } = invitation();
  const { suite } = company().groups[0];
  const join = (input: Uint8Array) =>
    fingerprint(joinGroup({ ...options, suite, welcome: input, bundle }).group);
  const wanted = join(welcome);
  return {
    ...common,
    name: "group-welcome",
    seeds: () => [welcome],
    take: (input) => {
      if (join(input) !== wanted) throw new Error("a changed Welcome leads to another group");
      return undefined;
    },
  };
}

function following(): Target {
  const { suite } = company().groups[0];
  const sent = once(() => [groupInfo(), groupInfoOf(company().groups[1], { withTree: true })]);
  return {
    ...common,
    name: "group-info",
    seeds: sent,
    take: (input) => {
      publicGroupFrom({ ...options, suite, groupInfo: input });
      mustBeOne(input, sent());
      return undefined;
    },
  };
}

function joiningExternally(): Target {
  const { eve } = company();
  const sent = once(() => [groupInfo()]);
  return {
    ...common,
    name: "group-external-join",
    seeds: sent,
    take: (input) => {
      const random = (length: number) => new Uint8Array(length).fill(7);
      stageExternalJoin({ ...eve, ...options, random, groupInfo: input });
      mustBeOne(input, sent());
      return undefined;
    },
  };
}

function mustBeOne(input: Uint8Array, sent: readonly Uint8Array[]): void {
  if (sent.some((message) => hex(message) === hex(input))) return;
  throw new Error(`a changed ${decodeMessage(input).type} is taken`);
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
