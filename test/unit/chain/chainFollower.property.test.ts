import { expect } from "chai";
import fc from "fast-check";

import { ChainFollower, defaultChainFollowerOptions } from "../../../keepers/chain/chainFollower.js";
import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import type { ChainNotification } from "../../../keepers/chain/chainNotification.js";
import type { BlockRef } from "../../../keepers/chain/chainReader.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { anyBody } from "./events.js";
import { FakeChain } from "./fakeChain.js";

const window = 6;

type Step =
  | { readonly kind: "mine"; readonly blocks: readonly (readonly EventBody[])[] }
  | { readonly kind: "reorg"; readonly depth: number; readonly blocks: readonly (readonly EventBody[])[] }
  | {
      readonly kind: "race";
      readonly calls: number;
      readonly depth: number;
      readonly blocks: readonly (readonly EventBody[])[];
    }
  | { readonly kind: "fail"; readonly calls: number }
  | { readonly kind: "lag"; readonly blocks: number }
  | { readonly kind: "wait"; readonly ms: number };

const blocks = fc.array(fc.array(anyBody, { maxLength: 2 }), { minLength: 1, maxLength: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("mine" as const), blocks }),
  fc.record({ kind: fc.constant("reorg" as const), depth: fc.integer({ min: 1, max: 12 }), blocks }),
  fc.record({
    kind: fc.constant("race" as const),
    calls: fc.integer({ min: 1, max: 12 }),
    depth: fc.integer({ min: 1, max: window - 1 }),
    blocks,
  }),
  fc.record({ kind: fc.constant("fail" as const), calls: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant("lag" as const), blocks: fc.integer({ min: 0, max: 12 }) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 2_500 }) }),
);

function reorganise(chain: FakeChain, depth: number, replacement: readonly (readonly EventBody[])[]): void {
  chain.drop(depth);
  for (const bodies of replacement) chain.mine(bodies);
}

async function run(chain: FakeChain, clock: VirtualClock, one: Step): Promise<void> {
  if (one.kind === "mine") reorganise(chain, 0, one.blocks);
  if (one.kind === "reorg") reorganise(chain, one.depth, one.blocks);
  if (one.kind === "race") chain.changeAfter(one.calls, () => reorganise(chain, one.depth, one.blocks));
  if (one.kind === "fail") chain.failNext(one.calls);
  if (one.kind === "lag") chain.lag = one.blocks;
  if (one.kind === "wait") await clock.advance(one.ms);
}

/** Keeps the chain's blocks by what it is told alone. */
class Listener {
  blocks: BlockRef[];
  /** Everything was read again, and what lies between was not told. */
  restarted = false;

  constructor(head: BlockRef) {
    this.blocks = [head];
  }

  hear(notification: ChainNotification): void {
    if (notification.type === "block") this.blocks.push(notification.block);
    if (notification.type !== "reorg") return;
    const { ancestor } = notification;
    this.restarted ||= ancestor === undefined;
    this.blocks = this.blocks.filter(({ number }) => number <= (ancestor?.number ?? -1));
    if (ancestor !== undefined && this.blocks.length === 0) this.blocks = [ancestor];
  }
}

/** The state shown is the sum of the events up to the block shown, on the fork of that block. */
function expectOneFork(follower: ChainFollower, chain: FakeChain): void {
  const { block, state } = follower.view;
  expect(state).to.deep.equal(chain.stateOf(block));
}

describe("ChainFollower on any chain", () => {
  it("property: always shows whole blocks of one fork; ends up as a fresh fold of the final chain, and its listeners too", async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const clock = new VirtualClock();
      const chain = new FakeChain();
      const { logger, entries } = memoryLogger(clock);
      const options = { ...defaultChainFollowerOptions, fromBlock: 0, window, maximumBackoffMs: 4_000 };
      const follower = new ChainFollower(options, { reader: chain, clock, random: new SeededRandom(1), logger });
      await follower.start();
      const listener = new Listener(follower.head);
      follower.subscribe((notification) => {
        expectOneFork(follower, chain);
        listener.hear(notification);
      });
      for (const one of steps) {
        await run(chain, clock, one);
        expectOneFork(follower, chain);
      }
      chain.lag = 0;
      chain.changeAfter(1, () => undefined);
      chain.failNext(0);
      chain.mine();
      await clock.advance(20_000);
      expect(follower.head).to.deep.equal(chain.tip);
      for (const { number } of chain.blocks.slice(-window)) {
        expect(follower.stateAt(number)).to.deep.equal(chain.stateAt(number));
      }
      for (const block of listener.blocks.filter(({ number }) => number > chain.tip.number - window)) {
        expect(block).to.deep.equal(chain.blocks[block.number]);
      }
      if (!listener.restarted) expect(listener.blocks.at(-1)).to.deep.equal(chain.tip);
      // A listener's failed expectation is logged, not thrown.
      expect(entries.filter(({ level }) => level === "error")).to.deep.equal([]);
      await follower.close();
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
