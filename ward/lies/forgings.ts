import { hex, type LogEntry } from "@readback/core/wire";
import { flipped } from "../scenarios/forged-relay.ts";
import type { Edit } from "./forged-history.ts";
import type { Telling } from "./lie.ts";

/** How a relay makes another history of a log, which it signs, and how often compared with the others. */
export interface Forging {
  readonly weight: number;
  edit(telling: Telling): Edit;
}

/** What was said or reported by somebody else: what is our own comes without its payload. */
const isForeign = ({ header, payload }: LogEntry): boolean =>
  (header.kind === "application" || header.kind === "receipt") && payload !== undefined;

const isMessage = (entry: LogEntry): boolean => entry.header.kind === "application" && isForeign(entry);

/** Edits one entry and no other. */
function once(isOne: (entry: LogEntry) => boolean, edit: Edit): Edit {
  let isOver = false;
  return (entry, told) => {
    const edited = isOver || !isOne(entry) ? undefined : edit(entry, told);
    isOver ||= edited !== undefined;
    return edited;
  };
}

/** By what it is called in the report. Whatever is told like this is proved by the next word that crosses. */
export const forgings = {
  /** A message is not there. */
  dropped: { weight: 3, edit: () => once(isMessage, () => []) },
  /** A receipt is not there. */
  "receipt-dropped": {
    weight: 1,
    edit: () =>
      once(
        ({ header }) => header.kind === "receipt",
        () => [],
      ),
  },
  /** A message has another time. */
  retimed: {
    weight: 2,
    edit: () =>
      once(isMessage, ({ header, payload }) => [
        { header: { ...header, acceptedAt: header.acceptedAt + 1 }, payload },
      ]),
  },
  /** Something that was said or reported is there twice. */
  repeated: {
    weight: 2,
    edit: () => once(isForeign, (entry, told) => [entry, told.findLast(isForeign) ?? entry]),
  },
  /** A message is not what its author has sent. */
  altered: {
    weight: 2,
    edit: ({ chance, forged }) =>
      once(isMessage, ({ header, payload = new Uint8Array() }) => {
        const changed = flipped(payload, chance.below(8 * payload.length));
        return [{ header: { ...header, payloadHash: forged.payloadHash(changed) }, payload: changed }];
      }),
  },
  /** Two that follow each other have changed places. */
  swapped: {
    weight: 2,
    edit() {
      let held: LogEntry | undefined;
      let isOver = false;
      return (entry) => {
        if (isOver) return undefined;
        if (held === undefined) {
          if (!isMessage(entry)) return undefined;
          held = entry;
          return [];
        }
        isOver = true;
        return entry.header.epoch === held.header.epoch && entry.header.kind !== "commit"
          ? [entry, held]
          : [held, entry];
      };
    },
  },
  /** What was said in another conversation is there too. */
  spliced: {
    weight: 1,
    edit: ({ victim, conversation }) =>
      once(isForeign, (entry) => {
        const other = victim.past.findLast(
          (message) =>
            message.type === "entry" &&
            isForeign(message.entry) &&
            hex(message.entry.header.conversation) !== conversation,
        );
        return other?.type === "entry" ? [other.entry, entry] : undefined;
      }),
  },
  /** There is a message that nobody has sent. */
  invented: {
    weight: 1,
    edit: ({ chance, forged }) =>
      once(isForeign, (entry) => {
        const payload = chance.bytes(300);
        return [{ header: { ...entry.header, payloadHash: forged.payloadHash(payload) }, payload }, entry];
      }),
  },
  /** There is a change of members that no member has made: the last one again. */
  "commit-invented": {
    weight: 1,
    edit: ({ chance, forged, victim, conversation }) =>
      once(isForeign, (entry) => {
        const old = victim.past.findLast(
          (message) =>
            message.type === "entry" &&
            message.entry.header.kind === "commit" &&
            hex(message.entry.header.conversation) === conversation,
        );
        const payload = (old?.type === "entry" ? old.entry.payload : undefined) ?? chance.bytes(300);
        const header = {
          ...entry.header,
          kind: "commit",
          payloadHash: forged.payloadHash(payload),
        } as const;
        return [{ header, payload }];
      }),
  },
} satisfies Record<string, Forging>;

/** What a forging is called in a plan. */
export type ForgingName = keyof typeof forgings;
