import {
  type Answer,
  type ClaimedDevice,
  type ClientMessage,
  hex,
  type RefusalCode,
  type RelayMessage,
  type Request,
} from "@readback/core/wire";
import type { Lie, Telling } from "./lie.ts";

const refusals: readonly RefusalCode[] = [
  "refused",
  "not-allowed",
  "invalid-handshake",
  "missing-proposals",
  "commit-first",
  "rate-limited",
  "unavailable",
];
const tenMinutes = 600_000;

/** Answers a request instead of the relay, which never hears of it. */
function answered(
  { victim }: Telling,
  about: (request: Request) => Answer | undefined,
): (message: ClientMessage) => ClientMessage[] | undefined {
  return (message) => {
    const answer = message.type === "request" ? about(message.request) : undefined;
    if (message.type !== "request" || answer === undefined) return undefined;
    const { tell } = victim.device;
    queueMicrotask(() => tell({ type: "answer", id: message.id, answer }));
    return [];
  };
}

/** Changes answers of one type. */
function changed<Type extends Answer["type"]>(
  type: Type,
  change: (answer: Extract<Answer, { type: Type }>, id: number) => Answer | undefined,
): (message: RelayMessage) => RelayMessage[] | undefined {
  return (message) => {
    if (message.type !== "answer" || message.answer.type !== type) return undefined;
    const answer = change(message.answer as Extract<Answer, { type: Type }>, message.id);
    return answer && [{ ...message, answer }];
  };
}

