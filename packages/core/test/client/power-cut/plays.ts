import type { CryptoProvider } from "../../../src/crypto/suite.ts";
import type { CrashPlan } from "../../../src/testing/crashing-storage.ts";
import type { Actor } from "./actor.ts";
import {
  add,
  beOnline,
  edit,
  leave,
  markAllRead,
  open,
  react,
  readBack,
  recall,
  remove,
  say,
} from "./goals.ts";
import { type Snapshot, Stage } from "./stage.ts";

const persons = {
  ada: "ada@mercy.example",
  ben: "ben@stlukes.example",
  cleo: "cleo@mercy.example",
  dora: "dora@mercy.example",
} as const;

/** A device of a play: its person, or the second device of one. */
export type Role = keyof typeof persons | "tablet";

/** What goes wrong with whom, life by life. */
export type Plans = Partial<Record<Role, readonly CrashPlan[]>>;

/** A consult in two parts. Power is cut in the second; what the first one does is the second part of another play. */
export interface Play {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Texts that are said, whatever goes wrong. */
  readonly texts: readonly string[];
  /** Who reads what back. */
  readonly readBacks: readonly { readonly person: string; readonly text: string; readonly words: string }[];
  /** By text: all versions of the message and its reactions, at the end. Messages that are not here have one version. */
  readonly changed?: Readonly<Record<string, readonly string[]>>;
  before(stage: Stage, cast: Record<Role, Actor>): Promise<void>;
  run(stage: Stage, cast: Record<Role, Actor>): Promise<void>;
}

/** Two persons find each other, talk at once, read and read back. */
const talking: Play = {
  name: "opening and talking",
  roles: ["ada", "ben"],
  texts: ["Potassium 6.8", "Bed 12", "On my way", "ECG shows peaked T waves"],
  readBacks: [{ person: persons.ben, text: "Potassium 6.8", words: "6.8, repeating it now" }],
  before: async () => {},
  async run(stage, { ada, ben }) {
    await stage.all("going online", [ada, beOnline], [ben, beOnline]);
    await stage.all("opening", [ada, open(stage, [persons.ben])]);
    await stage.until(() => ben.phase === "active", "ben has joined");
    await stage.all(
      "both talk",
      [ada, say(stage, "Potassium 6.8")],
      [ada, say(stage, "Bed 12")],
      [ben, say(stage, "On my way")],
    );
    await stage.until(() => ben.view.messages.size === 3, "ben has three messages");
    await stage.all(
      "reading",
      [ben, markAllRead],
      [ben, readBack(stage, "Potassium 6.8", "6.8, repeating it now")],
    );
    await stage.all("talking on", [ben, say(stage, "ECG shows peaked T waves")], [ada, markAllRead]);
  },
};

/** A third person and a second device are added by two commits at once, while both talk; then all talk. */
const joining: Play = {
  name: "adding a person and a device at once",
  roles: ["ada", "ben", "cleo", "tablet"],
  texts: ["Bed 12", "Calling Cleo", "QRS widening", "Calcium is in", "Insulin drawn up"],
  readBacks: [
    { person: persons.cleo, text: "Calling Cleo", words: "here" },
    { person: persons.ben, text: "Bed 12", words: "bed 12" },
  ],
  async before(stage, { ada, ben, cleo }) {
    await stage.all("going online", [ada, beOnline], [ben, beOnline], [cleo, beOnline]);
    await stage.all("opening", [ada, open(stage, [persons.ben])]);
    await stage.until(() => ben.phase === "active", "ben has joined");
    await stage.all("the first word", [ada, say(stage, "Bed 12")]);
    await stage.until(() => ben.view.messages.size === 1, "ben has it");
  },
  async run(stage, { ada, ben, cleo, tablet }) {
    const four = [ada, ben, cleo, tablet];
    await stage.all("going online", [ada, beOnline], [ben, beOnline], [cleo, beOnline]);
    await stage.all(
      "two commits at once",
      [tablet, beOnline],
      [ada, add(stage, persons.cleo)],
      [ben, say(stage, "QRS widening")],
      [ben, markAllRead],
    );
    await stage.until(() => four.every(({ devices }) => devices.length === 4), "four devices");
    await stage.all(
      "all talk",
      [ada, say(stage, "Calling Cleo")],
      [cleo, say(stage, "Calcium is in")],
      [tablet, say(stage, "Insulin drawn up")],
    );
    await stage.until(() => cleo.view.messages.size >= 3 && ben.view.messages.size === 5, "all have them");
    await stage.all(
      "all read",
      [ada, markAllRead],
      [tablet, markAllRead],
      [cleo, readBack(stage, "Calling Cleo", "here")],
      // About something from before the others came.
      [ben, readBack(stage, "Bed 12", "bed 12")],
    );
  },
};

