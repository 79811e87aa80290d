/**
 * What tasks share: amounts, tiers, batches, progress
 */
import { expect } from "chai";
import { parseEther } from "ethers";
import fc from "fast-check";

import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { TIERS } from "../../../keepers/protocol/supply.js";
import { formatAmount, formatR1, parseR1 } from "../../../tasks/lib/amounts.js";
import { nextBatch } from "../../../tasks/lib/batches.js";
import { compiled } from "../../../tasks/lib/compiled.js";
import { Terminal } from "../../../tasks/lib/terminal.js";
import { tierParts } from "../../../tasks/lib/tiers.js";
import { formatDuration } from "../../../tasks/lib/times.js";
import type { TaskResult } from "../../../tasks/lib/action.js";
import { captured } from "./world.js";

describe("Task amounts", () => {
  it("are rounded down to six decimals, and never to nothing", () => {
    expect(formatR1(parseEther("1234567.1234569"))).to.equal("1,234,567.123456 R1");
    expect(formatR1(1n)).to.equal("<0.000001 R1");
    expect(formatR1(0n)).to.equal("0 R1");
    expect(formatAmount(parseEther("3"), { price: 33_333_333n, decimals: 8n })).to.equal("3 R1 ($1.00)");
    expect(formatAmount(parseEther("3"), { price: 10n ** 18n, decimals: 18n })).to.equal("3 R1 ($3.00)");
    expect(formatAmount(parseEther("3"), undefined)).to.equal("3 R1");
  });

  it("are read back as they are printed", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), (micro) => {
        const wei = micro * 10n ** 12n;
        expect(parseR1(formatR1(wei), "amount")).to.equal(wei);
      }),
    );
  });

  it("of time show two units", () => {
    expect([0n, 59n, 3_600n, 90_061n].map(formatDuration)).to.deep.equal(["0 s", "59 s", "1 h", "1 d 1 h"]);
  });
});

describe("Tier parts", () => {
  const prices = TIERS.flatMap(({ priceUsd, units }) => Array.from({ length: units }, () => priceUsd));

  it("are the tiers of each single deed", () => {
    fc.assert(
      fc.property(fc.nat(prices.length), fc.integer({ min: 1, max: 5_000 }), (sold, count) => {
        const expected = prices.slice(sold, sold + count);
        const parts = tierParts(sold, count).flatMap((part) => Array.from({ length: part.count }, () => part.priceUsd));
        expect(parts).to.deep.equal(expected);
      }),
    );
  });
});

describe("Batches", () => {
  it("stay under the limit, and together hold every item once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 300 }), async (costs) => {
        const estimate = (items: readonly number[]) =>
          Promise.resolve(BigInt(items.reduce((sum, cost) => sum + cost, 10)));
        const taken: number[] = [];
        while (taken.length < costs.length) {
          const { items, gas } = await nextBatch(costs.slice(taken.length), 100n, estimate);
          expect(items.length).to.be.greaterThan(0);
          expect(gas <= 100n).to.be.true;
          taken.push(...items);
        }
        expect(taken).to.deep.equal(costs);
      }),
    );
  });

  it("an item above the limit is refused, as is what a contract refuses", async () => {
    const message = await nextBatch([1], 100n, () => Promise.resolve(101n)).catch((error: unknown) => String(error));
    expect(message).to.equal("KeeperError: one deed needs 101 gas, above --gas-limit 100");
  });
});

describe("A task before the first compilation", () => {
  it("says what to run, and other failures to load stay what they are", async () => {
    const missing = compiled(() => Promise.reject(new Error("Cannot find module '/typechain-types/index.js'")));
    const { result, errors } = await captured(
      async () => (await missing()).default({}, {} as never) as Promise<TaskResult>,
    );
    expect(result.success).to.be.false;
    expect(errors).to.equal("Error: the contracts are not compiled yet: run npx hardhat build first\n");
    const broken = compiled(() => Promise.reject(new Error("syntax error")));
    expect(await broken().catch((error: unknown) => String(error))).to.equal("Error: syntax error");
  });
});

describe("Progress", () => {
  for (const isTTY of [true, false]) {
    it(`appears after two seconds, not before (${isTTY ? "terminal" : "pipe"})`, async () => {
      const clock = new VirtualClock();
      let errors = "";
      const output = { write: () => true };
      const terminal = new Terminal(
        { json: false },
        { clock, output, errors: { isTTY, write: (text) => (errors += text) } },
      );
      const done = Promise.withResolvers<string>();
      const waiting = terminal.during("working", () => done.promise);
      await clock.advance(1_999);
      expect(errors).to.equal("");
      await clock.advance(1);
      expect(errors).to.include("working (2 s)");
      await clock.advance(10_000);
      expect(errors.split("(").length - 1).to.equal(isTTY ? 101 : 2);
      done.resolve("result");
      expect(await waiting).to.equal("result");
      expect(clock.pending).to.equal(0);
    });
  }
});
