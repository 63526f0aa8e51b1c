import { nobleCryptoProvider } from "@readback/core/crypto";
import { type Bill, decryptBill, encryptBill, floor, textOf } from "./floor.ts";
import { type Batch, interleave as interleaveByClock, type Rounds } from "./interleave.ts";
import {
  addBill,
  joinBill,
  processAddBill,
  processPathBill,
  processUpdateBill,
  restoreBill,
  setUpBill,
  updateBill,
} from "./mls-bills.ts";
import type { Contestant, LargeGroup } from "./mls-contestant.ts";
import { engine } from "./mls-engine.ts";
import { peer } from "./mls-peer.ts";
import { nobleFloor } from "./noble-floor.ts";
import type { Group, Row } from "./row.ts";

const members = 1_000;
const leaves = 1_024;
const levels = 10;
const warmMembers = 128;
const backlog = 10_000;

/** MLS by itself: the engine, `ts-mls` and the bare operations, in turns. */
export const mls: Group = {
  name: "mls",
  about:
    "@readback/core/mls on node:crypto, suite 1 where nothing else is said; ts-mls 1.6.4 on node:crypto too; raw: only the operations of node:crypto that RFC 9420 demands for the step, counted in the last column, on keys that are at hand where they can be. Times are those of the thread, whatever else the machine does. Messages have 100 bytes. The tree of 1,000 is cold, that of 128 has no blank node",
  async run() {
    const [ours, theirs] = [engine(1), peer(1)];
    const rows: Row[] = [];
    rows.push(...(await messageRows("N = 2", await both(ours, theirs, 2))));
    rows.push(await setUpRow(ours, theirs));
    const large = await both(ours, theirs, members);
    rows.push(...(await messageRows(`N = ${members}`, large)));
    rows.push(...(await largeRows(large)), ...(await warmRows(ours, theirs)));
    rows.push(await catchUpRow(ours, theirs), ...(await stateRows(large)), ...sizeRows(large));
    rows.push(...(await otherMessageRows()));
    return rows;
  },
};

type Both = readonly [ours: LargeGroup, theirs: LargeGroup];

async function both(ours: Contestant, theirs: Contestant, size: number): Promise<Both> {
  return [await ours.group(size), await theirs.group(size)];
}

async function messageRows(where: string, [ours, theirs]: Both): Promise<Row[]> {
  const [our, their] = [ours.messages(), theirs.messages()];
  const times = await interleave(
    {
      ...our,
      theirEncrypt: their.encrypt,
      theirDecrypt: their.decrypt,
      bareEncrypt: floor(1, encryptBill),
      bareDecrypt: floor(1, decryptBill),
    },
    { rounds: 100, count: 20 },
  );
  return [
    row(`encrypt, ${where}`, "µs", "≤ 1.3×", encryptBill, [
      times.encrypt,
      times.bareEncrypt,
      times.theirEncrypt,
    ]),
    row(`decrypt, ${where}`, "µs", "≤ 1.25×", decryptBill, [
      times.decrypt,
      times.bareDecrypt,
      times.theirDecrypt,
    ]),
  ];
}

async function setUpRow(ours: Contestant, theirs: Contestant): Promise<Row> {
  const what = "1:1, set-up to first decrypted message";
  return timed(what, "≤ 2×", setUpBill, ours.setUp, theirs.setUp, { rounds: 60, count: 3 });
}

async function largeRows([ours, theirs]: Both): Promise<Row[]> {
  const { sizes, commits } = ours;
  const few = { rounds: 3, count: 1 };
  const some = { rounds: 15, count: 1 };
  const processed = (kind: keyof typeof commits, bill: Bill): Promise<Row> =>
    timed(
      `process ${kind}, N = ${members}`,
      "≤ 5×",
      bill,
      () => ours.process(commits[kind]),
      () => theirs.process(theirs.commits[kind]),
      some,
    );
  return [
    await timed(
      `add ${members - 1} in one commit`,
      "≤ 1.5×",
      addBill(members - 1, leaves, sizes),
      ours.addAll,
      theirs.addAll,
      few,
    ),
    await timed(
      `join a group of ${members}`,
      "≤ 1.3×",
      joinBill(members, leaves, sizes),
      ours.join,
      theirs.join,
      { rounds: 7, count: 1 },
    ),
    await joinAheadRow(ours),
    await processed("add", processAddBill(levels)),
    await processed("remove", processPathBill(levels, commits.remove.length, true)),
    await processed("update", processPathBill(levels, commits.update.length, false)),
  ];
}

/** By the clock on the wall, since more than one thread is at work. */
async function joinAheadRow({ joinAhead, sizes }: LargeGroup): Promise<Row> {
  const bill = joinBill(members, leaves, sizes);
  const ours = async (): Promise<void> => joinAhead?.();
  const times = await interleaveByClock(
    { ours: repeating(ours), bare: floor(1, bill) },
    { rounds: 15, count: 1 },
  );
  const what = `join a group of ${members}, signatures on other threads`;
  return row(what, "ms", "≤ 0.8×", bill, [times.ours / 1000, times.bare / 1000]);
}

async function warmRows(ours: Contestant, theirs: Contestant): Promise<Row[]> {
  const [our, their] = [await ours.warmGroup(warmMembers), await theirs.warmGroup(warmMembers)];
  const levels = Math.log2(warmMembers);
  const where = `warm, N = ${warmMembers}`;
  const rounds = { rounds: 25, count: 2 };
  return [
    await timed(`own update, ${where}`, "≤ 1.6×", updateBill(levels), our.update, their.update, rounds),
    await timed(
      `process update, ${where}`,
      "≤ 5×",
      processUpdateBill(levels),
      our.processUpdate,
      their.processUpdate,
      rounds,
    ),
    sizeRow(`commit of an update, ${where}`, our.updateSize, their.updateSize),
  ];
}

