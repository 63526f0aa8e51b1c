import { hex, type LogEntry, type RelayMessage } from "@readback/core/wire";
import { flipped } from "../scenarios/forged-relay.ts";
import type { Lie } from "./lie.ts";

/** Who is being added meanwhile cannot believe the log that the Welcome came with, and passes it over. */
const broken = {
  findings: ["log-broken", "misdated", "withheld"],
  errors: ["log-broken"],
  gives: ["welcome"],
} as const;

/** Changes one of the entries that a message tells of. */
function alter(
  message: RelayMessage,
  change: (entry: LogEntry) => LogEntry | undefined,
): RelayMessage[] | undefined {
  if (message.type === "entry") {
    const entry = change(message.entry);
    return entry && [{ ...message, entry }];
  }
  if (message.type !== "answer" || message.answer.type !== "entries") return undefined;
  const [first, ...others] = message.answer.entries;
  const entry = first && change(first);
  return entry && [{ ...message, answer: { ...message.answer, entries: [entry, ...others] } }];
}

/** Somebody on the way, who has no key of the relay: nothing of what is changed may count. */
export const alterations = {
  /** A bit of what was said is another one. */
  "payload-flipped": {
    weight: 2,
    ...broken,
    begin: ({ chance }) => ({
      fromRelay: (message) =>
        alter(message, ({ header, payload }) =>
          payload === undefined || payload.length === 0 || chance.happens(0.5)
            ? undefined
            : { header, payload: flipped(payload, chance.below(8 * payload.length)) },
        ),
    }),
  },
  /** An entry is said to be something else, or of another time. */
  "header-changed": {
    weight: 2,
    ...broken,
    begin: ({ chance }) => ({
      fromRelay: (message) =>
        alter(message, ({ header, payload }) => {
          if (chance.happens(0.5)) return undefined;
          const { acceptedAt, epoch, seq } = header;
          const changes = [
            { acceptedAt: acceptedAt + 1 },
            { acceptedAt: Math.max(0, acceptedAt - 3_600_000) },
            { epoch: epoch + 1n },
            { seq: seq + 1 },
            { kind: "receipt" as const },
            { kind: "commit" as const },
            { relay: "other.example" },
            { previousHash: flipped(header.previousHash, chance.below(256)) },
          ];
          return { header: { ...header, ...chance.pick(changes) }, payload };
        }),
    }),
  },
  /** The relay's word is not the relay's. */
  "signature-changed": {
    weight: 2,
    ...broken,
    begin: ({ chance }) => ({
      fromRelay(message) {
        if (message.type === "entry" && chance.happens(0.5)) {
          const { head } = message;
          const signature = flipped(head.signature, chance.below(8 * head.signature.length));
          return [{ ...message, head: { ...head, signature } }];
        }
        return undefined;
      },
    }),
  },
  /** What another conversation holds is told of this one. */
  "entry-spliced": {
    weight: 2,
    ...broken,
    begin: ({ victim }) => ({
      fromRelay: (message) =>
        alter(message, (entry) => {
          const { conversation, seq } = entry.header;
          const other = victim.past.findLast(
            (past) => past.type === "entry" && hex(past.entry.header.conversation) !== hex(conversation),
          );
          if (other?.type !== "entry") return undefined;
          return { ...other.entry, header: { ...other.entry.header, conversation, seq } };
        }),
    }),
  },
  /** Somebody is told what was meant for others: Welcomes and entries of theirs. */
  "others-mail": {
    weight: 2,
    findings: ["log-broken", "withheld"],
    errors: ["mls-welcome-unknown", "log-broken", "malformed"],
    gives: ["welcome"],
    begin: ({ others, chance }) => ({
      fromRelay(message) {
        const mail = others().flatMap(({ past }) => past.filter(({ type }) => type !== "answer"));
        if (message.type === "answer" || mail.length === 0 || chance.happens(0.5)) return undefined;
        return [message, chance.pick(mail)];
      },
    }),
  },
} satisfies Record<string, Lie>;
