import { expect } from "chai";
import fc from "fast-check";

import { ChainHistory } from "../../../keepers/chain/chainHistory.js";
import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import { errorCode } from "../../../keepers/core/errors.js";
import { anyBody } from "./events.js";
import { FakeChain, address, hash } from "./fakeChain.js";

const options = { fromBlock: 0, window: 4, retainSeconds: 10 };
const ban = (index: number): EventBody => ({ type: "DeedBanned", deed: BigInt(index), reason: "stolen" });

async function read(chain: FakeChain, history: ChainHistory): Promise<void> {
  for (const block of chain.blocks.slice(history.known + 1)) history.append(block, await chain.eventsOf(block));
}

function codeOf(operation: () => unknown): string | undefined {
  try {
    operation();
  } catch (error) {
    return errorCode(error);
  }
  return undefined;
}

describe("ChainHistory", () => {
  it("property: tells the state after any block it keeps, before and after blocks were taken back", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.array(anyBody, { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      async (blocks, depth) => {
        const chain = new FakeChain();
        const history = new ChainHistory({ ...options, window: 50 });
        for (const bodies of blocks) chain.mine(bodies);
        await read(chain, history);
        // Asked for before, so that an answer kept from then would show.
        for (const { number } of chain.blocks.slice(-4)) history.stateAt(number);
        const ancestor = Math.max(0, chain.tip.number - depth);
        const expected = chain.blocks.slice(ancestor + 1).reverse();
        expect(history.rollBack(ancestor)).to.deep.equal(expected);
        chain.drop(expected.length);
        for (const index of [1, 2, 3]) chain.mine([ban(index)]);
        await read(chain, history);
        for (const { number } of chain.blocks) {
          expect(history.stateAt(number)).to.deep.equal(chain.stateAt(number));
        }
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it("keeps the hashes of the newest blocks only", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory(options);
    chain.mineMany(9);
    await read(chain, history);
    expect(history.blocks.map(({ number }) => number)).to.deep.equal([6, 7, 8, 9]);
    expect(chain.blocks.map((block) => history.blockNumberOf(block.hash))).to.deep.equal([
      ...Array.from({ length: 6 }, () => undefined),
      ...[6, 7, 8, 9],
    ]);
  });

  it("merges events older than it has to keep, forgets the states before, and never the sum", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory(options);
    for (let index = 0; index < 600; index += 1) chain.mine([ban(index)]);
    await read(chain, history);
    const { oldest } = history;
    expect(oldest).to.be.greaterThan(500);
    expect(codeOf(() => history.stateAt(oldest - 1))).to.equal("STATE_FORGOTTEN");
    for (const number of [oldest, oldest + 1, 599, 600]) {
      expect(history.stateAt(number)).to.deep.equal(chain.stateAt(number));
    }
  });

  it("never merges events of blocks that may yet be taken back", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory({ fromBlock: 0, window: 600, retainSeconds: 0 });
    for (let index = 1; index <= 650; index += 1) chain.mine([ban(index), ban(1_000 + index)]);
    await read(chain, history);
    history.rollBack(60);
    expect(history.tipState).to.deep.equal(chain.stateAt(60));
  });

  it("keeps states as long as it was told to, however many events there are", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory({ ...options, retainSeconds: 10_000 });
    for (let index = 0; index < 1_200; index += 1) chain.mine([ban(index)]);
    await read(chain, history);
    expect(history.stateAt(3)).to.deep.equal(chain.stateAt(3));
  });

  it("does not know the future", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory(options);
    await read(chain, history);
    expect(codeOf(() => history.stateAt(1))).to.equal("STATE_NOT_KNOWN_YET");
  });

  it("finds the last block strictly before a time", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory(options);
    chain.mineMany(5);
    await read(chain, history);
    const [first, second] = history.blocks;
    expect(history.lastBlockBefore(second!.timestamp)).to.equal(first);
    expect(history.lastBlockBefore(second!.timestamp + 1)).to.equal(second);
    expect(history.lastBlockBefore(first!.timestamp)).to.equal(undefined);
  });

  it("takes as next only the block that names the newest as its parent", async () => {
    const chain = new FakeChain();
    const history = new ChainHistory(options);
    await read(chain, history);
    const next = chain.mine();
    expect(history.follows(next)).to.equal(true);
    expect(history.follows({ ...next, parentHash: hash(99) })).to.equal(false);
    expect(history.follows({ ...next, number: 2 })).to.equal(false);
  });

  it("takes in old events with one block for all", () => {
    const history = new ChainHistory(options);
    const block = { number: 90, hash: hash(90), parentHash: hash(89), timestamp: 500 };
    const place = { blockNumber: 40, blockHash: hash(40), logIndex: 0, transactionHash: hash(1), timestamp: 400 };
    history.absorb(block, [{ ...place, type: "OracleAdded", oracle: address(1), owner: address(2) }]);
    expect(history.tip).to.deep.equal(block);
    expect(history.stateAt(39).oracles).to.deep.equal([]);
    expect(history.stateAt(90).oracles).to.deep.equal([{ address: address(1), owner: address(2), since: 400 }]);
    expect(history.follows({ number: 91, hash: hash(91), parentHash: hash(90), timestamp: 502 })).to.equal(true);
  });
});
