import { expect } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  applyPublicHandshake,
  type CommitOptions,
  createGroup,
  type Extension,
  type Group,
  type HandshakeOptions,
  type PublicGroup,
  receiveHandshake,
} from "../../src/mls.ts";
import { StoredGroup } from "./stored-group.ts";
import {
  codeOf,
  commitBy,
  credentials,
  joinBy,
  keyPackageOf,
  lifetime,
  type Person,
  person,
  suiteOf,
} from "./world.ts";

/** Three members of one group at leaves 0, 1 and 2, and somebody who follows it from outside. */
export interface Trio {
  readonly ada: Person;
  readonly ben: Person;
  readonly cai: Person;
  readonly adas: Group;
  readonly bens: Group;
  readonly cais: Group;
}

/**
 * A trio whose tree is warm: each of its members has committed a path.
 *
 * @param proposals - as of `person`
 */
export function trio(
  extensions: readonly Extension[] = [],
  suiteId = 1,
  proposals: readonly number[] = [],
): Trio {
  const suite = suiteOf(suiteId);
  const of = (name: string): Person => person(name, suite, proposals);
  const [ada, ben, cai] = [of("ada"), of("ben"), of("cai")];
  const bundles = [keyPackageOf(ben), keyPackageOf(cai)] as const;
  const group = createGroup({ ...ada, groupId: utf8("group"), lifetime, extensions });
  const adds = bundles.map(({ keyPackage }) => ({ type: "add", keyPackage }) as const);
  const staged = commitBy(ada, group, { proposals: adds, forcePath: true });
  let groups = [staged.next, joinBy(ben, bundles[0], staged), joinBy(cai, bundles[1], staged)];
  for (const [at, owner] of [ben, cai, ada].entries()) {
    groups = afterCommit(groups, owner, (at + 1) % 3, {});
  }
  const [adas, bens, cais] = groups as [Group, Group, Group];
  return { ada, ben, cai, adas, bens, cais };
}

/** All groups after a commit by the owner of one of them. */
export function afterCommit(
  groups: readonly Group[],
  owner: Person,
  at: number,
  options: Partial<CommitOptions>,
): Group[] {
  const staged = commitBy(owner, groups[at] as Group, options);
  return groups.map((group, i) => (i === at ? staged.next : follow(group, staged.commit)));
}

/** The group after a handshake message that must be valid. */
export function follow(group: Group, message: Uint8Array, options: Partial<HandshakeOptions> = {}): Group {
  const received = receiveHandshake(group, message, { credentials, ...options });
  if (received.group === undefined) throw new Error("the member was removed");
  return received.group;
}

/** What somebody outside knows of a group. */
export function publicPartOf({ secrets: _, ownLeaf: __, ...group }: Group): PublicGroup {
  return group;
}

/** The code with which a member refuses a handshake message; the group must be as it was. */
export function refusalByMember(group: Group, message: Uint8Array, options: Partial<HandshakeOptions> = {}) {
  const before = fingerprint(group);
  const code = codeOf(() => receiveHandshake(group, message, { credentials, ...options }));
  expect(fingerprint(group)).toBe(before);
  return code;
}

/** The code with which both a member and a follower refuse a handshake message. */
export function refusal(group: Group, message: Uint8Array, options: Partial<HandshakeOptions> = {}) {
  const code = refusalByMember(group, message, options);
  const follower = publicPartOf(group);
  expect(codeOf(() => applyPublicHandshake(follower, message, { credentials, ...options }))).toBe(code);
  return code;
}

/** All that is stored of a group: equal only where nothing has changed. */
export function fingerprint(group: Group): string {
  const store = new StoredGroup();
  store.write(undefined, group);
  return [...store.records].map(([name, bytes]) => `${name}=${hex(bytes)}`).join();
}
