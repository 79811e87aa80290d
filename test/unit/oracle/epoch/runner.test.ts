import { KeeperError } from "../../../../keepers/core/errors.js";
import { expect } from "chai";

import { decodeLeafFile, treeOf } from "../../../../keepers/protocol/leafFile.js";
import { LeafKind } from "../../../../keepers/protocol/leaf.js";
import { EPOCH_MS, Fleet, type FleetOracle } from "./fleet.js";

/**
 * given a fleet of oracles on a virtual clock and one ledger
 * ├── when all are well            it commits every epoch once, and the root is the one that follows from the medians
 * ├── when the submitter's RPC is down   it is committed by the next in line
 * ├── when one never answers       it still decides, in a later round if that one leads
 * ├── when a quorum is not there   it decides nothing, and goes on when they are back
 * ├── when too few are eligible    it skips the epoch, and commits the next
 * ├── when one restarts            it does not contradict itself, and follows
 * ├── when one joins late          it catches up from the others' leaf file
 * ├── when the disk is full        it says nothing until it can write, and the others go on
 * └── when nobody signs for it     it says nothing until somebody does, and the others go on
 */
describe("EpochRunner", () => {
  let fleet: Fleet;

  beforeEach(() => {
    fleet = new Fleet(4);
  });

  afterEach(async () => {
    await fleet.close();
  });

  const eventsOf = (oracle: FleetOracle, type: string) => oracle.events.filter((event) => event.type === type);

  it("commits every epoch once, with the root of the medians", async () => {
    const [slow] = fleet.nodes as [string];
    fleet.oracles.forEach((oracle, i) => {
      oracle.measure = (_epoch, node) => (node === slow ? ([10, 20, 30, 200][i] as number) : 255);
    });
    await fleet.start();
    await fleet.runTo(4 * EPOCH_MS - 1);

    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n, 2n]);
    expect(fleet.ledger.transactions).to.have.length(3);
    const kept = await (fleet.oracles[0] as FleetOracle).archive.latest();
    const file = decodeLeafFile((kept as NonNullable<typeof kept>).leafFile);
    expect(treeOf(file).root).to.equal(fleet.ledger.last?.root);
    const slowDeed = fleet.links.find(({ node }) => node === slow)?.deed;
    for (const entry of file.entries) {
      expect(entry.kind).to.equal(LeafKind.AVAILABILITY);
      // The lower median of 10, 20, 30, 200 is 20.
      expect(entry.cumulative).to.equal(entry.id === slowDeed ? 3n * 20n : 3n * 255n);
    }
  });

  it("lets a stand-in submit when the submitter cannot", async () => {
    await fleet.start();
    await fleet.runTo(EPOCH_MS + 10_000);
    const first = fleet.ledger.transactions[0]?.by;
    for (const oracle of fleet.oracles) oracle.rpcDown = true;
    await fleet.runTo(2 * EPOCH_MS + 2_500);
    expect(fleet.ledger.commits).to.have.length(1);
    const last = fleet.oracles.find(({ key }) => key.address !== first) as FleetOracle;
    last.rpcDown = false;
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    expect(fleet.ledger.commits).to.have.length(2);
    expect(fleet.ledger.transactions.at(-1)).to.deep.equal({ by: last.key.address, epoch: 1n, accepted: true });
  });

  it("goes on with one oracle gone, whoever leads", async () => {
    await fleet.start(fleet.oracles.slice(1));
    await fleet.runTo(6 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n, 2n, 3n, 4n]);
    const rounds = eventsOf(fleet.oracles[1] as FleetOracle, "decided").map((event) => "round" in event && event.round);
    expect(rounds).to.include(1);
  });

  it("waits for a quorum and then goes through what was missed", async () => {
    await fleet.start(fleet.oracles.slice(2));
    await fleet.runTo(3 * EPOCH_MS + 30_000);
    expect(fleet.ledger.commits).to.have.length(0);
    await fleet.start(fleet.oracles.slice(0, 2));
    await fleet.runTo(5 * EPOCH_MS - 1);
    expect(fleet.ledger.last?.epoch).to.equal(3n);
  });

  it("skips an epoch with too few eligible oracles, and commits the next", async () => {
    for (const oracle of fleet.oracles.slice(0, 2)) oracle.measure = (epoch) => (epoch === 1n ? 249 : 255);
    await fleet.start();
    await fleet.runTo(4 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 2n]);
    for (const oracle of fleet.oracles) {
      const skipped = eventsOf(oracle, "decided").filter((event) => "root" in event && event.root === undefined);
      expect(skipped.map(({ epoch }) => epoch)).to.deep.equal([1n]);
    }
  });

  it("follows again after a restart in the middle of a round", async () => {
    await fleet.start();
    const [first] = fleet.oracles as [FleetOracle];
    for (let epoch = 1; epoch <= 5; epoch += 1) {
      await fleet.runTo(epoch * EPOCH_MS + 40 * epoch);
      await first.stop();
      await fleet.runTo(epoch * EPOCH_MS + 40 * epoch + 5);
      await first.start();
    }
    await fleet.runTo(7 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n, 2n, 3n, 4n, 5n]);
    expect((await first.archive.latest())?.meta.root).to.equal(fleet.ledger.last?.root);
    const contradictions = fleet.oracles
      .flatMap(({ logs }) => logs.flat())
      .filter(({ msg }) => msg.includes("contradict"));
    expect(contradictions).to.deep.equal([]);
  });

  it("catches up when it joins late, and takes part from then on", async () => {
    await fleet.start(fleet.oracles.slice(1));
    await fleet.runTo(4 * EPOCH_MS - 1);
    const [late] = fleet.oracles as [FleetOracle];
    await late.start();
    await fleet.runTo(4 * EPOCH_MS + 20_000);
    const adopted = eventsOf(late, "adopted").map(({ epoch }) => epoch);
    expect(adopted.slice(0, 2)).to.deep.equal([1n, 2n]);
    expect((await late.archive.latest())?.meta.root).to.equal(fleet.ledger.last?.root);
    await (fleet.oracles[1] as FleetOracle).stop();
    await fleet.runTo(6 * EPOCH_MS - 1);
    expect(fleet.ledger.last?.epoch).to.equal(4n);
  });

  it("does not vote while its log cannot be written", async () => {
    await fleet.start();
    const [full] = fleet.oracles as [FleetOracle];
    await fleet.runTo(EPOCH_MS - 1);
    const append = full.journal.append.bind(full.journal);
    full.journal.append = () => Promise.reject(new Error("no space left on device"));
    await fleet.runTo(2 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n]);
    expect(eventsOf(full, "halted")).to.not.be.empty;
    expect(eventsOf(full, "decided")).to.be.empty;
    full.journal.append = append;
    await fleet.runTo(3 * EPOCH_MS - 1);
    expect(eventsOf(full, "decided").map(({ epoch }) => epoch)).to.deep.equal([1n]);
  });

  it("says nothing while nobody signs for it, and goes on when somebody does", async () => {
    await fleet.start();
    const [unsigned] = fleet.oracles as [FleetOracle];
    await fleet.runTo(EPOCH_MS - 1);
    unsigned.key.signBytes = () => Promise.reject(new KeeperError("SIGNER_TIMEOUT", "no answer", { retriable: true }));
    await fleet.runTo(2 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n]);
    expect(eventsOf(unsigned, "halted")).to.not.be.empty;
    expect(eventsOf(unsigned, "decided")).to.be.empty;
    expect(fleet.ledger.last?.signers).to.not.include(unsigned.key.address);
    delete (unsigned.key as { signBytes?: unknown }).signBytes;
    await fleet.runTo(4 * EPOCH_MS - 1);
    // What the others decided meanwhile it takes from them; then it decides too.
    expect(eventsOf(unsigned, "adopted").map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
    expect(eventsOf(unsigned, "decided").map(({ epoch }) => epoch)).to.deep.equal([2n]);
  });
});
