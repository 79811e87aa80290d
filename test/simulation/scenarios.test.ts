import { expect } from "chai";

import { BYZANTINE_KINDS } from "../../sim/byzantine/kinds.js";
import { rememberSignatures } from "../../sim/fastSignatures.js";
import { SimFleet } from "../../sim/fleet.js";
import { peaceful, withOracle } from "../../sim/peace.js";
import type { Plan } from "../../sim/plan.js";
import { EPOCH_MS, type Outcome, runScenario } from "./scenario.js";
import type { Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { LeafKind } from "../../keepers/protocol/leaf.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";

/**
 * given a fleet without any fault but the one of the scenario
 * ├── when nothing happens                          every epoch is committed with one transaction
 * ├── when a third of the oracles is of one Byzantine kind   all epochs go through
 * ├── when the lock rule is under attack            nobody is fooled, and all decide once the attack ends
 * ├── when the network is cut in two and heals      the epochs go through afterwards
 * ├── when the block with the commit is taken back  it is committed again, the same
 * ├── when oracles come and go between epochs       each epoch has its set
 * ├── when nodes come to jobs and leave them        each has a leaf from its first paid epoch on, which grows to its last
 * ├── when an assignment is over and settled        its leaf goes
 * ├── when an assignment moves over an epoch's end   all count on the same seats
 * ├── when an oracle joins three epochs late and a peer lies about leaf files   it ends on the chain's root
 * ├── when a quorum commits a wrong root            the rest disproves it, and goes on without those who signed it
 * └── when a disk is full or fails                  its oracle is silent, comes back, and never contradicts itself
 */
describe("scenarios of the simulated fleet", function () {
  this.timeout(60_000);

  before(rememberSignatures);

  const count = ({ lines }: Outcome, what: string) => lines.filter((line) => line.includes(what)).length;
  const lastEpoch = ({ fleet }: Outcome) => fleet.chain.head.state.last?.report.epoch;

  it("commits every epoch with one transaction when nothing happens", async () => {
    const outcome = await runScenario(1, 7, (plan) => ({ ...peaceful(plan), epochs: 3 }));
    expect(count(outcome, "sends the commit")).to.equal(3);
    expect(outcome.commits).to.equal(3);
  });

  for (const kind of BYZANTINE_KINDS) {
    it(`stands two of seven oracles of kind ${kind}`, async () => {
      const outcome = await runScenario(2, 7, (plan) => {
        const corrupt = withOracle(peaceful(plan), 1, { byzantine: kind });
        return { ...withOracle(corrupt, 4, { byzantine: kind }), epochs: 3, healAt: EPOCH_MS + 20_000 };
      });
      expect(lastEpoch(outcome)).to.equal(2n);
    });
  }

  for (const nodes of [4, 7, 10]) {
    it(`stands the adversary of the lock rule, ${nodes} oracles`, async () => {
      let powerCuts = 0;
      for (const seed of [3, 4, 5]) {
        const outcome = await runScenario(seed, nodes, (plan) => {
          let attacked: Plan = { ...peaceful(plan), epochs: 3, healAt: 2 * EPOCH_MS, splitter: true };
          for (let index = 0; index < Math.floor((nodes - 1) / 3); index++) {
            attacked = withOracle(attacked, 3 * index, { byzantine: "silent" });
          }
          return attacked;
        });
        powerCuts += count(outcome, " dies ");
        expect(lastEpoch(outcome)).to.equal(2n);
      }
      expect(powerCuts).to.be.greaterThan(0);
    });
  }

  it("goes on after a partition without a quorum on either side", async () => {
    const outcome = await runScenario(4, 4, (plan) => {
      const quiet = peaceful(plan);
      const side = new SimFleet({ seed: 4, nodes: 4 }).oracles.slice(0, 2).map(({ key }) => key.address);
      const partitions = [{ from: EPOCH_MS - 1_000, to: 2 * EPOCH_MS, side }];
      return { ...quiet, epochs: 3, healAt: 2 * EPOCH_MS, network: { ...quiet.network, partitions } };
    });
    const first = outcome.lines.findIndex((line) => line.includes("EpochCommitted"));
    expect(Number.parseFloat(outcome.lines[first]!)).to.be.greaterThan(60);
    expect(lastEpoch(outcome)).to.equal(2n);
  });

  it("commits the same again when the block with the commit is taken back", async () => {
    const outcome = await runScenario(5, 4, (plan) => {
      const at = EPOCH_MS + 8_500;
      const reorganisations = [{ at, depth: 5, replaced: [true, true, true, true, true], loss: 1 }];
      return { ...peaceful(plan), epochs: 2, healAt: 2 * EPOCH_MS, reorganisations };
    });
    expect(count(outcome, "EpochCommitted")).to.equal(3);
    expect(lastEpoch(outcome)).to.equal(1n);
  });

  const services = ({ fleet }: Outcome, root: Hash) => {
    const entries = fleet.monitor.entriesOf(root).filter(({ kind }) => kind === LeafKind.SERVICE);
    return new Map(entries.map(({ id, cumulative }) => [id, cumulative]));
  };
  const service = (job: bigint, token: bigint) => BigInt(serviceId(job, deedId(DeedKind.NODE, token)));
  const roots = ({ fleet }: Outcome) => {
    const found: Hash[] = [];
    for (let commit = fleet.chain.head.state.last; commit; commit = commit.previous) found.unshift(commit.report.root);
    return found;
  };

  it("counts service from the epoch after an assignment to the one in which it ends", async () => {
    const outcome = await runScenario(12, 4, (plan) => {
      const changes = [
        { at: 5_000, kind: "assign", index: 1 },
        { at: EPOCH_MS + 5_000, kind: "assign", index: 5 },
        { at: EPOCH_MS + 9_000, kind: "unassign", index: 1 },
      ] as const;
      return { ...peaceful(plan), epochs: 4, changes };
    });
    const [first, second] = [service(1n, 1n), service(2n, 2n)];
    const sums = roots(outcome).map((root) => services(outcome, root));
    expect(sums.map((each) => [...each.keys()].sort())).to.deep.equal(
      [[], [first], [first, second], [first, second]].map((ids) => ids.sort()),
    );
    const grew = (id: bigint) => sums.map((each, i) => (each.get(id) ?? 0n) > (sums[i - 1]?.get(id) ?? 0n));
    expect([grew(first), grew(second)]).to.deep.equal([
      [false, true, false, false],
      [false, false, true, true],
    ]);
  });

  it("drops the leaf of an assignment that is over and settled, and no other", async () => {
    const outcome = await runScenario(14, 4, (plan) => {
      const changes = [
        { at: 5_000, kind: "assign", index: 1 },
        { at: 7_000, kind: "assign", index: 2 },
        { at: 9_000, kind: "assign", index: 5 },
        { at: 12_000, kind: "close", index: 1 },
        { at: 2 * EPOCH_MS + 5_000, kind: "settle", index: 1 },
      ] as const;
      return { ...peaceful(plan), epochs: 4, changes };
    });
    const sums = roots(outcome).map((root) => services(outcome, root));
    const [settled, unsettled, other] = [service(1n, 1n), service(1n, 2n), service(2n, 2n)];
    const all = [settled, unsettled, other].sort();
    expect(sums.map((each) => [...each.keys()].sort())).to.deep.equal([
      [],
      all,
      [unsettled, other].sort(),
      [unsettled, other].sort(),
    ]);
    expect(sums[3]!.get(unsettled)).to.equal(sums[1]!.get(unsettled));
  });

  for (const ms of [500, 1_100]) {
    it(`agrees when a reorganisation ${ms} ms after an epoch's end makes its last assignment one of the next`, async () => {
      const outcome = await runScenario(13, 4, (plan) => {
        const reorganisations = [{ at: 2 * EPOCH_MS + ms, depth: 2, replaced: [false, false], loss: 0 }];
        const changes = [{ at: 2 * EPOCH_MS - 3_000, kind: "assign", index: 2 }] as const;
        const quiet = { ...peaceful(plan), epochs: 4, healAt: 3 * EPOCH_MS, reorganisations, changes };
        return withOracle(quiet, 0, { byzantine: "silent" });
      });
      expect(outcome.lines.filter((line) => line.includes("NodesAssigned"))).to.have.length(2);
      const counts = roots(outcome).map((root) => services(outcome, root).size);
      expect(counts).to.deep.equal([0, 0, 0, 1]);
    });
  }

  it("changes the oracle set between epochs", async () => {
    const outcome = await runScenario(7, 7, (plan) => {
      const changes = [
        { at: EPOCH_MS / 2, kind: "add", index: 7 },
        { at: EPOCH_MS + 500, kind: "remove", index: 2 },
        { at: 2 * EPOCH_MS + 15_000, kind: "add", index: 2 },
      ] as const;
      return { ...peaceful(plan), epochs: 4, changes };
    });
    expect(outcome.fleet.chain.head.state.oracles).to.have.length(8);
    expect(lastEpoch(outcome)).to.equal(3n);
  });

  it("brings an oracle that joins late to the chain's root, whatever a peer tells it", async () => {
    const outcome = await runScenario(8, 4, (plan) => {
      const late = withOracle(peaceful(plan), 3, { startAt: 3 * EPOCH_MS + 10_000 });
      return { ...withOracle(late, 0, { byzantine: "leafLiar" }), epochs: 4 };
    });
    expect(count(outcome, 'o3 {"type":"adopted"')).to.be.at.least(2);
    expect(outcome.fleet.oracles[3]!.root).to.equal(outcome.fleet.chain.head.state.last?.report.root);
  });

  for (const coup of [0, 1]) {
    it(`disproves the root that a corrupt quorum makes up of epoch ${coup}, and goes on without it`, async () => {
      const outcome = await runScenario(11, 10, (plan) => {
        let betrayed: Plan = { ...peaceful(plan), epochs: 3, coup };
        for (let index = 0; index < 7; index++) betrayed = withOracle(betrayed, index, { byzantine: "liar" });
        return betrayed;
      });
      const { oracles, last } = outcome.fleet.chain.head.state;
      expect(count(outcome, "EpochDisproved")).to.equal(1);
      expect(oracles).to.have.length(3);
      expect(last?.report.epoch).to.equal(2n);
      expect(last?.signers).to.deep.equal(oracles);
      const epochs: bigint[] = [];
      for (let commit = last; commit; commit = commit.previous) epochs.unshift(commit.report.epoch);
      expect(epochs).to.deep.equal([0n, 1n, 2n]);
    });
  }

  for (const code of ["ENOSPC", "EIO"] as const) {
    it(`is silent while its disk fails with ${code}, and comes back`, async () => {
      const outcome = await runScenario(9, 4, (plan) => {
        const faults = [{ from: EPOCH_MS - 2_000, to: EPOCH_MS + 15_000, code }];
        const quiet = { ...peaceful(plan), epochs: 2, healAt: 2 * EPOCH_MS };
        return withOracle(quiet, 2, { disk: { syncMs: 5, failureRate: 1, faults } });
      });
      expect(count(outcome, 'o2 {"type":"halted"')).to.be.greaterThan(0);
      expect(lastEpoch(outcome)).to.equal(1n);
    });
  }
});
