import { expect } from "chai";
import type { JobHost } from "../../../keepers/node/jobs/nodeJobs.js";
import { createNode } from "../../../keepers/node/node.js";
import { ContainerState, decodeHeartbeat, type Heartbeat } from "../../../keepers/protocol/heartbeat.js";
import { deed, createNodeRig, key, lifeSeconds, startNode } from "./fixtures.js";
import { owner } from "./testOracle.js";

const lifeMs = lifeSeconds * 1_000;

describe("edge node", () => {
  it("starts with its first heartbeat, tells how it stands, and goes on beating", async () => {
    const rig = await createNodeRig();
    expect(rig.node.status.state).to.equal("starting");
    expect(await startNode(rig)).to.equal(undefined);
    await rig.clock.advance(1);
    expect(rig.node.status).to.deep.include({
      node: key.address,
      state: "running",
      deed,
      owner,
      refusal: undefined,
      connected: true,
      block: 7,
      blockStale: false,
    });
    expect(rig.node.status.heartbeat).to.include({ sent: 1, failed: 0 });
    await rig.clock.advance(100_000);
    expect(rig.heardAt.length).to.be.within(9, 14);
  });

  it("uses its own interval when it was given one", async () => {
    const rig = await createNodeRig({ heartbeatIntervalMs: 1_000 });
    await startNode(rig);
    await rig.clock.advance(100_000);
    expect(rig.heardAt.length).to.be.within(90, 126);
  });

  it("refuses to start without a valid deed, says why, and leaves nothing behind", async () => {
    const rig = await createNodeRig();
    rig.oracles.mode = { refuse: "NODE_NOT_ASSOCIATED" };
    const error = await startNode(rig);
    expect(error).to.include({ name: "NodeRefusedError", code: "NODE_NOT_ASSOCIATED" });
    expect(error?.message).to.contain(`node ${key.address} is not associated with any deed`);
    expect(rig.node.status.state).to.equal("closed");
    expect([rig.connections.length, rig.heardAt.length, rig.clock.pending]).to.deep.equal([0, 0, 0]);
  });

  it("waits for oracles, chain and broker as long as it takes", async () => {
    let chain = false;
    const block = { number: 9, hash: `0x${"ab".repeat(32)}`, timestamp: 1_700_000_000 };
    const latest = async (): Promise<typeof block> => (chain ? block : Promise.reject(new Error("no RPC")));
    const rig = await createNodeRig({}, { blocks: { latest } });
    rig.oracles.mode = "down";
    expect((await startNode(rig))?.message).to.equal("it is still starting");
    rig.oracles.mode = "grant";
    await rig.clock.advance(60_000);
    rig.hub.setConnected(false);
    chain = true;
    await rig.clock.advance(60_000);
    expect([rig.node.status.state, rig.heardAt.length]).to.deep.equal(["starting", 0]);
    rig.hub.setConnected(true);
    await rig.clock.advance(13_000);
    expect(rig.node.status.state).to.equal("running");
    expect(rig.heardAt.length).to.be.above(0);
  });

  it("renews its session without missing a beat", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    await rig.clock.advance(lifeMs * 10);
    const gaps = rig.heardAt.slice(1).map((at, index) => at - rig.heardAt[index]!);
    expect(Math.max(...gaps)).to.be.at.most(12_000);
    expect(rig.oracles.askedAt.length).to.be.above(10);
    expect(rig.connections).to.have.length(1);
  });

  it("falls silent when it is refused at renewal, goes on asking, and beats again once granted", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    rig.oracles.mode = { refuse: "DEED_BANNED" };
    await rig.clock.advance(lifeMs);
    const heard = rig.heardAt.length;
    const asked = rig.oracles.askedAt.length;
    expect(rig.node.status).to.deep.include({ state: "refused", connected: false, deed: undefined });
    expect(rig.node.status.refusal?.code).to.equal("DEED_BANNED");
    expect(rig.node.status.heartbeat).to.include({ paused: true, failed: 0 });
    await rig.clock.advance(lifeMs);
    expect(rig.heardAt.length).to.equal(heard);
    expect(rig.oracles.askedAt.length).to.be.above(asked + 5);
    rig.oracles.mode = "grant";
    await rig.clock.advance(80_000);
    expect(rig.node.status.state).to.equal("running");
    expect(rig.heardAt.length).to.be.above(heard);
  });

  it("stays silent after a grant when its owner paused it", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    await rig.clock.advance(1);
    rig.node.pause();
    expect(rig.node.status.state).to.equal("paused");
    const heard = rig.heardAt.length;
    await rig.clock.advance(lifeMs * 2);
    expect(rig.heardAt.length).to.equal(heard);
    rig.node.resume();
    await rig.clock.advance(12_001);
    expect(rig.heardAt.length).to.be.above(heard);
  });

  it("stays silent from the start when it was paused before", async () => {
    const rig = await createNodeRig();
    rig.node.pause();
    expect((await startNode(rig))?.message).to.equal("it is still starting");
    expect(rig.heardAt).to.deep.equal([]);
  });

  it("moves to another broker when the session names one", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    rig.oracles.brokerUrl = "mqtt://two";
    await rig.clock.advance(lifeMs);
    expect(rig.connections.map(({ url, bus }) => [url, bus.closed])).to.deep.equal([
      ["mqtt://one", true],
      ["mqtt://two", false],
    ]);
    const heard = rig.heardAt.length;
    await rig.clock.advance(12_000);
    expect(rig.heardAt.length).to.be.above(heard);
  });

  it("asks for credentials anew when it connects again", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    const connection = rig.connections[0]!;
    expect([(await connection.credentials()).password, (await connection.credentials()).password]).to.deep.equal([
      "password-1",
      "password-2",
    ]);
  });

  it("never uses a sequence twice when it is started again with its clock set back", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    await rig.clock.advance(100_000);
    rig.disk.crash();
    const again = await createNodeRig({}, { disk: rig.disk });
    await startNode(again);
    await again.clock.advance(1);
    expect(again.clock.now()).to.be.below(rig.clock.now());
    expect(again.sequences[0]! > rig.sequences.at(-1)!).to.equal(true);
  });

  it("closes within its time, twice if need be, and leaves no timer", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    await rig.clock.advance(1);
    await Promise.all([rig.node.close(), rig.node.close()]);
    expect(rig.node.status.state).to.equal("closed");
    expect(rig.connections[0]?.bus.closed).to.equal(true);
    expect(rig.clock.pending).to.equal(0);
    const heard = rig.heardAt.length;
    await rig.clock.advance(60_000);
    expect(rig.heardAt.length).to.equal(heard);
  });

  it("can be closed while it starts, and cannot be started afterwards", async () => {
    const rig = await createNodeRig();
    rig.oracles.mode = "down";
    const starting = rig.node.start().catch((error: unknown) => error);
    await rig.clock.advance(5_000);
    await rig.node.close();
    expect(await starting).to.include({ code: "CLOSED" });
    expect(rig.clock.pending).to.equal(0);

    const other = await createNodeRig();
    await other.node.close();
    expect(await startNode(other)).to.include({ code: "CLOSING" });
  });

  it("tells no secret in its log, whatever happens", async () => {
    const rig = await createNodeRig();
    await startNode(rig);
    await rig.connections[0]?.credentials();
    rig.oracles.mode = { refuse: "DEED_BANNED" };
    await rig.clock.advance(lifeMs);
    rig.oracles.mode = "down";
    await rig.clock.advance(lifeMs);
    rig.hub.setConnected(false);
    await rig.clock.advance(lifeMs);
    await rig.node.close();
    const log = JSON.stringify(rig.entries);
    expect(rig.entries.length).to.be.above(5);
    expect(log).to.not.match(/password-\d/u);
    expect(log).to.not.contain("42".repeat(32));
  });

  it("does not start claiming without what it takes", async () => {
    const { node } = await createNodeRig();
    const modules = {} as Parameters<typeof createNode>[1];
    const options = { claims: { minimum: 1n, everyEpochs: undefined } } as Parameters<typeof createNode>[0];
    expect(() => createNode(options, modules))
      .to.throw()
      .that.includes({ code: "CLAIMS_MISSING" });
    await node.close();
  });

  it("claims for the deed that its session names", async () => {
    const asked: bigint[] = [];
    const claims = {
      proofs: { latest: async (id: bigint) => (asked.push(id), undefined) },
      rewards: { claimable: async () => 0n },
      claimer: { claim: () => Promise.reject(new Error("nothing to claim")) },
    };
    const rig = await createNodeRig({ claims: { minimum: 1n, everyEpochs: undefined } }, { claims });
    await startNode(rig);
    await rig.clock.advance(1);
    expect(asked).to.deep.equal([deed]);
    expect(rig.node.status.claims).to.deep.equal({ kind: "no-proof" });
    await rig.clock.advance(600_000);
    expect(asked).to.have.length(2);
    await rig.node.close();
  });

  it("tells of its jobs in its heartbeats, gives them what they need, and closes them with itself", async () => {
    const hosts: JobHost[] = [];
    let closed = 0;
    const assignment = `0x${"07".repeat(32)}`;
    const jobs = {
      start: async (host: JobHost) => void hosts.push(host),
      work: () => ({ load: 1_234, containers: [{ assignment, state: ContainerState.RUNNING }] }),
      close: async () => void (closed += 1),
    };
    const rig = await createNodeRig({}, { jobs });
    const beats: Heartbeat[] = [];
    await rig.hub.connect("listener").subscribe("r1/31337/heartbeat/+", (_topic, payload) => {
      beats.push(decodeHeartbeat(payload.slice()).heartbeat);
    });
    await startNode(rig);
    await rig.clock.advance(1);
    expect(beats[0]).to.deep.include({ load: 1_234, containers: [{ assignment, state: 2 }] });
    expect(hosts[0]?.standing()).to.deep.equal({ deed, epoch: 0n });
    rig.oracles.mode = { refuse: "DEED_BANNED" };
    await rig.clock.advance(lifeMs);
    expect(hosts[0]?.standing()).to.equal(undefined);
    await rig.node.close();
    expect(closed).to.equal(1);
  });
});
