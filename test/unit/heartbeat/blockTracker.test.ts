import { expect } from "chai";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { type BlockReference, BlockTracker } from "../../../keepers/heartbeat/blockTracker.js";

const options = { refreshMs: 4_000, maximumAgeMs: 120_000 };

interface Rig {
  readonly clock: VirtualClock;
  readonly entries: LogEntry[];
  readonly tracker: BlockTracker;
  latest: () => Promise<BlockReference>;
}

/** A chain with a block every two seconds, until a test replaces `latest`. */
function createRig(): Rig {
  const clock = new VirtualClock();
  const { logger, entries } = memoryLogger(clock);
  const rig = { clock, entries, latest: () => Promise.resolve(blockAt(clock)) };
  const tracker = new BlockTracker(options, { source: { latest: () => rig.latest() }, clock, logger });
  return Object.assign(rig, { tracker });
}

function blockAt(clock: VirtualClock): BlockReference {
  const number = Math.floor(clock.now() / 2_000);
  return { number, hash: `0x${number.toString(16).padStart(64, "0")}`, timestamp: number * 2 };
}

const fails = (): Promise<never> => Promise.reject(new Error("ECONNREFUSED"));

describe("block tracker", () => {
  it("has the newest block, and asks every few seconds only", async () => {
    const rig = createRig();
    let asked = 0;
    rig.latest = () => {
      asked += 1;
      return Promise.resolve(blockAt(rig.clock));
    };
    expect(rig.tracker.current).to.equal(undefined);
    await rig.tracker.start();
    expect(rig.tracker.current).to.deep.equal(blockAt(rig.clock));
    await rig.clock.advance(40_000);
    expect(asked).to.equal(11);
    expect(rig.tracker.current).to.deep.equal(blockAt(rig.clock));
  });

  it("keeps the last block while the RPC fails, and tells of the failure and the recovery once", async () => {
    const rig = createRig();
    const working = rig.latest;
    await rig.tracker.start();
    const last = rig.tracker.current;
    rig.latest = fails;
    await rig.clock.advance(60_000);
    expect(rig.tracker.current).to.deep.equal(last);
    expect(rig.tracker.stale).to.equal(false);
    rig.latest = working;
    await rig.clock.advance(4_000);
    expect(rig.tracker.current).to.deep.equal(blockAt(rig.clock));
    const told = rig.entries.filter(({ level }) => level !== "debug").map(({ msg }) => msg);
    expect(told).to.deep.equal(["reading the newest block fails", "reading the newest block works again"]);
  });

  it("says once that the newest known block is too old", async () => {
    const rig = createRig();
    const frozen = blockAt(rig.clock);
    rig.latest = () => Promise.resolve(frozen);
    await rig.tracker.start();
    await rig.clock.advance(600_000);
    expect(rig.tracker.stale).to.equal(true);
    const warnings = rig.entries.filter(({ level }) => level === "warn");
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ block: frozen.number, maximumAgeMs: 120_000 });
  });

  it("asks again when an answer never comes", async () => {
    const rig = createRig();
    rig.latest = () => new Promise(() => undefined);
    const started = rig.tracker.start();
    await rig.clock.advance(4_000);
    await started;
    rig.latest = () => Promise.resolve(blockAt(rig.clock));
    await rig.clock.advance(8_000);
    expect(rig.tracker.current).to.deep.equal(blockAt(rig.clock));
    expect(rig.entries.find(({ level }) => level === "warn")?.["error"]).to.contain("TIME_LIMIT");
  });

  it("leaves no timer when closed, and ignores what arrives later", async () => {
    const rig = createRig();
    await rig.tracker.start();
    const last = rig.tracker.current;
    const answer = Promise.withResolvers<BlockReference>();
    rig.latest = () => answer.promise;
    await rig.clock.advance(4_000);
    rig.tracker.close();
    rig.tracker.close();
    answer.resolve(blockAt(rig.clock));
    await rig.clock.advance(10_000);
    expect(rig.tracker.current).to.deep.equal(last);
    expect(rig.clock.pending).to.equal(0);
  });
});
