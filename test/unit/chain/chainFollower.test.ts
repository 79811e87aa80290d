import { expect } from "chai";

import {
  ChainFollower,
  defaultChainFollowerOptions,
  type ChainFollowerOptions,
} from "../../../keepers/chain/chainFollower.js";
import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import type { ChainNotification } from "../../../keepers/chain/chainNotification.js";
import { errorCode, KeeperError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { FakeChain } from "./fakeChain.js";

const pollMs = 1_000;
const ban = (deed: number): EventBody => ({ type: "DeedBanned", deed: BigInt(deed), reason: "stolen" });

function setUp(overrides: Partial<ChainFollowerOptions> = {}) {
  const clock = new VirtualClock();
  const chain = new FakeChain();
  const { logger, entries } = memoryLogger(clock);
  const options = { ...defaultChainFollowerOptions, pollMs, window: 8, fromBlock: 0, ...overrides };
  const follower = new ChainFollower(options, { reader: chain, clock, random: new SeededRandom(1), logger });
  const told: ChainNotification[] = [];
  follower.subscribe((notification) => told.push(notification));
  return { clock, chain, follower, told, entries };
}

async function started(overrides: Partial<ChainFollowerOptions> = {}, blocks = 3) {
  const parts = setUp(overrides);
  parts.chain.mineMany(blocks);
  await parts.follower.start();
  return parts;
}

async function codeOf(operation: Promise<unknown>): Promise<string | undefined> {
  return operation.then(
    () => undefined,
    (error: unknown) => errorCode(error),
  );
}

describe("ChainFollower", () => {
  it("reads the whole chain before start resolves, without telling any of it", async () => {
    const { chain, follower, told } = setUp({ window: 4 });
    for (let index = 1; index <= 20; index += 1) chain.mine([ban(index)]);
    await follower.start();
    expect(follower.head).to.deep.equal(chain.tip);
    expect(follower.view.state).to.deep.equal(chain.stateAt(20));
    expect(follower.stateAt(7)).to.deep.equal(chain.stateAt(7));
    expect(told).to.deep.equal([]);
    await follower.close();
  });

  it("says that nothing was read yet", () => {
    expect(() => setUp().follower.head)
      .to.throw(KeeperError)
      .with.property("code", "CHAIN_NOT_READ");
  });

  it("tells events and then their block, in order, once", async () => {
    const { clock, chain, follower, told } = await started();
    const first = chain.mine([ban(1), ban(2)]);
    const second = chain.mine([ban(3)]);
    await clock.advance(3 * pollMs);
    const summary = told.map((one) => (one.type === "event" ? `event ${one.event.logIndex}` : one.type));
    expect(summary).to.deep.equal(["event 0", "event 1", "block", "event 0", "block"]);
    expect(told.filter((one) => one.type === "block").map(({ block }) => block)).to.deep.equal([first, second]);
    await follower.close();
  });

  for (const depth of [1, 2, 3, 7]) {
    it(`undoes a reorganisation ${depth} deep`, async () => {
      const { clock, chain, follower, told } = await started({}, 2);
      for (let index = 1; index <= 9; index += 1) chain.mine([ban(index)]);
      await clock.advance(pollMs);
      told.length = 0;
      const lost = chain.blocks.slice(-depth);
      chain.drop(depth);
      const ancestor = chain.tip;
      for (let index = 0; index <= depth; index += 1) chain.mine([ban(100 + index)]);
      await clock.advance(pollMs);
      expect(follower.view).to.deep.equal({ block: chain.tip, state: chain.stateAt(chain.tip.number) });
      expect(told[0]).to.deep.equal({ type: "reorg", ancestor, dropped: lost.reverse() });
      expect(follower.blockNumberOf(lost[0]!.hash)).to.equal(undefined);
      await follower.close();
    });
  }

  it("undoes a reorganisation to a shorter chain", async () => {
    const { clock, chain, follower } = await started();
    chain.mine([ban(1)]);
    chain.mine([ban(2)]);
    await clock.advance(pollMs);
    chain.drop(2);
    chain.mine([ban(3)]);
    await clock.advance(pollMs);
    expect(follower.view).to.deep.equal({ block: chain.tip, state: chain.stateAt(4) });
    await follower.close();
  });

  it("reads everything again when the chain changed deeper than it remembers, and says so", async () => {
    const { clock, chain, follower, told } = await started({}, 20);
    chain.drop(15);
    for (let index = 0; index < 20; index += 1) chain.mine([ban(index)]);
    await clock.advance(pollMs);
    expect(follower.view).to.deep.equal({ block: chain.tip, state: chain.stateAt(25) });
    expect(told.map(({ type }) => type)).to.deep.equal(["reorg"]);
    expect(told[0]).to.have.property("ancestor", undefined);
    await follower.close();
  });

  it("catches up after a long pause, telling every event", async () => {
    const { clock, chain, follower, told } = await started();
    for (let index = 1; index <= 30; index += 1) chain.mine([ban(index)]);
    await clock.advance(pollMs);
    expect(follower.view).to.deep.equal({ block: chain.tip, state: chain.stateAt(33) });
    expect(told.filter(({ type }) => type === "event")).to.have.length(30);
    await follower.close();
  });

  it("keeps trying to start, waiting longer each time, while the chain does not answer", async () => {
    const { clock, chain, follower } = setUp();
    chain.failNext(6);
    const ready = follower.start();
    await clock.advance(pollMs);
    expect(follower.health.failures).to.be.within(1, 3);
    expect(await clock.advanceUntil(() => follower.health.failures === 0, 120 * pollMs)).to.equal(true);
    await ready;
    expect(follower.head).to.deep.equal(chain.tip);
    await follower.close();
  });

  it("does not start on what no further try can mend", async () => {
    const { follower, chain } = setUp();
    chain.head = async () => Promise.reject(new KeeperError("CHAIN_MISMATCH", "another chain"));
    expect(await codeOf(follower.start())).to.equal("CHAIN_MISMATCH");
    await follower.close();
  });

  it("serves what it has while the chain fails, and recovers", async () => {
    const { clock, chain, follower, entries } = await started();
    const before = follower.view;
    chain.mine([ban(1)]);
    chain.failNext(5);
    await clock.advance(2 * pollMs);
    expect(follower.view).to.deep.equal(before);
    expect(follower.health.failures).to.be.greaterThan(0);
    await clock.advance(120 * pollMs);
    expect(follower.view.block).to.deep.equal(chain.tip);
    expect(follower.health).to.deep.include({ failures: 0 });
    expect(entries.filter(({ level }) => level === "warn")).to.have.length(5);
    await follower.close();
  });

  it("is not moved back by a server that lags, near or far", async () => {
    const { clock, chain, follower, told } = await started({}, 30);
    for (const lag of [1, 5, 25]) {
      chain.lag = lag;
      await clock.advance(2 * pollMs);
      expect(follower.head).to.deep.equal(chain.tip);
    }
    expect(told).to.deep.equal([]);
    await follower.close();
  });

  it("believes a chain that began anew, after a while", async () => {
    const { clock, chain, follower, told } = await started({}, 30);
    chain.drop(29);
    chain.mine([ban(1)]);
    await clock.advance(5 * pollMs);
    expect(told).to.deep.equal([]);
    await clock.advance(6 * pollMs);
    expect(follower.view).to.deep.equal({ block: chain.tip, state: chain.stateAt(2) });
    await follower.close();
  });

  it("knows the numbers of recent blocks only", async () => {
    const { chain, follower } = await started({ window: 4 }, 10);
    expect(follower.blockNumberOf(chain.tip.hash)).to.equal(10);
    expect(follower.blockNumberOf(chain.blocks[7]!.hash)).to.equal(7);
    expect(follower.blockNumberOf(chain.blocks[6]!.hash)).to.equal(undefined);
    await follower.close();
  });

  describe("stateAtTime", () => {
    it("is the state after the last block strictly before the time, near and far back", async () => {
      const { chain, follower } = setUp({ window: 4 });
      for (let index = 1; index <= 40; index += 1) chain.mine([ban(index)]);
      await follower.start();
      for (const number of [2, 11, 20, 35, 36, 37, 39, 40]) {
        const { timestamp } = chain.blocks[number]!;
        const expected = { block: chain.blocks[number - 1], state: chain.stateAt(number - 1) };
        expect(await follower.stateAtTime(timestamp)).to.deep.equal(expected);
        expect(await follower.stateAtTime(timestamp - 1)).to.deep.equal(expected);
      }
      await follower.close();
    });

    it("is told only once the chain has come to that time", async () => {
      const { clock, chain, follower } = await started();
      const { timestamp } = chain.tip;
      expect(await codeOf(follower.stateAtTime(timestamp + 1))).to.equal("STATE_NOT_KNOWN_YET");
      chain.mine();
      await clock.advance(pollMs);
      expect((await follower.stateAtTime(timestamp + 1)).block).to.deep.equal(chain.blocks.at(-2));
      await follower.close();
    });

    it("is refused before the first block", async () => {
      const { chain, follower } = await started();
      expect(await codeOf(follower.stateAtTime(chain.blocks[0]!.timestamp))).to.equal("STATE_FORGOTTEN");
      await follower.close();
    });
  });

  it("goes on when a listener fails, and stops telling one that unsubscribed", async () => {
    const { clock, chain, follower, told, entries } = await started();
    const unsubscribe = follower.subscribe(() => {
      throw new Error("listener is broken");
    });
    chain.mine();
    await clock.advance(pollMs);
    expect(entries.filter(({ level }) => level === "error")).to.have.length(1);
    unsubscribe();
    chain.mine();
    await clock.advance(pollMs);
    expect(entries.filter(({ level }) => level === "error")).to.have.length(1);
    expect(told).to.have.length(2);
    await follower.close();
  });

  it("refresh looks at once", async () => {
    const { chain, follower } = await started();
    chain.mine();
    await follower.refresh();
    expect(follower.head).to.deep.equal(chain.tip);
    await follower.close();
  });

  it("closes while a call hangs, twice without harm, leaving no timer", async () => {
    const { clock, chain, follower } = await started();
    chain.hangs = true;
    await clock.advance(pollMs);
    await Promise.all([follower.close(), follower.close()]);
    expect(clock.pending).to.equal(0);
    const never = setUp();
    never.chain.hangs = true;
    const ready = codeOf(never.follower.start());
    await never.follower.close();
    expect(await ready).to.equal("CLOSING");
  });
});
