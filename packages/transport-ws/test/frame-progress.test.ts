import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameProgress } from "../src/server/frame-progress.ts";
import { frame } from "./raw-client.ts";

const control = fc.record({ kind: fc.constantFrom(9, 10), sizes: fc.tuple(fc.nat(125)) });
const size = fc.oneof(fc.nat(130), fc.constantFrom(125, 126, 127, 65_535, 65_536));
const data = fc.record({ kind: fc.constant(2), sizes: fc.array(size, { minLength: 1, maxLength: 4 }) });

test("knows after every piece whether a message is under way, however the pieces are cut", () => {
  const messages = fc.array(fc.oneof(control, data), { maxLength: 6 });
  fc.assert(
    fc.property(messages, fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 1 }), (sent, cuts) => {
      const frames: Buffer[] = [];
      /** Position behind each frame, and whether a message is still unfinished there. */
      const ends = new Map<number, boolean>([[0, false]]);
      let position = 0;
      for (const { kind, sizes } of sent) {
        for (const [index, length] of sizes.entries()) {
          const final = index === sizes.length - 1;
          frames.push(frame(new Uint8Array(length).fill(0x81), { opcode: index === 0 ? kind : 0, final }));
          position += frames.at(-1)?.length ?? 0;
          ends.set(position, !final);
        }
      }
      const bytes = Buffer.concat(frames);
      const progress = new FrameProgress();
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const next = Math.min(bytes.length, at + (cuts[turn % cuts.length] as number));
        progress.push(bytes.subarray(at, next));
        at = next;
        expect(progress.isUnderWay).toBe(ends.get(at) ?? true);
      }
      expect(progress.finished).toBe(sent.filter(({ kind }) => kind === 2).length);
      expect(progress.bytes).toBe(0);
    }),
  );
});

test("counts what has come of a message, and nothing of pings", () => {
  const progress = new FrameProgress();
  progress.push(frame(new Uint8Array(70), { final: false }));
  progress.push(frame(new Uint8Array(100), { opcode: 9 }));
  progress.push(frame(new Uint8Array(0), { opcode: 0, claims: 65_536 }));
  progress.push(new Uint8Array(1_000));
  expect(progress.bytes).toBe(1_070);
});