/** One is removed by two at once, while somebody talks; another one leaves; the rest go on. */
const parting: Play = {
  name: "removing and leaving",
  roles: ["ada", "ben", "cleo", "dora"],
  texts: ["Second ECG is better", "Thank you all", "Signing off"],
  readBacks: [],
  async before(stage, { ada, ben, cleo, dora }) {
    const four = [ada, ben, cleo, dora];
    await stage.all("going online", ...four.map((actor) => [actor, beOnline] as const));
    await stage.all("opening", [ada, open(stage, [persons.ben, persons.cleo, persons.dora])]);
    await stage.until(() => four.every(({ phase }) => phase === "active"), "all have joined");
  },
  async run(stage, { ada, ben, cleo, dora }) {
    const four = [ada, ben, cleo, dora];
    await stage.all("going online", ...four.map((actor) => [actor, beOnline] as const));
    await stage.all(
      "two removals at once",
      [ada, remove(stage, persons.cleo)],
      [ben, remove(stage, persons.cleo)],
      [ben, say(stage, "Second ECG is better")],
    );
    await stage.until(() => cleo.phase === "left", "cleo has left");
    await stage.all("leaving", [dora, leave(stage)], [ada, say(stage, "Thank you all")]);
    await stage.until(() => dora.phase === "left", "dora has left");
    await stage.until(() => [ada, ben].every(({ devices }) => devices.length === 2), "two devices");
    await stage.all("the last word", [ben, say(stage, "Signing off")]);
  },
};

/** What was said is edited on two devices of a person, recalled and reacted to. */
const editing: Play = {
  name: "editing and recalling",
  roles: ["ada", "ben", "tablet"],
  texts: ["Potassium 8.6", "Bed 21", "Thank you all"],
  readBacks: [],
  changed: {
    "Potassium 8.6": ["Potassium 8.6", "Potassium 6.8", "Potassium 6.9", `${persons.ben} 👍`],
    "Bed 21": ["Bed 21", "Bed 12", "recalled: Wrong bed"],
  },
  async before(stage, { ada, ben, tablet }) {
    const three = [ada, ben, tablet];
    await stage.all("going online", ...three.map((actor) => [actor, beOnline] as const));
    await stage.all("opening", [ada, open(stage, [persons.ben])]);
    await stage.until(() => three.every(({ phase }) => phase === "active"), "all have joined");
    await stage.all("the first word", [ada, say(stage, "Potassium 8.6")], [ben, say(stage, "Bed 21")]);
    await stage.until(() => three.every(({ view }) => view.messages.size === 2), "all have it");
  },
  async run(stage, { ada, ben, tablet }) {
    const three = [ada, ben, tablet];
    await stage.all("going online", ...three.map((actor) => [actor, beOnline] as const));
    await stage.all(
      "changes at once",
      [ada, edit("Potassium 8.6", "Potassium 6.8")],
      [tablet, edit("Bed 21", "Bed 12")],
      [ben, react("Potassium 8.6", "👍")],
    );
    await stage.until(() => three.every(({ view }) => view.messages.size === 4), "all have the edits");
    await stage.all(
      "changes of what was changed",
      [ada, edit("Potassium 8.6", "Potassium 6.9")],
      [ben, recall("Bed 21", "Wrong bed")],
      [tablet, markAllRead],
    );
    await stage.all("the last word", [ada, say(stage, "Thank you all")]);
  },
};

/** Everything that a conversation can do. */
export const plays: readonly Play[] = [talking, joining, parting, editing];

/** The first part of a play, to be continued from as often as one likes. */
export async function prepare(play: Play, crypto: CryptoProvider): Promise<Snapshot> {
  const stage = await Stage.open(crypto);
  await play.before(stage, castOf(stage, play, {}));
  return stage.freeze();
}

/** The second part of a play, to its end: nothing is left to happen. The caller closes the stage. */
export async function perform(
  play: Play,
  crypto: CryptoProvider,
  before: Snapshot,
  plans: Plans = {},
): Promise<{ stage: Stage; cast: Record<Role, Actor> }> {
  const stage = await Stage.open(crypto, before);
  const cast = castOf(stage, play, plans);
  await play.run(stage, cast);
  await stage.quiet();
  return { stage, cast };
}

function castOf(stage: Stage, { roles }: Play, plans: Plans): Record<Role, Actor> {
  const device = (role: Role) => (role === "tablet" ? "tablet" : "phone");
  const person = (role: Role) => (role === "tablet" ? persons.ben : persons[role]);
  const enter = (role: Role) => [role, stage.actor(person(role), device(role), plans[role] ?? [])] as const;
  return Object.fromEntries(roles.map(enter)) as Record<Role, Actor>;
}
