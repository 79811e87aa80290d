import { expect } from "chai";
import fc from "fast-check";
import { ContainerState, MAX_CONTAINERS } from "../../../keepers/protocol/heartbeat.js";
import { recoverAddress } from "../../../keepers/protocol/signing.js";
import { HeartbeatSender } from "../../../keepers/heartbeat/heartbeatSender.js";
import { block, chainId, createRig, nodeRegistry, startBeating } from "./fixtures.js";

const day = 86_400_000;

describe("heartbeat sender", () => {
  it("signs what it sends with the node's key, over chain, registry, time and block", async () => {
    const rig = await createRig();
    await startBeating(rig);
    await rig.clock.advance(0);
    const [first] = rig.heard;
    expect(first?.heartbeat).to.deep.equal({
      chainId,
      nodeRegistry,
      node: rig.key.address,
      sequence: BigInt(first!.at),
      time: BigInt(first!.at),
      blockNumber: BigInt(block.number),
      blockHash: block.hash,
      load: 0,
      containers: [],
    });
    expect(recoverAddress(first!.digest, first!.signature)).to.equal(rig.key.address);
  });

  it("beats every 8 to 12 seconds over a whole day, never in step, and fills every slot of 20 seconds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const rig = await createRig({ seed });
        const start = rig.clock.now();
        await startBeating(rig);
        await rig.clock.advance(day);
        rig.sender.close();
        const gaps = rig.heard.slice(1).map(({ at }, index) => at - rig.heard[index]!.at);
        expect(Math.min(...gaps)).to.be.at.least(8_000);
        expect(Math.max(...gaps)).to.be.at.most(12_000);
        expect(new Set(gaps).size).to.be.above(100);
        const slots = new Set(
          rig.heard.map(({ at }) => Math.floor((at - start) / 20_000)).filter((slot) => slot < 4_320),
        );
        expect(slots.size).to.equal(4_320);
      }),
      { numRuns: 2 },
    );
  });

  it("never repeats or lowers a sequence", async () => {
    const rig = await createRig({ intervalMs: 1_000 });
    await startBeating(rig);
    await rig.clock.advance(600_000);
    const sequences = rig.heard.map(({ heartbeat }) => heartbeat.sequence);
    expect(sequences.length).to.be.above(500);
    expect(sequences.every((sequence, index) => index === 0 || sequence > sequences[index - 1]!)).to.equal(true);
  });

  it("tells load and containers, cut to what a heartbeat can carry", async () => {
    const assignment = `0x${"cd".repeat(32)}`;
    const containers = Array.from({ length: 260 }, () => ({ assignment, state: ContainerState.RUNNING }));
    let load = 4_321.6;
    const rig = await createRig({ dependencies: { work: () => ({ load, containers }) } });
    await startBeating(rig);
    await rig.clock.advance(0);
    expect(rig.heard[0]?.heartbeat.load).to.equal(4_322);
    expect(rig.heard[0]?.heartbeat.containers).to.have.length(MAX_CONTAINERS);
    load = 20_000;
    await rig.clock.advance(12_000);
    expect(rig.heard.at(-1)?.heartbeat.load).to.equal(10_000);
  });

  it("beats on when the load cannot be told, and says so", async () => {
    const work = (): never => {
      throw new Error("no such sensor");
    };
    const rig = await createRig({ dependencies: { work } });
    await startBeating(rig);
    await rig.clock.advance(0);
    expect(rig.heard[0]?.heartbeat.load).to.equal(0);
    expect(rig.entries.find(({ level }) => level === "warn")?.["error"]).to.equal("no such sensor");
  });

  it("is silent while paused and beats within an interval after resume", async () => {
    const rig = await createRig();
    await startBeating(rig);
    await rig.clock.advance(1);
    rig.sender.pause();
    await rig.clock.advance(100_000);
    expect(rig.heard).to.have.length(1);
    expect(rig.sender.status).to.include({ sent: 1, failed: 0, paused: true });
    rig.sender.resume();
    await rig.clock.advance(12_001);
    expect(rig.heard.length).to.be.within(2, 3);
  });

  it("survives a broker that drops: nothing is sent late, one warning, one recovery, all counted", async () => {
    const rig = await createRig({ intervalMs: 1_000 });
    await startBeating(rig);
    await rig.clock.advance(10_000);
    const before = rig.sender.status.sent;
    rig.hub.setConnected(false);
    await rig.clock.advance(60_000);
    const { failed, sent } = rig.sender.status;
    expect(sent).to.equal(before);
    expect(failed).to.be.within(50, 75);
    const resumedAt = rig.clock.now();
    rig.hub.setConnected(true);
    await rig.clock.advance(10_000);
    const late = rig.heard.filter(({ at, heartbeat }) => at >= resumedAt && Number(heartbeat.time) < resumedAt);
    expect(late).to.deep.equal([]);
    expect(rig.sender.status.sent).to.be.above(before + 7);
    expect(rig.entries.filter(({ msg }) => msg === "sending heartbeats fails")).to.have.length(1);
    const recovered = rig.entries.filter(({ msg }) => msg === "sending heartbeats works again");
    expect(recovered.map(({ failures }) => failures)).to.deep.equal([failed]);
  });

  it("keeps its cadence when a publication hangs or is refused", async () => {
    let calls = 0;
    const publish = (): Promise<void> => {
      calls += 1;
      return calls % 2 === 0 ? new Promise(() => undefined) : Promise.reject(new Error("refused"));
    };
    const rig = await createRig({ dependencies: { bus: { connected: true, publish } } });
    void rig.sender.start().catch(() => undefined);
    await rig.clock.advance(120_000);
    expect(calls).to.be.within(10, 16);
    expect(rig.sender.status.sent).to.equal(0);
    expect(rig.sender.status.failed).to.be.within(calls - 2, calls);
  });

  it("waits for the first block before the first heartbeat", async () => {
    const blocks: { current: typeof block | undefined } = { current: undefined };
    const rig = await createRig({ dependencies: { blocks } });
    let started = false;
    void rig.sender.start().then(() => (started = true));
    await rig.clock.advance(30_000);
    expect([started, rig.heard.length]).to.deep.equal([false, 0]);
    blocks.current = block;
    await rig.clock.advance(12_000);
    expect([started, rig.heard.length]).to.deep.equal([true, 1]);
  });

  it("ends a start that waits, leaves no timer, and can be closed twice", async () => {
    const rig = await createRig({ dependencies: { blocks: { current: undefined } } });
    const outcome = rig.sender.start().catch((error: unknown) => error);
    await rig.clock.advance(1);
    rig.sender.close();
    rig.sender.close();
    expect(await outcome).to.include({ code: "CLOSED" });
    expect(rig.clock.pending).to.equal(0);
    await rig.clock.advance(60_000);
    expect(rig.heard).to.deep.equal([]);
  });

  it("refuses intervals and jitters out of bounds", async () => {
    const { key, bus, sequence, clock, logger } = await createRig();
    const random = { next: () => 0, integer: () => 0, bytes: () => new Uint8Array() };
    const dependencies = { key, bus, sequence, clock, logger, random, blocks: { current: block } };
    for (const wrong of [{ intervalMs: 0 }, { intervalMs: Number.NaN }, { intervalMs: 1_000, jitter: 0.6 }]) {
      expect(() => new HeartbeatSender({ chainId, nodeRegistry, ...wrong }, dependencies))
        .to.throw()
        .that.includes({ code: "HEARTBEAT_OPTIONS_INVALID" });
    }
  });
});
