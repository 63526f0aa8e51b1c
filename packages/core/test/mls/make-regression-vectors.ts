/**
 * Makes the vectors in `packages/core/test/vectors`. They are frozen: what is in there must be readable for ever, so
 * a change of format adds a file and leaves the old ones. Run with
 * `node --conditions=@readback/source packages/core/test/mls/make-regression-vectors.ts`.
 */
import { writeFileSync } from "node:fs";
import { fromHex, hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  createProposal,
  createUpdate,
  encodeMessage,
  type Group,
  type Proposal,
  protectMessage,
  receiveHandshake,
  unprotectMessage,
} from "../../src/mls.ts";
import { StoredGroup } from "./stored-group.ts";
import {
  authenticatorOf,
  commitBy,
  credentials,
  groupOf,
  joinBy,
  keyPackageOf,
  type Person,
  person,
  suiteOf,
} from "./world.ts";

interface Epoch {
  proposals: string[];
  commit: string;
  epoch_authenticator: string;
  messages: { message: string; data: string; sender: number }[];
}

/** A history of some epochs as one member, `ben`, has seen it, in the passive-client format with messages added. */
function historyOf(suiteId: number) {
  const suite = suiteOf(suiteId);
  const [ada, ben] = [person("ada", suite), person("ben", suite)];
  const bundle = keyPackageOf(ben);
  const first = commitBy(ada, groupOf(ada), { proposals: [{ type: "add", keyPackage: bundle.keyPackage }] });
  const history = new Recorder(ada, first.next, joinBy(ben, bundle, first));
  history.commit([]);
  history.say("Potassium 6.8, bed 12.");
  const others = ["cai", "dan", "eva"].map((name) => keyPackageOf(person(name, suite)));
  history.commit(others.map(({ keyPackage }): Proposal => ({ type: "add", keyPackage })));
  history.say("Calcium given, dialysis called.");
  history.say("");
  history.propose((group) => createProposal(group, { type: "remove", removed: 3 }).message);
  history.propose(
    (group) =>
      createProposal(group, { type: "add", keyPackage: keyPackageOf(person("fay", suite)).keyPackage })
        .message,
  );
  history.commit([]);
  history.say("Potassium 5.1 after two hours.");
  history.commit([{ type: "remove", removed: 2 }]);
  history.say("x".repeat(1_000));
  const { initPrivateKey, encryptionPrivateKey, signaturePrivateKey } = bundle.secrets.open();
  return {
    cipher_suite: suiteId,
    external_psks: [],
    key_package: hex(encodeMessage({ type: "key-package", keyPackage: bundle.keyPackage })),
    signature_priv: hex(signaturePrivateKey),
    encryption_priv: hex(encryptionPrivateKey),
    init_priv: hex(initPrivateKey),
    welcome: hex(first.welcome ?? new Uint8Array(0)),
    ratchet_tree: null,
    initial_epoch_authenticator: authenticatorOf(first.next),
    epochs: history.epochs,
  };
}

/** Ada acts, ben follows. */
class Recorder {
  readonly epochs: Epoch[] = [];
  readonly #ada: Person;
  #adas: Group;
  #bens: Group;
  #proposals: string[] = [];

  constructor(ada: Person, adas: Group, bens: Group) {
    this.#ada = ada;
    this.#adas = adas;
    this.#bens = bens;
  }

  propose(make: (group: Group) => Uint8Array): void {
    const message = make(this.#adas);
    this.#adas = follow(this.#adas, message);
    this.#bens = follow(this.#bens, message);
    this.#proposals.push(hex(message));
  }

  commit(proposals: readonly Proposal[]): void {
    const { commit, next } = commitBy(this.#ada, this.#adas, { proposals });
    this.#adas = next;
    this.#bens = follow(this.#bens, commit);
    const epoch_authenticator = authenticatorOf(this.#bens);
    this.epochs.push({ proposals: this.#proposals, commit: hex(commit), epoch_authenticator, messages: [] });
    this.#proposals = [];
  }

  say(text: string): void {
    const options = { random: this.#ada.random, paddedLength: 256 };
    const { message, group } = protectMessage(this.#adas, utf8(text), options);
    this.#adas = group;
    const { data, sender } = unprotectMessage(this.#bens, message);
    this.epochs.at(-1)?.messages.push({ message: hex(message), data: hex(data), sender });
  }
}

/** The records of a group in the middle of an epoch, and what it must still be able to do. */
function storedOf(suiteId: number) {
  const suite = suiteOf(suiteId);
  const [ada, ben, cai] = [person("ada", suite), person("ben", suite), person("cai", suite)];
  const bundle = keyPackageOf(ben);
  const add = (owner: Person): Proposal => ({ type: "add", keyPackage: keyPackageOf(owner).keyPackage });
  const proposals = [
    { type: "add", keyPackage: bundle.keyPackage } as const,
    add(cai),
    add(person("dan", suite)),
  ];
  const staged = commitBy(ada, groupOf(ada), { proposals, forcePath: true });
  let [adas, bens] = [staged.next, joinBy(ben, bundle, staged)];
  const say = (text: string) => {
    const { message, group } = protectMessage(adas, utf8(text), { random: ada.random });
    adas = group;
    return { message: hex(message), data: hex(utf8(text)), sender: 0 };
  };
  const messages = ["first", "second", "third", "fourth"].map(say);
  // The first and the third are opened: the second waits among the skipped keys, the fourth in the ratchet.
  for (const at of [0, 2]) bens = unprotectMessage(bens, fromHex(messages[at]?.message ?? "")).group;
  const update = createUpdate(bens, { random: ben.random });
  [adas, bens] = [follow(adas, update.message), follow(update.group, update.message)];
  const { commit, next } = commitBy(ada, adas);
  const store = new StoredGroup();
  store.write(undefined, bens);
  return {
    cipher_suite: suiteId,
    records: Object.fromEntries([...store.records].sort().map(([name, value]) => [name, hex(value)])),
    epoch_authenticator: authenticatorOf(bens),
    messages: [messages[1], messages[3]],
    opened_before: [messages[0], messages[2]],
    commit: hex(commit),
    next_epoch_authenticator: authenticatorOf(next),
  };
}

function follow(group: Group, message: Uint8Array): Group {
  const received = receiveHandshake(group, message, { credentials });
  if (received.group === undefined) throw new Error("the member was removed");
  return received.group;
}

const directory = new URL("../vectors/", import.meta.url);
const suites = [1, 2, 3];
writeFileSync(
  new URL("group-history-1.json", directory),
  `${JSON.stringify(suites.map(historyOf), null, 1)}\n`,
);
writeFileSync(
  new URL("stored-group-1.json", directory),
  `${JSON.stringify(suites.map(storedOf), null, 1)}\n`,
);