/** A relay that answers what is not so. */
export const untrueAnswers = {
  /** It turns down what it has not looked at. */
  refused: {
    weight: 2,
    findings: ["blocked", "withheld"],
    others: ["missing", "recovered"],
    // A log whose first commit is turned down is given up by who has opened it.
    gives: ["welcome", "receipts"],
    begin: (telling) => ({
      fromClient: answered(telling, ({ type }) =>
        type === "append" ? { type: "refused", code: telling.chance.pick(refusals) } : undefined,
      ),
    }),
  },
  /** It says that it has taken what it has thrown away. */
  "accepted-and-dropped": {
    weight: 3,
    findings: ["withheld", "blocked"],
    begin: (telling) => ({
      fromClient: answered(telling, ({ type }) =>
        type === "append"
          ? {
              type: "appended",
              seq: 1 + telling.chance.below(60),
              acceptedAt: telling.victim.device.clock.now(),
            }
          : undefined,
      ),
    }),
  },
  /** It says that somebody else was first. */
  "epoch-invented": {
    weight: 1,
    findings: ["blocked", "withheld"],
    begin: (telling) => ({
      fromClient: answered(telling, (request) =>
        request.type === "append"
          ? { type: "epoch-changed", epoch: request.epoch + BigInt(telling.chance.below(3)) }
          : undefined,
      ),
    }),
  },
  /** Logs end elsewhere, it says when somebody connects. */
  "heads-invented": {
    weight: 2,
    findings: ["withheld"],
    begin: ({ chance }) => ({
      fromRelay: changed("subscribed", ({ heads }) => ({
        type: "subscribed",
        heads: heads.map((head) => ({ ...head, seq: Math.max(0, head.seq + chance.below(12) - 6) })),
      })),
    }),
  },
  /** Asked to sign anew where all logs end, it repeats what it has signed before. */
  "old-ends": {
    weight: 2,
    findings: ["withheld"],
    begin: ({ victim }) => ({
      fromRelay: changed("ends", () => {
        const old = victim.past.find(
          (message) => message.type === "answer" && message.answer.type === "ends",
        );
        return old?.type === "answer" ? old.answer : undefined;
      }),
    }),
  },
  /** It signs that there is nothing more, and shows nothing more. Nobody can know, until something comes across. */
  "nothing-more": {
    weight: 2,
    findings: ["withheld", "rolled-back"],
    gives: ["current"],
    begin: ({ victim, forged }) => ({
      fromRelay(message) {
        if (message.type === "entry") return [];
        const request = message.type === "answer" ? victim.requests.get(message.id) : undefined;
        if (message.type !== "answer" || message.answer.type !== "ends" || request?.type !== "ends")
          return undefined;
        const { ends, signedAt } = message.answer;
        const { fullName } = victim.device;
        const shown = (ends ?? []).filter(({ conversation, seq }) =>
          victim.heads.get(hex(conversation))?.has(seq),
        );
        if (ends === undefined || shown.length === ends.length) return undefined;
        const own = ends.flatMap(({ conversation }) => {
          const heads = victim.heads.get(hex(conversation));
          const last = heads?.get(Math.max(...heads.keys()));
          return last === undefined ? [] : [{ conversation, seq: last.seq, hash: last.entryHash }];
        });
        return [{ ...message, answer: forged.ends(fullName, request.nonce, own, signedAt) }];
      },
    }),
  },
  /** It signs with a clock that is wrong. */
  "times-wrong": {
    weight: 2,
    findings: ["clock-off", "misdated"],
    others: ["clock-off", "misdated"],
    gives: ["current"],
    begin({ victim, forged, chance }) {
      const by = chance.happens(0.5) ? tenMinutes : -tenMinutes;
      return {
        fromRelay(message) {
          if (message.type === "entry") {
            const head = forged.sign({ ...message.head, signedAt: message.head.signedAt + by });
            return [{ ...message, head }];
          }
          const request = message.type === "answer" ? victim.requests.get(message.id) : undefined;
          if (message.type !== "answer" || message.answer.type !== "ends" || request?.type !== "ends")
            return undefined;
          const { ends, signedAt } = message.answer;
          if (ends === undefined) return undefined;
          const answer = forged.ends(victim.device.fullName, request.nonce, ends, signedAt + by);
          return [{ ...message, answer }];
        },
      };
    },
  },
  /** It hands out key packages that have served before: whoever is added with them cannot come in. */
  "old-key-packages": {
    weight: 1,
    findings: [],
    begin: ({ memory, permits }) => ({
      fromRelay: changed("claimed", ({ persons, ...rest }) => {
        let isOld = false;
        const again = (claimed: ClaimedDevice): ClaimedDevice => {
          const { device, keyPackage } = claimed;
          const name = `key package ${device}`;
          const old = memory.get(name);
          if (old === undefined && keyPackage !== undefined) memory.set(name, keyPackage);
          if (old === undefined || keyPackage === undefined) return claimed;
          isOld = true;
          permits.allow(["welcome", "mls-welcome-unknown"], { device });
          return { device, keyPackage: old };
        };
        const told = persons.map((person) => ({ ...person, devices: person.devices.map(again) }));
        return isOld ? { ...rest, persons: told } : undefined;
      }),
    }),
  },
  /** It hands out how a group was, where somebody wants a place in it again. */
  "old-group-info": {
    weight: 1,
    findings: ["blocked"],
    begin: ({ memory, victim }) => ({
      fromRelay: changed("group-info", (answer, id) => {
        const request = victim.requests.get(id);
        if (request?.type !== "group-info") return undefined;
        const names = ["info", "tree"].map((part) => `${part} ${hex(request.conversation)}`);
        const [groupInfo, ratchetTree] = names.map((name) => memory.get(name));
        if (groupInfo !== undefined && ratchetTree !== undefined)
          return { type: "group-info", groupInfo, ratchetTree };
        memory.set(names[0] as string, answer.groupInfo).set(names[1] as string, answer.ratchetTree);
        return undefined;
      }),
    }),
  },
  /** It hands out the keys of one person for another. */
  "swapped-key-packages": {
    weight: 1,
    findings: [],
    begin: () => ({
      fromRelay: changed("claimed", ({ persons, ...rest }) => {
        const [first, second, ...others] = persons;
        if (first === undefined || second === undefined || first.devices.length === 0) return undefined;
        return {
          ...rest,
          persons: [{ ...first, devices: second.devices }, { ...second, devices: first.devices }, ...others],
        };
      }),
    }),
  },
} satisfies Record<string, Lie>;
