import { hex, type RelayMessage } from "@readback/core/wire";
import type { Lie } from "./lie.ts";

/** Everything that tells of what is in a log. */
const isNews = (message: RelayMessage): boolean => message.type === "entry" || message.type === "inbox";

/** A relay that keeps things to itself, or tells them late, twice or in another order. */
export const withholding = {
  /** The log does not go on: an old head is all there is. */
  frozen: {
    weight: 3,
    findings: ["withheld", "rolled-back"],
    begin: ({ victim }) => ({
      fromRelay(message) {
        if (message.type === "entry") return [];
        if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
        const request = victim.requests.get(message.id);
        if (request?.type !== "fetch" || message.answer.entries.length === 0) return undefined;
        const head = victim.heads.get(hex(request.conversation))?.get(request.after);
        return head && [{ ...message, answer: { type: "entries", entries: [], head } }];
      },
    }),
  },
  /** A log goes on up to the first receipt: what became of messages is never told. */
  "receipts-kept-back": {
    weight: 2,
    findings: ["withheld"],
    begin: ({ forged }) => ({
      fromRelay(message) {
        if (message.type === "entry") return message.entry.header.kind === "receipt" ? [] : undefined;
        if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
        const { entries, head } = message.answer;
        const end = entries.findIndex(({ header }) => header.kind === "receipt");
        const last = entries[end - 1];
        if (last === undefined) return undefined;
        const shown = { entries: entries.slice(0, end), head: forged.head(last, head.signedAt) };
        return [{ ...message, answer: { type: "entries", ...shown } }];
      },
    }),
  },
  /** News is lost. */
  "pushes-lost": {
    weight: 2,
    findings: [],
    begin: ({ chance }) => ({
      fromRelay: (message) => (message.type === "entry" && chance.happens(0.5) ? [] : undefined),
    }),
  },
  /** News comes in another order. */
  "pushes-reordered": {
    weight: 2,
    findings: [],
    begin({ chance }) {
      const held: RelayMessage[] = [];
      return {
        fromRelay(message) {
          if (message.type === "entry" && chance.happens(0.5)) {
            held.unshift(message);
            return [];
          }
          return held.length > 0 ? [message, ...held.splice(0)] : undefined;
        },
      };
    },
  },
  /** What was told before is told again: news, and answers to other questions. */
  repeated: {
    weight: 3,
    findings: ["withheld", "clock-off"],
    errors: ["mls-welcome-unknown", "log-broken", "relay-refused", "protocol-violation"],
    begin: ({ victim, chance }) => ({
      fromRelay(message) {
        if (!chance.happens(0.4)) return undefined;
        const again = chance.pick(victim.past);
        return isNews(again) || chance.happens(0.3) ? [message, again] : undefined;
      },
    }),
  },
  /** Nobody answers. */
  silent: {
    weight: 1,
    findings: ["withheld", "blocked"],
    begin: ({ chance }) => ({
      fromRelay: (message) =>
        message.type === "answer" && message.id > 0 && chance.happens(0.3) ? [] : undefined,
    }),
  },
  /** Whoever is added never hears of it. */
  "welcomes-lost": {
    weight: 1,
    findings: [],
    gives: ["welcome"],
    begin: () => ({ fromRelay: (message) => (message.type === "inbox" ? [] : undefined) }),
  },
} satisfies Record<string, Lie>;
