import { expect } from "chai";
import fc from "fast-check";
import { KeyedLine } from "../../../keepers/queue/keyedLine.js";

interface Item {
  readonly key: string | undefined;
  readonly number: number;
}

describe("KeyedLine", () => {
  it("gives each item once, one of a key at a time, and those of a key in the order they came in", () => {
    const key = fc.option(fc.constantFrom("a", "b"), { nil: undefined });
    const step = fc.oneof(fc.record({ push: key }), fc.constant("take"), fc.constant("release"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new KeyedLine<Item>();
        const held: Item[] = [];
        const taken: Item[] = [];
        let pushed = 0;
        const take = (): void => {
          const item = line.take();
          if (item === undefined) return;
          if (item.key !== undefined) expect(held.map((other) => other.key)).to.not.include(item.key);
          held.push(item);
          taken.push(item);
        };
        const release = (): void => {
          const item = held.shift();
          if (item !== undefined) line.release(item);
        };
        for (const one of steps) {
          if (one === "take") take();
          else if (one === "release") release();
          else line.push({ key: one.push, number: pushed++ });
          expect(line.size).to.equal(pushed - taken.length);
        }
        while (taken.length < pushed) {
          take();
          release();
        }
        for (const wanted of ["a", "b"]) {
          const numbers = taken.filter((item) => item.key === wanted).map((item) => item.number);
          expect(numbers).to.deep.equal([...numbers].sort((x, y) => x - y));
        }
        expect(new Set(taken).size).to.equal(pushed);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps nobody waiting behind a key that is busy", () => {
    const line = new KeyedLine<Item>();
    for (const [number, key] of (["a", "a", undefined, "b"] as const).entries()) line.push({ key, number });
    expect([line.take(), line.take(), line.take(), line.take()].map((item) => item?.number)).to.deep.equal([
      ...[0, 2, 3, undefined],
    ]);
  });
});
