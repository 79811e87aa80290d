import { expect } from "chai";

import {
  decodeAssignmentMessage,
  encodeAssignmentMessage,
  assignmentDigest,
  assignmentTopic,
} from "../../../../keepers/protocol/assignment.js";
import { DeedKind } from "../../../../keepers/protocol/deedId.js";
import { compactSignature } from "../../../../keepers/protocol/signing.js";
import { AssigningWorld, CHAIN_ID, ESCROW, type OracleActor, SILENT_MS, specWith, START_MS } from "./world.js";

const DOMAIN = { chainId: CHAIN_ID, verifyingContract: ESCROW };

describe("Assigner", () => {
  let world: AssigningWorld;

  afterEach(async () => {
    await world.close();
  });

  const isServed =
    (jobId: bigint, places = 1) =>
    (): boolean =>
      world.servers(jobId).length === places;

  it("finds nodes for jobs within seconds, with one transaction for each", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 6 });
    await world.start();
    world.createJob(1n, { nodes: 3 });
    world.createJob(2n);
    await world.until(() => isServed(1n, 3)() && isServed(2n)(), 20);
    await world.seconds(60);
    expect(world.transactions.map(({ assignment }) => assignment.jobId).sort()).to.deep.equal([1n, 2n]);
    expect(world.refusals).to.deep.equal([]);
    expect(world.job(1n)).to.include({ sequence: 1 });
    const [oracle] = world.oracles;
    expect(oracle?.assigner.status).to.include({ abstained: 0, unplaced: 0, signed: 2 });
    expect(oracle?.assigner.tally.of("accepted")).to.equal(6);
  });

  it("fills places that are added, and ends with the job", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 6 });
    await world.start();
    world.createJob(1n);
    await world.until(isServed(1n), 20);
    world.happen({ type: "JobScaled", jobId: 1n, nodes: 3, deposit: 60n });
    await world.until(isServed(1n, 3), 20);
    world.happen({ type: "JobClosed", jobId: 1n, end: world.job(1n).start });
    await world.seconds(30);
    world.node(world.servers(1n)[0]!).isUp = false;
    await world.seconds(200);
    expect(world.job(1n).sequence).to.equal(2);
  });

  for (const [oracles, silent] of [
    [4, 1],
    [7, 2],
  ] as const) {
    it(`does with ${oracles - silent} of ${oracles} oracles, whoever's turn it would be`, async () => {
      world = new AssigningWorld({ oracles, nodes: 6 });
      await world.start(silent);
      for (let jobId = 1n; jobId <= BigInt(oracles); jobId++) world.createJob(jobId);
      const all = Array.from({ length: oracles }, (_, index) => BigInt(index + 1));
      // Those who are silent have their turns; each costs a head start of 5 s.
      await world.until(() => all.every((jobId) => isServed(jobId)()), 20 + 5 * silent);
      expect(world.transactions).to.have.lengthOf(oracles);
    });
  }

  it("does nothing without a quorum, and goes on when there is one", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    await world.start(2);
    world.createJob(1n);
    await world.seconds(120);
    expect(world.transactions).to.deep.equal([]);
    await world.oracles[0]!.start();
    await world.seconds(60);
    await world.until(isServed(1n), 60);
  });

  it("goes on when transactions of some oracles do not arrive", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    for (const { key } of world.oracles.slice(1)) world.cannotSend.add(key.address);
    await world.start();
    for (let jobId = 1n; jobId <= 4n; jobId++) world.createJob(jobId);
    await world.until(() => [1n, 2n, 3n, 4n].every((jobId) => isServed(jobId)()), 60);
    expect(new Set(world.transactions.map(({ oracle }) => oracle)).size).to.equal(1);
  });

  describe("with an oracle that lies", () => {
    const say = (liar: OracleActor, topic: string, message: Uint8Array): Promise<void> =>
      liar.bus.publish(topic, message);

    /** The liar listens, and answers each signed assignment with what `lie` makes of it. */
    async function lying(lie: (liar: OracleActor, topic: string, message: Uint8Array) => Promise<void>): Promise<void> {
      world = new AssigningWorld({ oracles: 4, nodes: 6 });
      const [liar] = world.oracles;
      await world.start(1);
      await liar!.bus.subscribe(assignmentTopic(CHAIN_ID, "+"), (topic, payload) => {
        if (!topic.endsWith(liar!.key.address)) void lie(liar!, topic, payload.slice());
      });
      for (let jobId = 1n; jobId <= 4n; jobId++) world.createJob(jobId, { nodes: 2 });
      await world.until(() => [1n, 2n, 3n, 4n].every((jobId) => isServed(jobId, 2)()), 40);
      expect(world.refusals).to.deep.equal([]);
    }

    const refused = (code: "forged" | "superseded" | "other-sequence"): number =>
      Math.max(...world.oracles.map(({ assigner }) => assigner.tally.of(code)));

    it("in other oracles' names: their signatures come under its own topic", async () => {
      await lying((liar, _, message) => say(liar, assignmentTopic(CHAIN_ID, liar.key.address), message));
      expect(refused("forged")).to.be.greaterThan(0);
    });

    it("in other oracles' names, at a broker that lets it: a signature that is not theirs takes nothing from them", async () => {
      const said = new Set<string>();
      await lying(async (liar, topic, message) => {
        // It hears its own lies too.
        if (said.has(`${topic} ${message.length}`)) return;
        said.add(`${topic} ${message.length}`);
        const forged = message.slice();
        forged[forged.length - 1] = (forged[forged.length - 1] as number) ^ 1;
        return say(liar, topic, forged);
      });
      expect(refused("forged") + refused("superseded")).to.be.greaterThan(0);
    });

    it("about who should serve: its own choice has no quorum", async () => {
      const wanted = 6;
      await lying((liar, _, message) => {
        const { assignment } = decodeAssignmentMessage(message);
        const mine = { ...assignment, joining: [wanted], deadline: assignment.deadline + 30n };
        const signature = compactSignature(liar.key.sign(assignmentDigest(DOMAIN, mine)));
        const bytes = encodeAssignmentMessage({ chainId: CHAIN_ID, escrow: ESCROW, assignment: mine, signature });
        return say(liar, assignmentTopic(CHAIN_ID, liar.key.address), bytes);
      });
      expect(world.transactions.every(({ assignment }) => assignment.joining.length === 2)).to.equal(true);
    });

    it("by saying again what others said before: it takes effect once", async () => {
      const kept: [string, Uint8Array][] = [];
      await lying((_, topic, message) => {
        kept.push([topic, message]);
        return Promise.resolve();
      });
      const before = world.transactions.length;
      for (const [topic, message] of kept) await say(world.oracles[0]!, topic, message);
      await world.seconds(30);
      expect(refused("other-sequence")).to.be.greaterThan(0);
      expect(world.transactions).to.have.lengthOf(before);
    });
  });

  describe("moves a job", () => {
    const failover = async (fail: (tokenId: number) => void, detectionMs: number): Promise<void> => {
      world = new AssigningWorld({ oracles: 4, nodes: 4 });
      await world.start();
      world.createJob(1n, { nodes: 2 });
      await world.until(isServed(1n, 2), 20);
      await world.seconds(30);
      const [failing, other] = world.servers(1n) as [number, number];
      fail(failing);
      const took = await world.until(() => !world.servers(1n).includes(failing), detectionMs / 1_000 + 60);
      expect(took * 1_000).to.be.greaterThan(detectionMs);
      expect(world.servers(1n)).to.include(other).and.to.have.lengthOf(2);
      expect(world.job(1n).sequence).to.equal(2);
      // The next minutes: nobody else moves.
      await world.seconds(300);
      expect(world.job(1n).sequence).to.equal(2);
    };

    it("within a minute after its node fell silent for too long", () =>
      failover((tokenId) => (world.node(tokenId).isUp = false), SILENT_MS - 5_000));

    it("within a minute after its node said for too long that not all is running", () =>
      failover((tokenId) => (world.node(tokenId).runsJobs = false), SILENT_MS - 5_000));

    it("within a minute after its node was banned", () =>
      failover((tokenId) => world.happen({ type: "DeedBanned", deed: world.node(tokenId).deed, reason: "fraud" }), 0));

    it("within a minute after its node was dissociated", () =>
      failover((tokenId) => {
        const { deed, key } = world.node(tokenId);
        world.happen({ type: "NodeDissociated", deed, node: key.address });
      }, 0));

    it("from a node that never starts it, in its time", async () => {
      world = new AssigningWorld({ oracles: 4, nodes: 2 });
      world.node(1).runsJobs = false;
      world.node(2).country = "DE";
      await world.start();
      world.createJob(1n, { spec: specWith({ preferred: [1] }) });
      await world.until(isServed(1n), 20);
      expect(world.servers(1n)).to.deep.equal([1]);
      const took = await world.until(() => world.servers(1n).includes(2), START_MS / 1_000 + 60);
      expect(took * 1_000).to.be.greaterThan(START_MS - 5_000);
    });

    it("not, when there is no other node: a silent one may come back", async () => {
      world = new AssigningWorld({ oracles: 4, nodes: 1 });
      await world.start();
      world.createJob(1n);
      await world.until(isServed(1n), 20);
      world.node(1).isUp = false;
      await world.seconds(200);
      world.node(1).isUp = true;
      await world.seconds(120);
      world.addNode(2);
      await world.seconds(120);
      expect(world.servers(1n)).to.deep.equal([1]);
    });

    it("not, when it is the oracles that heard nobody", async () => {
      world = new AssigningWorld({ oracles: 4, nodes: 4 });
      await world.start();
      world.createJob(1n, { nodes: 2 });
      await world.until(isServed(1n, 2), 20);
      world.hub.setConnected(false);
      for (const node of world.nodes) node.isUp = false;
      await world.seconds(300);
      world.hub.setConnected(true);
      for (const node of world.nodes) node.isUp = true;
      await world.seconds(120);
      expect(world.job(1n).sequence).to.equal(1);
    });
  });

  it("keeps no job waiting for one that nobody can serve, and serves that when somebody can", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    await world.start();
    world.createJob(1n, { spec: specWith({ countries: ["JP"] }) });
    world.createJob(2n, { nodes: 4 });
    world.createJob(3n, { nodes: 3 });
    await world.until(isServed(3n, 3), 20);
    expect(world.servers(1n)).to.deep.equal([]);
    expect(world.servers(2n)).to.deep.equal([]);
    expect(world.oracles[0]?.assigner.status.unplaced).to.equal(2);
    const node = world.addNode(4);
    node.country = "JP";
    await world.until(() => isServed(1n)() && isServed(2n, 4)(), 120);
    expect(world.servers(1n)).to.deep.equal([4]);
  });

  it("gives nothing to a Master Node Deed, a banned one, or one that does not say what it offers", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    for (let tokenId = 11; tokenId < 14; tokenId++) world.addNode(tokenId, DeedKind.MASTER);
    world.happen({ type: "DeedBanned", deed: world.node(1).deed, reason: "stolen" });
    world.node(2).isUp = false;
    await world.start();
    world.createJob(1n);
    world.createJob(2n, { nodes: 2 });
    await world.until(isServed(1n), 20);
    await world.seconds(60);
    expect(world.servers(1n)).to.deep.equal([3]);
    expect(world.servers(2n)).to.deep.equal([]);
  });

  it("waits a while for a specification, and then places the job by its class", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    await world.start();
    world.createJob(1n, { spec: specWith({}, "hidden"), isPublic: false });
    world.createJob(2n);
    await world.until(isServed(2n), 20);
    expect(world.servers(1n)).to.deep.equal([]);
    await world.until(isServed(1n), 60);
  });

  it("sends again with a new decision what the escrow refused, and not the same", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    await world.start();
    world.refusesAll = true;
    world.createJob(1n);
    await world.seconds(90);
    // Nine decisions, each sent by each oracle once at most.
    const counts = [...new Set(world.refusals)].map((what) => world.refusals.filter((each) => each === what).length);
    expect(counts.length).to.be.greaterThan(3);
    expect(Math.max(...counts)).to.be.at.most(4);
    world.refusesAll = false;
    await world.until(isServed(1n), 40);
  });

  it("signs nothing as an oracle that is not in the set", async () => {
    world = new AssigningWorld({ oracles: 5, nodes: 3 });
    await world.start();
    const [removed, other] = world.oracles;
    const { address: oracle } = removed!.key;
    world.happen({ type: "OracleRemoved", oracle, owner: oracle, why: "governance" });
    await world.seconds(10);
    world.createJob(1n);
    await world.until(isServed(1n), 40);
    expect(other!.assigner.status.signed).to.be.greaterThan(0);
    expect(removed!.assigner.status.signed).to.equal(0);
    expect(other!.assigner.tally.of("not-an-oracle")).to.equal(0);
  });

  it("decides nothing without the leaf file of the last commit, once that is a minute old", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 3 });
    await world.start();
    const commit = { type: "EpochCommitted", root: ESCROW, previousRoot: ESCROW, dataHash: ESCROW } as const;
    world.happen({ ...commit, epoch: 5n, leafCount: 1n, signers: 0b1111n });
    world.createJob(1n);
    await world.until(isServed(1n), 20);
    await world.seconds(60);
    world.createJob(2n);
    await world.seconds(60);
    expect(world.servers(2n)).to.deep.equal([]);
    expect(world.oracles[0]!.assigner.status.abstained).to.be.greaterThan(3);
    world.records.set(5n, { epoch: 5n, cumulatives: new Map() });
    await world.until(isServed(2n), 20);
  });

  it("leaves nothing behind when it is closed", async () => {
    world = new AssigningWorld({ oracles: 4, nodes: 2 });
    await world.start();
    world.createJob(1n);
    await world.until(isServed(1n), 20);
    await world.close();
    world.createJob(2n);
    await world.seconds(60);
    expect(world.servers(2n)).to.deep.equal([]);
    await world.close();
  });
});
