import { describe, expect, test } from "vitest";
import { FanOut, type Published, type Subscriber } from "../src/fan-out.ts";

const conversation = Uint8Array.of(1);

function entry(seq: number, change: Partial<Published> = {}): Published {
  return { conversation, seq, added: [], removed: [], framesFor: () => [], ...change };
}

function listener(device: string): Subscriber & { readonly seen: number[] } {
  const seen: number[] = [];
  return {
    device,
    seen,
    onEntry: ({ seq }) => seen.push(seq),
    onInbox: () => seen.push(0),
    onClaim: () => {},
  };
}

describe("FanOut", () => {
  test("holds back what comes while a subscriber finds out where it stands", () => {
    const fanOut = new FanOut();
    const ada = listener("ada");
    fanOut.prepare(ada);
    for (const seq of [5, 6, 7]) fanOut.publish(entry(seq));
    expect(ada.seen).toEqual([]);
    fanOut.start(ada, [{ conversation, seq: 6, ended: false }]);
    fanOut.publish(entry(8));
    expect(ada.seen).toEqual([7, 8]);
  });

  test("follows who joins and leaves while one subscriber begins and another listens", () => {
    const fanOut = new FanOut();
    const [ada, ben] = [listener("ada"), listener("ben")];
    fanOut.prepare(ada);
    fanOut.start(ada, []);
    fanOut.prepare(ben);
    fanOut.publish(entry(3, { added: ["ada", "ben"] }));
    fanOut.publish(entry(4));
    fanOut.publish(entry(5, { removed: ["ben"] }));
    fanOut.publish(entry(6));
    fanOut.start(ben, []);
    fanOut.publish(entry(7, { removed: ["ada"], added: ["ben"] }));
    fanOut.publish(entry(8));
    expect([ada.seen, ben.seen]).toEqual([
      [3, 4, 5, 6, 7],
      [3, 4, 5, 7, 8],
    ]);
  });

  test("tells a device that comes and goes in one commit once", () => {
    const fanOut = new FanOut();
    const ada = listener("ada");
    fanOut.prepare(ada);
    fanOut.start(ada, [{ conversation, seq: 1, ended: false }]);
    fanOut.publish(entry(2, { removed: ["ada"], added: ["ada"] }));
    fanOut.publish(entry(3));
    expect(ada.seen).toEqual([2, 3]);
  });

  test("says nothing to who has stopped, and nothing twice to who began again", () => {
    const fanOut = new FanOut();
    const [ada, ben] = [listener("ada"), listener("ben")];
    for (const one of [ada, ben]) {
      fanOut.prepare(one);
      fanOut.start(one, [{ conversation, seq: 1, ended: false }]);
    }
    fanOut.stop(ada);
    fanOut.stop(ada);
    fanOut.prepare(ben);
    fanOut.publish(entry(2, { added: ["ada"] }));
    fanOut.publishInbox(["ada"]);
    fanOut.start(ben, [{ conversation, seq: 2, ended: false }]);
    fanOut.start(ada, [{ conversation, seq: 2, ended: false }]);
    fanOut.publish(entry(3));
    expect([ada.seen, ben.seen]).toEqual([[], [3]]);
  });

  test("says nothing more to who was cut off by what came before, though it would join", () => {
    const fanOut = new FanOut();
    const seen: number[] = [];
    const slow: Subscriber = {
      device: "ada",
      onEntry({ seq }) {
        seen.push(seq);
        fanOut.stop(slow);
      },
      onInbox: () => {},
      onClaim: () => {},
    };
    fanOut.prepare(slow);
    fanOut.publish(entry(2));
    fanOut.publish(entry(3, { added: ["ada"] }));
    fanOut.start(slow, [{ conversation, seq: 1, ended: false }]);
    fanOut.publish(entry(4));
    expect(seen).toEqual([2]);
  });
});
