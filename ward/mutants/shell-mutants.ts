import type { Mutant } from "./mutant.ts";

const client = "packages/core/src/client";

/** Bugs of the shell: the step rule broken at each of its places, and what goes on around it. */
export const shellMutants: readonly Mutant[] = [
  {
    name: "memory-before-disk",
    source: "zuu#699: the database was rolled back, the group in memory had moved on",
    file: `${client}/engine.ts`,
    find: "    if (changes.length > 0) await this.#write(changes);\n    const isSame",
    replace:
      "    this.#conversations.set(id, result.state);\n    if (changes.length > 0) await this.#write(changes);\n    const isSame",
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
    source: "libxmtp#1875: the cursor was not moved together with what it stands for",
    file: `${client}/inbox.ts`,
    find: "      ...spendKeyPackage(bundle),\n      { put: cursorKey(session), value: encodeCursor(index) },",
    replace: "      ...spendKeyPackage(bundle),",
  },
  {
    name: "key-package-kept",
    source: "RFC 9420 §16.8: the private key of a used key package stays",
    file: `${client}/inbox.ts`,
    find: "      ...spendKeyPackage(bundle),\n",
    replace: "",
  },
  {
    name: "inbox-twice",
    source: "The same item taken twice: no comparison with the cursor",
    file: `${client}/inbox.ts`,
    find: "    if (index > (this.#cursors.get(cursorKey(session)) ?? 0)) {",
    replace: "    if (index > 0) {",
  },
  {
    name: "welcome-passed-over",
    source: "Readback itself, found by the Ward: removed and added again while away",
    file: `${client}/inbox.ts`,
    find: "if (this.#isMember(id)) await this.#handler.readUpTo(id, item.seq);",
    replace: "",
  },
  {
    name: "change-after-removal",
    source: "Readback itself, found by the Ward: removed while claiming keys",
    file: `${client}/change-members.ts`,
    find: "    checkActive(step.state.phase);\n    const number",
    replace: "    const number",
  },
  {
    name: "pushed-beyond-gap",
    source: "A pushed entry is taken though one is missing before it",
    file: `${client}/log-reader.ts`,
    find: "if (seq === next + 1 && !this.#isStuck) this.#pushed.push",
    replace: "if (seq > 0) this.#pushed.push",
  },
  {
    name: "gap-not-fetched",
    source: "Loss on reconnecting: nothing asks for what was missed",
    file: `${client}/log-reader.ts`,
    find: "    this.#known = Math.max(head ?? 0, seq);",
    replace: "    this.#known = seq;",
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
];
