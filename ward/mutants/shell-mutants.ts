import type { Edit, Mutant } from "./mutant.ts";

const client = "packages/core/src/client";

/** A device that has missed something hears of it when it asks whether it has everything. */
export const notToldByFreshness: Edit = {
  file: `${client}/freshness.ts`,
  find: "if (end.seq > state.position.seq) reader.expect(end.seq);",
  replace: "",
};

/** A device that has missed something hears of it by the next entry, which does not follow. */
export const notToldByNext: Edit = {
  file: `${client}/log-reader.ts`,
  find: "    const { seq } = entry.header;\n    this.#known = Math.max(this.#known, seq);\n",
  replace: "    const { seq } = entry.header;\n",
};

/** Bugs of the shell: the step rule broken at each of its places, and what goes on around it. */
export const shellMutants: readonly Mutant[] = [
  {
    name: "memory-before-disk",
    source: "zuu#699: the database was rolled back, the group in memory had moved on",
    file: `${client}/engine.ts`,
    find: "    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    replace:
      "    this.#conversations.set(id, result.state);\n    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    world: "s21/0",
  },
  {
    name: "told-before-stored",
    source: "the step rule: events before the write",
    file: `${client}/engine.ts`,
    find: "    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    replace:
      "    if (result.events.length > 0) this.#handler.onStep(result.state, result.events.splice(0));\n    if (changes.length > 0) await this.#write(changes);\n    const isSame",
  },
  {
    name: "write-not-awaited",
    source: "Careless asynchronous storage: what is sent is not durable yet",
    file: `${client}/engine.ts`,
    find: "    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    replace: "    if (changes.length > 0) void this.#write(changes).catch(() => {});\n    const isSame",
  },
  {
    name: "two-writes-a-step",
    source: "mdk#620, #528: each write of the group was committed by itself",
    file: `${client}/engine.ts`,
    find: "    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    replace: "    for (const change of changes) await this.#write([change]);\n    const isSame",
  },
  {
    name: "no-fence",
    source: "libxmtp#3760: two processes on one store",
    file: `${client}/vault.ts`,
    find: "await this.#storage.write(sealed, this.#fence);",
    replace: "await this.#storage.write(sealed);",
    world: "s57/0",
  },
  {
    name: "nonces-repeat",
    source: "A nonce that is not fresh for each record",
    file: `${client}/vault.ts`,
    find: "const nonces = this.#random(nonceSize * changes.length);",
    replace: "const nonces = new Uint8Array(nonceSize * changes.length);",
  },
  {
    name: "store-not-sealed",
    source: "Plaintext at rest",
    file: `${client}/vault.ts`,
    find: "    return concat(nonce, this.#aead.seal(this.#key, nonce, utf8(key), value));",
    replace:
      '    return concat(nonce, this.#aead.seal(this.#key, nonce, utf8(key), value), key.includes("/message/") ? value : new Uint8Array());',
  },
  {
    name: "cursor-apart",
    source: "libxmtp#1875: the cursor was moved before what it stands for was stored",
    file: `${client}/inbox.ts`,
    find: "    await this.#engine.complete(step, [\n",
    replace:
      "    await this.#engine.write([{ put: cursorKey(session), value: encodeCursor(index) }]);\n    await this.#engine.complete(step, [\n",
  },
  {
    name: "key-package-kept",
    source: "RFC 9420 §16.8: the private key of a used key package stays",
    file: `${client}/inbox.ts`,
    find: "      ...spendKeyPackage(bundle),\n",
    replace: "",
  },
  {
    name: "inbox-acknowledged-first",
    source: "matrix-rust-sdk: what the server hands out once was acknowledged before it was stored",
    file: `${client}/inbox.ts`,
    find: "    if (index > cursor) {",
    replace:
      '    await session.request({ type: "acknowledge-inbox", upTo: index });\n    if (index > cursor) {',
  },
  {
    name: "welcome-passed-over",
    source: "Readback itself, found by the Ward: removed and added again while away",
    file: `${client}/inbox.ts`,
    find: "if (this.#isMember(id) && !this.#isHalted(id)) await this.#handler.readUpTo(id, item.seq);",
    replace: "",
    guards: [
      {
        file: `${client}/inbox.ts`,
        find: "if (before.position.seq >= item.seq) return await this.#pass(session, index);",
        replace: "return await this.#pass(session, index);",
      },
    ],
    world: "mutant/1",
  },
  {
    name: "change-after-removal",
    source: "Readback itself, found by the Ward: removed while claiming keys",
    file: `${client}/change-members.ts`,
    find: "    checkActive(step.state.phase);\n    const number",
    replace: "    const number",
  },
  {
    name: "gap-not-fetched",
    source: "Loss on reconnecting: nothing asks for what was missed",
    file: `${client}/log-reader.ts`,
    find: "    this.#known = Math.max(head ?? 0, seq);",
    replace: "    this.#known = seq;",
    guards: [notToldByFreshness],
    world: "s21/0",
  },
  {
    name: "submits-while-catching-up",
    source: "wire-webapp PR 21387: work begun in the middle of catching up",
    file: `${client}/submitter.ts`,
    find: "return this.#session !== undefined && this.#reader.isCurrent;",
    replace: "return this.#session !== undefined;",
  },
  {
    name: "never-redials",
    source: "A link that gives up after a failed attempt",
    file: `${client}/link.ts`,
    find: "if (session === undefined) this.#redialLater();",
    replace: "if (session === undefined) return;",
  },
  {
    name: "receipts-by-the-clock",
    source: "Readback itself, found by the Ward: a pause measured by comparing times",
    file: `${client}/receipt-pace.ts`,
    find: "return this.#clock.wake(this.#clock.now() + delay, () => {",
    replace:
      "return this.#clock.wake((globalThis.latest = Math.max(globalThis.latest ?? 0, this.#clock.now())) + delay, () => {",
  },
  {
    name: "left-half-done",
    source: "RFC 9420 §11.2: whoever has asked for another group disappears, and nobody carries it on",
    file: `${client}/succession.ts`,
    find: "if (this.#isDue(old)) this.#wait(old);",
    replace: "old.id;",
    world: "ends/94",
    within: 400_000,
    takesEndings: true,
  },
  {
    name: "not-read-to-its-end",
    source: "A Welcome to what follows a group is passed over by who has not read that it has ended",
    file: `${client}/inbox.ts`,
    find: "if (id === undefined || !isBehind || !mayGoOn(old, session)) throw error;",
    replace: "throw error;",
    world: "mutant/8",
    within: 400_000,
    takesEndings: true,
  },
];
