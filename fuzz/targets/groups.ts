import { hex } from "../../packages/core/src/codec/hex.ts";
import { utf8 } from "../../packages/core/src/codec/utf8.ts";
import { ReadbackError } from "../../packages/core/src/error.ts";
import { writeExternalSenders, writeRequiredCapabilities } from "../../packages/core/src/mls/extension.ts";
import {
  type Group,
  type KeyPackageBundle,
  type PreSharedKeyId,
  receiveHandshake,
} from "../../packages/core/src/mls.ts";
import { StoredGroup } from "../../packages/core/test/mls/stored-group.ts";
import {
  commitBy,
  credentials,
  groupOf,
  joinBy,
  keyPackageOf,
  type Person,
  person,
  suiteOf,
} from "../../packages/core/test/mls/world.ts";

/** Everything that handshakes of these groups may be judged with. */
export const options = {
  credentials,
  acceptExternalCommits: true,
  acceptNewMemberProposals: true,
  preSharedKeys: (id: PreSharedKeyId) =>
    id.type === "external" && hex(id.id) === hex(keyName) ? keyName : undefined,
};

/** The id, and the value, of the one external pre-shared key that everybody has. */
export const keyName = utf8("a key that all have");

/** Four members of one group: three have committed a path each, the fourth came without one and is unmerged. */
export interface Company {
  readonly people: readonly [ada: Person, ben: Person, cai: Person, dan: Person];
  readonly groups: readonly [adas: Group, bens: Group, cais: Group, dans: Group];
  /** Who comes from outside: has a key package, and is an external sender. */
  readonly eve: Person;
  /** Whom the members propose to add. */
  readonly fay: Person;
}

let made: Company | undefined;

/** One company for all targets: groups are immutable. */
export function company(): Company {
  made ??= makeCompany();
  return made;
}

function makeCompany(): Company {
  const suite = suiteOf(1);
  const named = (name: string) => person(name, suite);
  const people = [named("ada"), named("ben"), named("cai"), named("dan")] as const;
  const [ada, ben, cai, dan] = people;
  const eve = named("eve");
  const [bens, cais, dans] = [keyPackageOf(ben), keyPackageOf(cai), keyPackageOf(dan)];
  const extensions = [
    writeRequiredCapabilities({ extensions: [], proposals: [], credentials: [1] }),
    writeExternalSenders([{ signatureKey: eve.signatureKeyPair.publicKey, credential: eve.credential }]),
  ];
  const founded = commitBy(ada, groupOf(ada), {
    forcePath: true,
    proposals: [{ type: "group-context-extensions", extensions }, added(bens), added(cais)],
  });
  let [a, b, c] = [founded.next, joinBy(ben, bens, founded), joinBy(cai, cais, founded)];
  const byBen = commitBy(ben, b);
  [a, b, c] = [after(a, byBen.commit), byBen.next, after(c, byBen.commit)];
  const byCai = commitBy(cai, c);
  [a, b, c] = [after(a, byCai.commit), after(b, byCai.commit), byCai.next];
  const byAda = commitBy(ada, a, { proposals: [added(dans)] });
  [a, b, c] = [byAda.next, after(b, byAda.commit), after(c, byAda.commit)];
  return { people, groups: [a, b, c, joinBy(dan, dans, byAda)], eve, fay: named("fay") };
}

/** The proposal that adds whoever owns a key package. */
export function added({ keyPackage }: KeyPackageBundle) {
  return { type: "add", keyPackage } as const;
}

/** A group after a handshake message that must be valid. */
export function after(group: Group, message: Uint8Array): Group {
  const received = receiveHandshake(group, message, options);
  if (received.group === undefined) throw new Error("a member was removed");
  return received.group;
}

/** All that is stored of a group: equal only where nothing has changed. */
export function fingerprint(group: Group): string {
  const store = new StoredGroup();
  store.write(undefined, group);
  return [...store.records].map(([name, bytes]) => `${name}=${hex(bytes)}`).join();
}

/** Runs something that must leave a group as it was, whether or not it throws. */
export function unchanged<T>(group: Group, run: () => T): T {
  const before = fingerprint(group);
  const outcome = outcomeOf(run);
  if (fingerprint(group) !== before) throw new Error("a group has changed under a message");
  if (outcome.refusal !== undefined) throw outcome.refusal;
  return outcome.value as T;
}

/** What a call returns, or the refusal that it throws; anything else that it throws passes through. */
export function outcomeOf<T>(run: () => T): { readonly value?: T; readonly refusal?: ReadbackError } {
  try {
    return { value: run() };
  } catch (error) {
    if (error instanceof ReadbackError) return { refusal: error };
    throw error;
  }
}
