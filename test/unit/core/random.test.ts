import { expect } from "chai";
import fc from "fast-check";
import { CryptoRandom, SeededRandom, type Random } from "../../../keepers/core/random.js";

for (const [name, create] of [
  ["CryptoRandom", (): Random => new CryptoRandom()],
  ["SeededRandom", (): Random => new SeededRandom("uniform")],
] as const) {
  describe(name, () => {
    it("draws whole numbers below the bound only, and all of them", () => {
      const random = create();
      const seen = new Set(Array.from({ length: 1_000 }, () => random.integer(6)));
      expect([...seen].sort()).to.deep.equal([0, 1, 2, 3, 4, 5]);
      expect(random.integer(1)).to.equal(0);
      expect(random.integer(2 ** 32)).to.be.within(0, 2 ** 32 - 1);
    });

    it("prefers no number when the bound does not divide 2^32", () => {
      const random = create();
      const low = Array.from({ length: 3_000 }, () => random.integer(3 * 2 ** 30)).filter((value) => value < 2 ** 30);
      expect(low.length / 3_000).to.be.closeTo(1 / 3, 0.06);
    });

    it("refuses bounds that are none", () => {
      for (const bound of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
        expect(() => create().integer(bound)).to.throw(RangeError);
    });

    it("draws fractions in [0, 1) and bytes of the length asked, evenly", () => {
      const random = create();
      const mean = Array.from({ length: 10_000 }, () => random.next()).reduce((sum, value) => sum + value) / 10_000;
      expect(mean).to.be.closeTo(0.5, 0.03);
      const bytes = random.bytes(10_000);
      expect(bytes).to.have.length(10_000);
      expect(bytes.reduce((sum, value) => sum + value, 0) / 10_000).to.be.closeTo(127.5, 6);
    });
  });
}

describe("SeededRandom", () => {
  const draw = (random: Random): number[] => Array.from({ length: 20 }, () => random.integer(1_000_000));

  it("repeats for the same seed and differs for another", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(draw(new SeededRandom(a))).to.deep.equal(draw(new SeededRandom(a)));
        if (a !== b) expect(draw(new SeededRandom(a))).to.not.deep.equal(draw(new SeededRandom(b)));
      }),
    );
  });

  it("forks streams that do not depend on what is drawn elsewhere", () => {
    const [one, two] = [new SeededRandom(1), new SeededRandom(1)];
    const [forkOne, forkTwo] = [one.fork(), two.fork()];
    draw(one);
    expect(draw(forkOne)).to.deep.equal(draw(forkTwo));
    expect(draw(two)).to.not.deep.equal(draw(two.fork()));
  });
});
