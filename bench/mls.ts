import { systemRandom } from "@readback/core";
import { protectMessage, unprotectMessage } from "@readback/core/mls";
import { floor } from "./floor.ts";
import { type Batch, interleave } from "./interleave.ts";
import { type Members, membersOf } from "./mls-groups.ts";
import type { Group, Row } from "./row.ts";

const data = systemRandom(100);

/** Messages of 100 bytes through the MLS engine on the native provider. */
export const mls: Group = {
  name: "mls",
  about:
    "one message of 100 bytes through @readback/core/mls on node:crypto, message after message, used keys overwritten; raw: only the operations of node:crypto that RFC 9420 demands for it",
  async run() {
    const rows: Row[] = [];
    for (const suite of [1, 2] as const) {
      for (const size of [2, 1000]) {
        const bare = floor(suite);
        const times = await interleave(
          {
            ...passing(membersOf(suite, size)),
            bareEncrypt: repeating(bare.encrypt),
            bareDecrypt: repeating(bare.decrypt),
          },
          { rounds: 150, count: 20 },
        );
        const what = `100 B, suite ${suite}, N = ${size}`;
        const rest = { unit: "µs", goal: "≤ 2×" } as const;
        rows.push(
          {
            what: `encrypt ${what}`,
            measured: times.encrypt,
            raw: times.bareEncrypt,
            rawOf: "1 sign, 5 HMAC, 2 seal",
            ...rest,
          },
          {
            what: `decrypt ${what}`,
            measured: times.decrypt,
            raw: times.bareDecrypt,
            rawOf: "1 verify, 5 HMAC, 2 open",
            ...rest,
          },
        );
      }
    }
    return rows;
  },
};

/** One member sends, another one receives what was sent, in order. */
function passing({ sender, receiver }: Members): Record<"encrypt" | "decrypt", Batch> {
  let [from, to] = [sender, receiver];
  let messages: Uint8Array[] = [];
  return {
    encrypt(count) {
      messages = [];
      for (let i = 0; i < count; i++) {
        const sent = protectMessage(from, data, { random: systemRandom });
        for (const secret of sent.consumed) secret.fill(0);
        messages.push(sent.message);
        from = sent.group;
      }
    },
    decrypt() {
      for (const message of messages) {
        const received = unprotectMessage(to, message);
        for (const secret of received.consumed) secret.fill(0);
        to = received.group;
      }
    },
  };
}

function repeating(operation: () => void): Batch {
  return (count) => {
    for (let i = 0; i < count; i++) operation();
  };
}
