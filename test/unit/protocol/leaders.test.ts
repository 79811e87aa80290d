import { expect } from "chai";
import { concat, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { EncodingError } from "../../../keepers/protocol/bytes.js";
import { leaderOrder } from "../../../keepers/protocol/leaders.js";

const CHAIN = { chainId: 8453n, ledger: `0x${"1e".repeat(20)}` };
const NONE: ReadonlySet<string> = new Set();
const oraclesOf = (size: number) => Array.from({ length: size }, (_, index) => toBeHex(index + 1, 20));

/** As the protocol page says it, written again. */
function model(epoch: bigint, oracles: readonly string[]): string[] {
  const span = epoch / BigInt(oracles.length);
  const order = [...oracles];
  for (let i = order.length - 1; i >= 1; i--) {
    const bytes = concat([
      toUtf8Bytes("R1/leaders/1"),
      toBeHex(8453, 8),
      CHAIN.ledger,
      toBeHex(span, 8),
      toBeHex(i, 4),
    ]);
    const j = Number(BigInt(keccak256(bytes)) % BigInt(i + 1));
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  const first = Number(epoch % BigInt(order.length));
  return order.map((_, index) => order[(index + first) % order.length]!);
}

describe("leaders", () => {
  it("lets each oracle lead round 0 exactly once in every span, for 4 to 64 oracles", () => {
    for (let size = 4; size <= 64; size++) {
      const oracles = oraclesOf(size);
      for (const span of [0n, 1n, 99n]) {
        const firsts = oracles.map((_, index) => {
          const epoch = span * BigInt(size) + BigInt(index);
          return leaderOrder({ ...CHAIN, epoch, oracles, unreliable: NONE })[0]!;
        });
        expect([...firsts].sort()).to.deep.equal(oracles);
      }
    }
  });

  it("is the permutation of the protocol page", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.integer({ min: 1, max: 64 }), (epoch, size) => {
        const oracles = oraclesOf(size);
        expect(leaderOrder({ ...CHAIN, epoch, oracles, unreliable: NONE })).to.deep.equal(model(epoch, oracles));
      }),
    );
  });

  it("moves unreliable oracles to the end and keeps the order otherwise", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10_000n), fc.subarray(oraclesOf(9)), (epoch, bad) => {
        const oracles = oraclesOf(9);
        const all = leaderOrder({ ...CHAIN, epoch, oracles, unreliable: NONE });
        const order = leaderOrder({ ...CHAIN, epoch, oracles, unreliable: new Set(bad) });
        const expected = [...all.filter((one) => !bad.includes(one)), ...all.filter((one) => bad.includes(one))];
        expect(order).to.deep.equal(expected);
      }),
    );
  });

  it("differs between spans, chains and ledgers", () => {
    const oracles = oraclesOf(21);
    const inputs = { ...CHAIN, epoch: 0n, oracles, unreliable: NONE };
    const orders = [
      inputs,
      { ...inputs, epoch: 21n },
      { ...inputs, chainId: 1n },
      { ...inputs, ledger: `0x${"2e".repeat(20)}` },
    ].map((each) => leaderOrder(each).join());
    expect(new Set(orders).size).to.equal(4);
  });

  it("refuses an empty set, and oracles that are not ascending", () => {
    const inputs = { ...CHAIN, epoch: 0n, unreliable: NONE };
    expect(() => leaderOrder({ ...inputs, oracles: [] })).to.throw(RangeError, "empty");
    expect(() => leaderOrder({ ...inputs, oracles: oraclesOf(4).reverse() })).to.throw(EncodingError, "come after");
  });
});
