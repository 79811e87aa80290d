import { expect } from "chai";
import { rememberSignatures } from "../../sim/fastSignatures.js";
import { peaceful, withOracle } from "../../sim/peace.js";
import { EPOCH_MS, type Outcome, runScenario } from "../simulation/scenario.js";
import { EPOCH_MS as FLEET_EPOCH_MS, Fleet } from "../unit/oracle/epoch/fleet.js";
import { END, membersOf } from "../unit/oracle/epoch/members.js";

/**
 * Found by the simulation: oracles that had read an epoch's links or members before its last blocks were replaced agreed with nobody;
 * an addition that moved over the epoch's end left some locked by a quorum of the smaller set; one that joined after a decision never
 * signed, and the quorum of the larger set was out of reach; and several reorganisations took back a commit that was active already,
 * which nobody sent again (seed 4479).
 */
describe("finding: blocks are replaced, and the set changes, around an epoch's end", function () {
  this.timeout(60_000);

  before(rememberSignatures);

  const lastEpoch = ({ fleet }: Outcome) => fleet.chain.head.state.last?.report.epoch;

  for (const ms of [500, 800, 1_100]) {
    it(`decides when the last block of an epoch is replaced ${ms} ms after its end, and an oracle with it`, async () => {
      const outcome = await runScenario(6, 4, (plan) => {
        const reorganisations = [{ at: EPOCH_MS + ms, depth: 2, replaced: [true, true], loss: 1 }];
        const changes = [{ at: EPOCH_MS - 3_000, kind: "add", index: 4 }] as const;
        const quiet = { ...peaceful(plan), epochs: 2, healAt: 2 * EPOCH_MS, reorganisations, changes };
        return withOracle(quiet, 0, { byzantine: "silent" });
      });
      expect(outcome.lines.filter((line) => line.includes("OracleAdded"))).to.have.length(2);
      expect(outcome.commits).to.equal(2);
      expect(outcome.seconds).to.be.lessThan(75);
    });
  }

  for (const startAt of [-5_000, EPOCH_MS + 20_000]) {
    it(`commits an epoch after which the set grew, though one is silent; the new one starts at ${startAt} ms`, async () => {
      const outcome = await runScenario(10, 4, (plan) => {
        const changes = [{ at: EPOCH_MS + 200, kind: "add", index: 4 }] as const;
        const corrupt = withOracle(peaceful(plan), 0, { byzantine: "silent" });
        return { ...withOracle(corrupt, 4, { startAt }), epochs: 2, healAt: 2 * EPOCH_MS, changes };
      });
      expect(lastEpoch(outcome)).to.equal(1n);
      expect(outcome.commits).to.equal(2);
    });
  }

  it("members are the same on either side of a reorganisation that moves an addition over its end", async () => {
    expect(await membersOf([END - 1, "OracleAdded", 4])).to.deep.equal([1, 2, 3]);
    expect(await membersOf([END, "OracleAdded", 4])).to.deep.equal([1, 2, 3]);
  });

  it("brings an active commit back that a reorganisation took", async () => {
    const fleet = new Fleet(4);
    await fleet.start();
    while (fleet.ledger.commits.length === 0) await fleet.runTo(fleet.clock.now() + 1_000);
    const [first] = fleet.ledger.commits;
    await fleet.runTo(((first?.activeFrom ?? 0) + 10) * 1_000);
    expect(fleet.ledger.isPending).to.equal(false);
    fleet.ledger.commits.pop();
    await fleet.runTo(fleet.clock.now() + 10_000);
    expect(fleet.ledger.last).to.include({ epoch: 0n, root: first?.root });
    await fleet.runTo(3 * FLEET_EPOCH_MS);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
    await fleet.close();
  });
});
