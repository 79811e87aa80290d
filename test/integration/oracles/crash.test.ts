import { expect } from "chai";
import { keccak256 } from "ethers";

import type { ReportBody } from "../../../keepers/protocol/oracleBodies.js";
import { type OracleMessage, reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { mined } from "../../../scripts/network/protocol.js";
import type { OracleProcess } from "./oracleProcess.js";
import { type Commit, subjectsHashOf, Reference } from "./reference.js";
import type { Spectator } from "./spectator.js";
import { until } from "./until.js";
import { openWorld, type World } from "./world.js";

const SET_UP_MS = 90_000;
/** For what takes as long as an epoch, and for what follows at once. */
const EPOCH_MS = 60_000;
const SOON_MS = 30_000;

/** One network, one story: each test goes on where the one before it ended. */
describe("four oracle processes on Mosquitto", function () {
  this.bail(true);
  this.timeout(3 * EPOCH_MS);

  const closers: (() => Promise<void>)[] = [];
  let world: World;
  /** The epoch of which the late one sees nothing though it should lead it; then comes the one in which it joins. */
  let without: bigint;
  let late: OracleProcess;
  /** The epoch whose agreement is disturbed: its first leader is paused, one is killed, one is held for a moment. */
  let disturbed: bigint;
  let paused: OracleProcess;
  let killed: OracleProcess;
  let held: OracleProcess;
  let reference: Reference;

  before(async function () {
    this.timeout(SET_UP_MS);
    world = await openWorld();
    closers.push(() => world.close());
    late = world.leadersOf(0n)[0]!;
  });

  after(async () => {
    for (const close of closers) await close();
  });

  afterEach(function () {
    if (this.currentTest?.state !== "failed") return;
    process.stderr.write(["", ...world.spectator.contradictions(), world.tails(), ""].join("\n"));
  });

  /** Waits for the end of the epoch, and then for its commit. */
  const committed = async (epoch: bigint): Promise<Commit> => {
    await world.nearEndOf(epoch, 0);
    return until(`a commit of epoch ${epoch}`, EPOCH_MS, async () =>
      (await world.commits()).find((commit) => commit.epoch === epoch),
    );
  };

  /** Tells the oracle's messages of that kind about the disturbed epoch. */
  const isSaid = (oracle: OracleProcess, kind: OracleMessage["kind"]) => (message: OracleMessage) =>
    message.sender === oracle.address && message.epoch === disturbed && message.kind === kind;

  const hear = (oracle: OracleProcess, kind: OracleMessage["kind"]) =>
    until(`${oracle.address} says ${kind}`, SOON_MS, () =>
      world.spectator.heard.some(({ message }) => isSaid(oracle, kind)(message)),
    );

  const others = () => world.oracles.filter((oracle) => oracle !== killed && oracle !== paused);

  /** The oracle knows of the epoch's commit and is about a later one. */
  const settled = (oracle: OracleProcess, epoch: bigint) =>
    until(`${oracle.address} to be past epoch ${epoch}`, SOON_MS, async () => {
      const { deciding, lastCommitted = -1 } = await oracle.status();
      return deciding > epoch && lastCommitted >= epoch;
    });

  describe("three of them alone", () => {
    it("are at work, with nodes that one of them let in", async () => {
      await Promise.all(world.oracles.filter((oracle) => oracle !== late).map((oracle) => oracle.start()));
      await world.startNodes();
      // On a quick machine that is epoch 0.
      without = await world.nextEpoch();
      while (world.leadersOf(without)[0] !== late) without += 1n;
      disturbed = without + 2n;
    });

    it("commit the epoch whose first leader is not there: a stand-in proposes, a stand-in submits", async () => {
      const { transactionHash } = await committed(without);
      const proposals = world.spectator.heard.flatMap(({ message }) => (message.kind === "proposal" ? [message] : []));
      expect(proposals.map(({ round, sender }) => [round, sender])).to.deep.include([
        1,
        world.leadersOf(without)[1]!.address,
      ]);
      const { from } = (await world.protocol.provider.getTransaction(transactionHash))!;
      expect(world.oracles.filter((oracle) => oracle !== late).map(({ address }) => address)).to.include(
        from.toLowerCase(),
      );
    });
  });

  describe("the fourth comes late", () => {
    it("takes the leaf file over from the others, checked against the chain, and goes on with them", async () => {
      await late.start();
      await settled(late, without);
      const { dataHash } = await committed(without);
      expect(keccak256(await leavesOf(late, without))).to.equal(dataHash);
      await committed(without + 1n);
      await Promise.all(world.oracles.map((oracle) => settled(oracle, without + 1n)));
    });
  });

  describe("in one epoch one is paused, one killed in the middle of a round, and the broker restarts", () => {
    before(() => {
      // The late one leads last if it was away for too much of the epoch before; the others keep their order.
      [paused, held, killed] = world.leadersOf(disturbed, [late]) as [OracleProcess, OracleProcess, OracleProcess];
    });

    it("kills it in round 0 right after its vote, the round's leader being paused", async () => {
      await world.nearEndOf(disturbed, 3);
      paused.pause();
      // Of three, two vote: the round cannot end before one of them is dead.
      world.spectator.once(isSaid(held, "report"), () => held.pause());
      await hear(killed, "prevote");
      expect(await killed.status()).to.include({ deciding: Number(disturbed), round: 0, phase: "prevote" });
      expect(await killed.kill()).to.deep.equal({ code: null, signal: "SIGKILL" });
      held.resume();
    });

    it("does not decide without a quorum, while the broker goes and comes back", async () => {
      // With the dead one's vote there is a quorum of prevotes, and one precommit is missing for ever.
      await Promise.all(others().map((oracle) => hear(oracle, "precommit")));
      await world.mosquitto.restart("SIGKILL");
      await until("the spectator hears again", SOON_MS, () => world.spectator.connected);
      const before = world.spectator.heard.length;
      const repeats = (oracle: OracleProcess) =>
        world.spectator.heard.slice(before).some(({ message }) => isSaid(oracle, "precommit")(message));
      await until("both repeat their votes over the new broker", SOON_MS, () => others().every(repeats));
      for (const oracle of others()) {
        expect(await oracle.status()).to.include({ deciding: Number(disturbed), round: 0, connected: true });
      }
      expect((await world.commits()).at(-1)?.epoch).to.equal(without + 1n);
    });

    it("commits once the killed one goes on from its disk", async () => {
      const before = world.spectator.heard.length;
      await killed.start();
      await committed(disturbed);
      const after = world.spectator.heard.slice(before).map(({ message }) => message);
      for (const kind of ["seal", "prevote", "precommit", "signature"] as const) {
        expect(after.some(isSaid(killed, kind)), kind).to.equal(true);
      }
      expect(after.some(({ sender }) => sender === paused.address)).to.equal(false);
    });

    it("does not commit again when the paused one wakes up, which takes the epoch over", async () => {
      paused.resume();
      await Promise.all(world.oracles.map((oracle) => settled(oracle, disturbed)));
      const { dataHash } = await committed(disturbed);
      const hashes = world.oracles.map(async (oracle) => keccak256(await leavesOf(oracle, disturbed)));
      expect(await Promise.all(hashes)).to.deep.equal(world.oracles.map(() => dataHash));
    });
  });

  describe("in a later epoch the leader is killed right after its proposal", () => {
    it("commits, and has the leader back", async () => {
      // Who was away lately may not report on the running epoch; on the next one all may.
      const epoch = await world.nextEpoch();
      const isProposal = (message: OracleMessage) => message.epoch === epoch && message.kind === "proposal";
      const leader = new Promise<OracleProcess>((resolve, reject) => {
        world.spectator.once(isProposal, ({ sender }) => {
          const proposer = world.oracles.find(({ address }) => address === sender)!;
          proposer.kill().then(() => resolve(proposer), reject);
        });
      });
      await committed(epoch);
      await (await leader).start();
      await Promise.all(world.oracles.map((oracle) => settled(oracle, epoch)));
    });
  });

  describe("in all of it", () => {
    it("commits no epoch twice, each on top of the one before", async () => {
      const commits = await world.commits();
      const epochs = commits.map(({ epoch }) => epoch);
      expect(epochs).to.deep.equal([...new Set(epochs)].sort((a, b) => Number(a - b)));
      expect(commits.slice(1).map(({ previousRoot }) => previousRoot)).to.deep.equal(
        commits.slice(0, -1).map(({ root }) => root),
      );
    });

    it("hears no oracle contradict itself", () => {
      expect(world.spectator.malformed).to.deep.equal([]);
      expect(world.spectator.contradictions()).to.deep.equal([]);
      for (const { address } of world.oracles) {
        expect(world.spectator.heard.some(({ message }) => message.sender === address)).to.equal(true);
      }
    });

    it("commits the roots that another computation makes of the links on chain and the agreed reports", async () => {
      reference = new Reference(world.links);
      for (const { epoch, root } of await world.commits()) {
        const reports = agreedReports(world.spectator, epoch, root);
        expect(reports.length).to.be.at.least(3);
        for (const { subjectsHash } of reports) expect(subjectsHash).to.equal(subjectsHashOf(epoch, world.links));
        expect(
          reference.add(
            epoch,
            reports.map(({ bytes }) => bytes),
          ),
        ).to.equal(root);
      }
    });

    it("pays the edge node's owner on a proof from the oracle that was killed", async () => {
      const { epoch } = (await world.commits()).at(-1)!;
      const { deed, owner } = world.licences.operator;
      const answer = await killed.get(`/epochs/${epoch}/proofs/${deed}`);
      const { cumulative, proof } = (await answer.json()) as { cumulative: string; proof: string[] };
      expect(BigInt(cumulative)).to.equal(reference.sumOf(deed));
      const { availabilityRewards, r1 } = world.protocol.contracts;
      const rewards = availabilityRewards.connect(world.licences.foundation.owner);
      // A root can be claimed on only some time after its commit.
      const amount = await until("the proof is good", EPOCH_MS, () => {
        return rewards.claim.staticCall(deed, epoch, cumulative, proof);
      });
      expect(amount > 0n).to.equal(true);
      await mined(rewards.claim(deed, epoch, cumulative, proof));
      expect(await r1.balanceOf(owner.address)).to.equal(amount);
    });
  });
});

async function leavesOf(oracle: OracleProcess, epoch: bigint): Promise<Uint8Array> {
  return new Uint8Array(await (await oracle.get(`/epochs/${epoch}/leaves`)).arrayBuffer());
}

/** The reports of the set that was proposed with this root, as they were opened on the bus. */
function agreedReports({ heard, context }: Spectator, epoch: bigint, root: string): ReportBody[] {
  const about = heard.map(({ message }) => message).filter((message) => message.epoch === epoch);
  const reports = new Map(
    about.flatMap((message) => (message.kind === "report" ? [[reportHash(context, message), message] as const] : [])),
  );
  for (const message of about) {
    if (message.kind !== "proposal" || message.value.type !== "reports" || message.value.root !== root) continue;
    return message.value.set.flatMap((named) => reports.get(named.reportHash) ?? []);
  }
  throw new Error(`nobody proposed ${root} for epoch ${epoch}`);
}