async function catchUpRow(ours: Contestant, theirs: Contestant): Promise<Row> {
  const senders = 8;
  const [our, their] = await both(ours, theirs, senders + 1);
  const parts = 10;
  const times = await interleave(
    {
      ours: await our.catchUp(senders, backlog),
      theirs: await their.catchUp(senders, backlog),
      bare: floor(1, decryptBill),
    },
    // The first part does not count.
    { rounds: parts - 1, count: backlog / parts },
  );
  const what = `catch-up of ${backlog.toLocaleString("en-US")}, ${senders} senders`;
  const rates = [1e6 / times.ours, 1e6 / times.bare, 1e6 / times.theirs] as const;
  return row(what, "/s", "≥ 0.8×", decryptBill, rates);
}

async function stateRows([ours, theirs]: Both): Promise<Row[]> {
  const times = await interleave(
    {
      save: () => ours.save(),
      restore: () => ours.restore(),
      theirSave: () => theirs.save(),
      theirRestore: () => theirs.restore(),
      bareRestore: floor(1, restoreBill(leaves)),
    },
    { rounds: 15, count: 1 },
  );
  const where = `the state, N = ${members}`;
  const save = [times.save / 1000, undefined, times.theirSave / 1000] as const;
  const restore = [times.restore / 1000, times.bareRestore / 1000, times.theirRestore / 1000] as const;
  return [
    row(`save ${where}`, "ms", "≤ 5 ms", [], save),
    row(`restore ${where}`, "ms", "≤ 15 ms", restoreBill(leaves), restore),
    sizeRow(`saved, N = ${members}`, ours.stateSize, theirs.stateSize),
    {
      ...sizeRow(`saved for a message, N = ${members}`, ours.messageSize, theirs.messageSize),
      goal: "≤ 400 B",
    },
  ];
}

function sizeRows([ours, theirs]: Both): Row[] {
  const [our, their] = [ours.sizes, theirs.sizes];
  const where = `N = ${members}`;
  return [
    sizeRow("key package, same content", our.keyPackage, their.keyPackage),
    sizeRow(`commit that adds ${members - 1}`, our.commit, their.commit),
    sizeRow(`Welcome for ${members - 1}, with tree`, our.welcome, their.welcome),
    sizeRow(`Welcome for one, with tree, ${where}`, our.welcomeOfOne, their.welcomeOfOne),
    ...(["add", "remove", "update"] as const).map((kind) =>
      sizeRow(`commit of one ${kind}, ${where}`, ours.commits[kind].length, theirs.commits[kind].length),
    ),
  ];
}

/** Suite 2, which conversations use unless told otherwise, and noble, which browsers use. */
async function otherMessageRows(): Promise<Row[]> {
  const nist = (await engine(2).group(2)).messages();
  const plain = (await engine(1, nobleCryptoProvider).group(2)).messages();
  const bare = nobleFloor();
  const times = await interleave(
    {
      ...nist,
      bareEncrypt: floor(2, encryptBill),
      bareDecrypt: floor(2, decryptBill),
      nobleEncrypt: plain.encrypt,
      nobleDecrypt: plain.decrypt,
      bareNobleEncrypt: bare.encrypt,
      bareNobleDecrypt: bare.decrypt,
    },
    { rounds: 60, count: 10 },
  );
  const byNoble = (what: string, figures: Figures): Row => ({
    ...row(`${what}, noble alone`, "µs", "≤ 1.2×", encryptBill, figures),
    rawOf: "the same operations called on noble",
  });
  return [
    row("encrypt, suite 2", "µs", "≤ 1.3×", encryptBill, [times.encrypt, times.bareEncrypt]),
    row("decrypt, suite 2", "µs", "≤ 1.25×", decryptBill, [times.decrypt, times.bareDecrypt]),
    byNoble("encrypt", [times.nobleEncrypt, times.bareNobleEncrypt]),
    byNoble("decrypt", [times.nobleDecrypt, times.bareNobleDecrypt]),
  ];
}

async function timed(
  what: string,
  goal: string,
  bill: Bill,
  ours: () => Promise<void> | void,
  theirs: () => Promise<void> | void,
  rounds: Rounds,
): Promise<Row> {
  const times = await interleave(
    { ours: repeating(ours), bare: floor(1, bill), theirs: repeating(theirs) },
    rounds,
  );
  return row(what, "ms", goal, bill, [times.ours / 1000, times.bare / 1000, times.theirs / 1000]);
}

type Figures = readonly [ours: number, raw: number | undefined, theirs?: number];

function row(what: string, unit: Row["unit"], goal: string, bill: Bill, [measured, raw, peer]: Figures): Row {
  return { what, measured, unit, goal, raw, peer, rawOf: textOf(bill) };
}

function sizeRow(what: string, ours: number, theirs: number): Row {
  return row(what, "B", "≤ ts-mls", [], [ours, undefined, theirs]);
}

/** All of it is computed by one thread. */
function interleave<Name extends string>(batches: Readonly<Record<Name, Batch>>, rounds: Rounds) {
  return interleaveByClock(batches, { ...rounds, clock: "thread" });
}

function repeating(step: () => Promise<void> | void): Batch {
  return async (count) => {
    for (let i = 0; i < count; i++) await step();
  };
}
