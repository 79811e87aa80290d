import { expect } from "chai";
import fc from "fast-check";
import type { SlotStore } from "../../../keepers/storage/slotStore.js";
import { codeOf } from "./temporaryDirectory.js";

export const slotOptions = { slotsPerEpoch: 12, maximumNodes: 40 };

/** A distinct address for each number. */
export function nodeAddress(number: number): string {
  return `0x${number.toString(16).padStart(40, "0")}`;
}

/** What every SlotStore must do; `create` gives an empty one made with `slotOptions`. */
export function slotStoreConformance(name: string, create: () => Promise<SlotStore>): void {
  describe(`SlotStore conformance: ${name}`, () => {
    let store: SlotStore;
    const [a, b] = [nodeAddress(1), nodeAddress(2)];

    beforeEach(async () => {
      store = await create();
    });

    afterEach(() => store.close());

    it("knows nothing at first", () => {
      expect(store.has(0n, 0, a)).to.equal(false);
      expect(store.count(0n, a)).to.equal(0);
    });

    it("counts a slot once, however often it is marked, before and after a flush", async () => {
      expect([store.mark(5n, 3, a), store.mark(5n, 3, a), store.mark(5n, 4, a)]).to.deep.equal([true, false, true]);
      await store.flush();
      expect(store.count(5n, a)).to.equal(2);
      expect([store.mark(5n, 3, a), store.mark(5n, 5, a)]).to.deep.equal([false, true]);
      await store.flush();
      expect(store.count(5n, a)).to.equal(3);
    });

    it("counts each slot of a node that beats with a sequence", async () => {
      for (const slot of [0, 1, 2, 11]) store.mark(5n, slot, a, BigInt(slot + 1));
      for (const slot of [0, 1]) store.mark(5n, slot, b, 2n ** 64n - 1n - BigInt(slot));
      await store.flush();
      expect([store.count(5n, a), store.count(5n, b)]).to.deep.equal([4, 2]);
    });

    it("keeps nodes, slots and epochs apart", async () => {
      store.mark(5n, 3, a);
      await store.flush();
      expect([store.has(5n, 3, a), store.has(5n, 3, b), store.has(5n, 2, a), store.has(6n, 3, a)]).to.deep.equal([
        true,
        false,
        false,
        false,
      ]);
    });

    it("counts from a slot on, that slot included", async () => {
      for (const slot of [0, 3, 7, 11]) store.mark(1n, slot, a);
      await store.flush();
      expect([0, 1, 3, 4, 11, 12].map((from) => store.count(1n, a, from))).to.deep.equal([4, 3, 3, 2, 1, 0]);
    });

    it("agrees with sets of marks", async () => {
      const mark = fc.record({ epoch: fc.bigInt(0n, 2n), slot: fc.nat(11), node: fc.nat(39) });
      await fc.assert(
        fc.asyncProperty(fc.array(mark, { maxLength: 200 }), fc.nat(12), async (marks, from) => {
          const fresh = await create();
          const model = new Set<string>();
          for (const { epoch, slot, node } of marks) {
            const key = `${epoch}/${slot}/${node}`;
            expect(fresh.mark(epoch, slot, nodeAddress(node))).to.equal(!model.has(key));
            model.add(key);
          }
          await fresh.sync(0n);
          await fresh.flush();
          for (const { epoch, node } of marks) {
            const slots = Array.from({ length: 12 - from }, (_, index) => from + index);
            const expected = slots.filter((slot) => model.has(`${epoch}/${slot}/${node}`)).length;
            expect(fresh.count(epoch, nodeAddress(node), from)).to.equal(expected);
          }
          await fresh.close();
        }),
        { numRuns: 30 },
      );
    });

    for (const slot of [-1, 12, 1.5, Number.NaN]) {
      it(`refuses slot ${slot}`, async () => {
        expect(await codeOf(() => store.mark(0n, slot, a))).to.equal("SLOT_INVALID");
      });
    }

    it("refuses one node more than it was made for, and still takes the known ones", async () => {
      for (let number = 0; number < 40; number += 1) store.mark(0n, 0, nodeAddress(number));
      expect(await codeOf(() => store.mark(0n, 1, nodeAddress(40)))).to.equal("NODE_LIMIT");
      await store.flush();
      expect(await codeOf(() => store.mark(0n, 1, nodeAddress(40)))).to.equal("NODE_LIMIT");
      expect(store.mark(0n, 1, nodeAddress(39))).to.equal(true);
    });

    it("forgets the epochs before the one given, for good, and keeps the others", async () => {
      for (const epoch of [1n, 2n, 3n]) store.mark(epoch, 0, a);
      await store.flush();
      await store.prune(3n);
      expect([1n, 2n, 3n].map((epoch) => store.count(epoch, a))).to.deep.equal([0, 0, 1]);
      expect(store.mark(2n, 1, a)).to.equal(false);
      expect(store.has(2n, 1, a)).to.equal(false);
      await store.prune(1n);
      expect(store.mark(2n, 1, a)).to.equal(false);
      await store.flush();
      expect([2n, 3n].map((epoch) => store.count(epoch, a))).to.deep.equal([0, 1]);
    });

    it("has no problem as long as it can write", async () => {
      store.mark(1n, 1, a);
      await store.flush();
      await store.sync(1n);
      expect(store.problem).to.equal(undefined);
    });

    it("refuses marks once closed, closes twice, and still answers", async () => {
      store.mark(1n, 1, a);
      await Promise.all([store.close(), store.close()]);
      expect(await codeOf(() => store.mark(1n, 2, a))).to.equal("STORE_CLOSED");
      expect(store.count(1n, a)).to.equal(1);
    });
  });
}
