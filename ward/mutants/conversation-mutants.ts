import type { Mutant } from "./mutant.ts";

const conversation = "packages/core/src/conversation";

/** Bugs of the rules of a conversation. */
export const conversationMutants: readonly Mutant[] = [
  {
    name: "encrypted-again",
    source: "mdk#1645 and others: a retry that encrypts anew instead of sending the stored bytes",
    file: `${conversation}/submit.ts`,
    find: "    if (outgoing.submission?.epoch !== step.state.group?.epoch) encrypt(step, outgoing);",
    replace: "    encrypt(step, outgoing);",
  },
  {
    name: "ratchet-not-stored",
    source: "amethyst PR 3499: the place in the ratchet was not kept on sending",
    file: `${conversation}/submit.ts`,
    find: "  step.update({ group: protectedMessage.group });\n",
    replace: "",
  },
  {
    name: "never-encrypted-again",
    source: "A message made for an epoch that is over stays in the queue",
    file: `${conversation}/submit.ts`,
    find: "    if (outgoing.submission?.epoch !== step.state.group?.epoch) encrypt(step, outgoing);",
    replace: "    if (outgoing.submission === undefined) encrypt(step, outgoing);",
  },
  {
    name: "own-not-known",
    source: "mdk#1557: one's own message processed as if somebody else had sent it",
    file: `${conversation}/receive-application.ts`,
    find: "  const own = ownAt(step, entry);\n  if (own !== undefined) {\n    settleOwn(step, entry, own);\n    return;\n  }\n  if (entry.payload",
    replace: "  if (entry.payload",
  },
  {
    name: "secret-tree-not-stored",
    source: "OpenMLS GHSA-qr9h-x63w-vqfm: the secret tree was not persisted after decrypting",
    file: `${conversation}/receive-application.ts`,
    find: "  step.update({ group: opened.group });\n",
    replace: "",
  },
  {
    name: "read-by-itself",
    source: "A read receipt that no human act stands behind",
    file: `${conversation}/receive-application.ts`,
    find: "step.update({ due: { ...due, stored: Math.max(due.stored, record.seq) } });",
    replace: "step.update({ due: { displayed: record.seq, stored: record.seq } });",
  },
  {
    name: "receipt-of-the-whole-log",
    source: "A receipt for what the log says is there, and not for what is held",
    file: `${conversation}/submit.ts`,
    find: "  step.update({ group: protectedMessage.group });\n",
    replace:
      "  step.update({ group: protectedMessage.group, due: { ...step.state.due, displayed: step.state.position.seq } });\n",
  },
  {
    name: "receipt-of-another-stay",
    source: "Readback itself, found by the Ward: read before leaving, told after coming back",
    file: `${conversation}/report.ts`,
    find: "upTo <= joinedAt(state) || ",
    replace: "",
    world: "mutant/7",
  },
  {
    name: "status-of-the-fastest",
    source: "A message called read when one of several persons has read it",
    file: `${conversation}/message-progress.ts`,
    find: "const lowest = Math.min(",
    replace: "const lowest = Math.max(",
  },
  {
    name: "merged-before-accepted",
    source: "mdk#627, wire-ios PR 980: a commit merged when it is made",
    file: `${conversation}/stage.ts`,
    find: '    staged: {\n      intent,\n      kind: "commit",',
    replace: '    group: staged.next,\n    staged: {\n      intent,\n      kind: "commit",',
  },
  {
    name: "winner-taken-for-own",
    source: "A commit is taken for one's own since one is waiting",
    file: `${conversation}/receive-handshake.ts`,
    find: "staged?.next !== undefined && sameBytes(staged.submission.payloadHash, entry.header.payloadHash);",
    replace: "staged?.next !== undefined;",
  },
  {
    name: "loser-kept",
    source: "xmtp-js#1608: what lost the race for an epoch is not rebuilt",
    file: `${conversation}/receive-handshake.ts`,
    find: "members: [...kept, ...added], staged: undefined });",
    replace: "members: [...kept, ...added] });",
  },
  {
    name: "members-not-removed",
    source: "A5: who is a member does not follow from the commit",
    file: `${conversation}/receive-handshake.ts`,
    find: "const gone = new Set(leaves.removed);",
    replace: "const gone = new Set<number>();",
  },
  {
    name: "queue-kept-after-removal",
    source: "What waits in a conversation that one was removed from is never given up",
    file: `${conversation}/depart.ts`,
    find: '  for (const { number } of outgoing) giveUp(step, number, "not-a-member");\n',
    replace: "",
  },
  {
    name: "queue-lost-at-restart",
    source: "mdk#1645: the outbox does not survive a restart",
    file: `${conversation}/restore.ts`,
    find: "outgoing: family(records, recordName.outgoing).map(([, bytes]) => decodeOutgoing(bytes)),",
    replace: "outgoing: [],",
  },
  {
    name: "staged-lost-at-restart",
    source: "mdk#628: a commit whose answer was lost in a crash is not known again",
    file: `${conversation}/restore.ts`,
    find: "    staged: stagedIn(records, suiteOf),",
    replace: "    staged: stagedIn(records, suiteOf) && undefined,",
  },
  {
    name: "processed-again",
    source: "secluso#16: no dedupe before processing",
    file: `${conversation}/receive-entries.ts`,
    find: "entries.filter((entry) => entry.header.seq > step.state.position.seq);",
    replace: "entries;",
    guards: [
      {
        file: "packages/core/src/client/log-reader.ts",
        find: "    this.#pushed = this.#pushed.filter(({ entry }) => entry.header.seq > seq);\n    return this.#pushed[0]?.entry.header.seq === seq + 1;",
        replace: "    return seq >= 0 && this.#pushed.length > 0;",
      },
      {
        file: `${conversation}/receive-entries.ts`,
        find: "      header.seq === position.seq + 1 &&\n      sameBytes(header.previousHash, position.hash) &&\n",
        replace: "",
      },
    ],
  },
  {
    name: "said-without-number",
    source: "Two contents under one local number: the second replaces the first",
    file: `${conversation}/step.ts`,
    find: "    this.update({ nextNumber: number + 1 });",
    replace: "    this.update({ nextNumber: number + (number % 7 === 0 ? 0 : 1) });",
  },
  {
    name: "group-kept-after-leaving",
    source: "The records of a group stay after leaving",
    file: `${conversation}/step.ts`,
    find: "  if (after === undefined) return [{ removeAll: prefix }];",
    replace: "  if (after === undefined) return [];",
  },
];
