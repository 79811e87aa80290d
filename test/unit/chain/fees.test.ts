import { expect } from "chai";
import fc from "fast-check";

import { raiseFees, suggestFees } from "../../../keepers/chain/fees.js";

const gwei = 1_000_000_000n;
const fee = fc.bigInt(0n, 500n * gwei);

describe("fees", () => {
  it("offers twice the base fee and the tip", () => {
    expect(suggestFees({ baseFee: 10n * gwei, priorityFee: gwei }, 100n * gwei)).to.deep.equal({
      maxFeePerGas: 21n * gwei,
      maxPriorityFeePerGas: gwei,
    });
  });

  it("raises by an eighth, or to what the chain asks for now", () => {
    const previous = { maxFeePerGas: 8n * gwei, maxPriorityFeePerGas: 16n };
    const quiet = { baseFee: gwei, priorityFee: 1n };
    expect(raiseFees(previous, quiet, 100n * gwei)).to.deep.equal({
      maxFeePerGas: 9n * gwei,
      maxPriorityFeePerGas: 18n,
    });
    const busy = { baseFee: 20n * gwei, priorityFee: gwei };
    const expected = { maxFeePerGas: 41n * gwei, maxPriorityFeePerGas: gwei };
    expect(raiseFees(previous, busy, 100n * gwei)).to.deep.equal(expected);
  });

  it("gives up raising above the cap", () => {
    const previous = { maxFeePerGas: 8n * gwei, maxPriorityFeePerGas: 0n };
    expect(raiseFees(previous, { baseFee: 0n, priorityFee: 0n }, 9n * gwei)?.maxFeePerGas).to.equal(9n * gwei);
    expect(raiseFees(previous, { baseFee: 0n, priorityFee: 0n }, 9n * gwei - 1n)).to.equal(undefined);
  });

  it("property: never above the cap, the tip never above the fee, a raise always enough for a node that wants 12.5 %", () => {
    fc.assert(
      fc.property(fee, fee, fee, fee, fee, (baseFee, priorityFee, laterBase, laterTip, cap) => {
        const first = suggestFees({ baseFee, priorityFee }, cap);
        expect(first.maxFeePerGas <= cap && first.maxPriorityFeePerGas <= first.maxFeePerGas).to.equal(true);
        const raised = raiseFees(first, { baseFee: laterBase, priorityFee: laterTip }, cap);
        if (raised === undefined) {
          expect(first.maxFeePerGas * 9n > cap * 8n || cap === 0n).to.equal(true);
          return;
        }
        expect(raised.maxFeePerGas <= cap && raised.maxPriorityFeePerGas <= raised.maxFeePerGas).to.equal(true);
        expect(raised.maxFeePerGas > first.maxFeePerGas).to.equal(true);
        expect(raised.maxFeePerGas * 8n >= first.maxFeePerGas * 9n).to.equal(true);
        expect(raised.maxPriorityFeePerGas * 8n >= first.maxPriorityFeePerGas * 9n).to.equal(true);
      }),
    );
  });
});
