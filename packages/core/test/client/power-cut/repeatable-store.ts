import { type Decision, memoryRelayStore, type RelayStore } from "@readback/relay";

/** A relay store in memory whose past can be lived again in another one. */
export interface RepeatableStore extends RelayStore {
  /** A new store that is where this one is now. */
  repeat(): Promise<RelayStore>;
}

/** Remembers everything that has changed it; what was decided is not decided again. */
export function repeatableStore(): RepeatableStore {
  const inner = memoryRelayStore();
  const past: ((store: RelayStore) => Promise<unknown>)[] = [];
  const lived = <T>(step: (store: RelayStore) => Promise<T>): Promise<T> => {
    past.push(step);
    return step(inner);
  };
  return {
    ...inner,
    setting: (name, initial) => lived((store) => store.setting(name, initial)),
    register: (device, now, maximum) => lived((store) => store.register(device, now, maximum)),
    publish: (publication) => lived((store) => store.publish(publication)),
    claim: (claim) => lived((store) => store.claim(claim)),
    forgetInbox: (device, upTo) => lived((store) => store.forgetInbox(device, upTo)),
    async append(submission, decide) {
      let decision: Decision<unknown> | undefined;
      const answer = await inner.append(submission, (situation) => {
        const decided = decide(situation);
        decision = decided;
        return decided;
      });
      if (decision?.append !== undefined)
        past.push((store) => store.append(submission, () => decision as never));
      return answer;
    },
    async repeat() {
      const store = memoryRelayStore();
      for (const step of past) await step(store);
      return store;
    },
  };
}
