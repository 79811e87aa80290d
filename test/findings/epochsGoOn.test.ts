import { expect } from "chai";
import { Recomputation } from "../../keepers/oracle/consensus/recompute.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { leaderOrder } from "../../keepers/protocol/leaders.js";
import { LeafKind } from "../../keepers/protocol/leaf.js";
import { decodeLeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import { subjectsHash } from "../../keepers/protocol/subjects.js";
import { ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import { applyEvents, emptyState } from "../../keepers/chain/protocolState.js";
import { linksAt } from "../../keepers/chain/selectors.js";
import type { EventBody } from "../../keepers/chain/chainEvent.js";
import { SeededRandom } from "../../keepers/core/random.js";
import { eventAt } from "../unit/chain/events.js";
import { CONTEXT } from "../unit/consensus/world.js";
import { EPOCH_MS, Fleet, type FleetOracle } from "../unit/oracle/epoch/fleet.js";

const CREDITED = 3n * 255n;

/**
 * Found elsewhere: without agreement all oracles stay in a loop for ever, and one faulty epoch makes a whole range unusable; "no
 * consensus" scored everybody 255, and past scores change when the list of such epochs is trimmed; agreed zeros are dropped, so that
 * oracles later sign different claims; rows are hashed in the order of a database; the leader never rotates; one account updates;
 * windows add up to 675 s, and thresholds are lowered by hand.
 */
describe("finding: an epoch ends, and the next one goes on", function () {
  this.timeout(60_000);
  let fleet: Fleet;

  afterEach(() => fleet.close());

  const lastFile = async (oracle: FleetOracle) => decodeLeafFile((await oracle.archive.latest())!.leafFile);

  it("an epoch without agreement credits nobody, and later epochs are decided", async () => {
    fleet = new Fleet(4);
    await fleet.start(fleet.oracles.slice(0, 2)); // no quorum during epochs 0 and 1
    await fleet.runTo(2 * EPOCH_MS + 30_000);
    expect(fleet.ledger.commits).to.deep.equal([]);
    for (const oracle of fleet.oracles.slice(2)) await oracle.start();
    await fleet.runTo(6 * EPOCH_MS);
    const epochs = fleet.ledger.commits.map(({ epoch }) => epoch);
    expect(epochs.at(-1)! >= 4n, `commits of ${epochs.join()}`).to.equal(true);
    const { entries } = await lastFile(fleet.oracles[0]!);
    for (const { cumulative } of entries) expect(Number(cumulative)).to.be.at.most(255 * epochs.length);
  });

  it("a skipped epoch scores nobody 255, then or ever after", async () => {
    fleet = new Fleet(4);
    // In epoch 1 nobody was there itself: no oracle may report.
    for (const oracle of fleet.oracles) oracle.measure = (epoch) => (epoch === 1n ? 0 : 255);
    await fleet.start();
    await fleet.runTo(5 * EPOCH_MS - 1);
    const epochs = fleet.ledger.commits.map(({ epoch }) => epoch);
    expect(epochs).to.deep.equal([0n, 2n, 3n]);
    for (const oracle of fleet.oracles) {
      for (const { cumulative } of (await lastFile(oracle)).entries) expect(cumulative).to.equal(CREDITED);
    }
  });

  it("an agreed zero is kept: every oracle has the same leaves, and says so in the same root", async () => {
    fleet = new Fleet(4);
    const [absent] = fleet.nodes as [string];
    for (const oracle of fleet.oracles) {
      oracle.measure = (epoch, node) => (node === absent && epoch > 0n ? 0 : 255);
    }
    await fleet.start();
    await fleet.runTo(4 * EPOCH_MS - 1);
    const files = await Promise.all(fleet.oracles.map(lastFile));
    const deed = fleet.links.find(({ node }) => node === absent)!.deed;
    for (const file of files) {
      expect(treeOf(file).root).to.equal(fleet.ledger.last?.root);
      expect(file.entries.find(({ kind, id }) => kind === LeafKind.AVAILABILITY && id === deed)?.cumulative).to.equal(
        255n,
      );
    }
  });

  it("commits are not one account's: whoever is down, another one brings them", async () => {
    fleet = new Fleet(4);
    await fleet.start();
    await fleet.runTo(5 * EPOCH_MS);
    const first = fleet.ledger.transactions[0]!.by;
    expect(new Set(fleet.ledger.transactions.map(({ by }) => by)).size).to.be.greaterThan(1);
    for (const oracle of fleet.oracles) oracle.rpcDown = oracle.key.address === first;
    const before = fleet.ledger.commits.length;
    await fleet.runTo(9 * EPOCH_MS);
    expect(fleet.ledger.commits.length - before).to.equal(4);
    expect(fleet.ledger.transactions.slice(before).map(({ by }) => by)).to.not.include(first);
  });

  it("is decided within seconds, with a third of them dead and by the same quorum as ever", async () => {
    fleet = new Fleet(4);
    await fleet.start(fleet.oracles.slice(1));
    await fleet.runTo(EPOCH_MS + 15_000);
    expect(fleet.ledger.commits).to.have.length(1);
    expect(fleet.ledger.commits[0]!.signers).to.have.length(3);
  });
});

describe("finding: what all oracles must compute alike", () => {
  it("the root does not depend on the order in which events, rows and reports came", () => {
    const random = new SeededRandom("rows");
    const shuffled = <T>(items: readonly T[]): T[] => {
      const left = [...items];
      return items.map(() => left.splice(random.integer(left.length), 1)[0]!);
    };
    const ids = Array.from({ length: 20 }, (_, index) => index + 1);
    const addressOf = (kind: string, id: number) => `0x${kind}${id.toString(16).padStart(38, "0")}`;
    const [roots, subjects] = [new Set<string>(), new Set<string>()];
    for (let run = 0; run < 10; run += 1) {
      const bodies: EventBody[] = shuffled(ids).flatMap((id): EventBody[] => [
        { type: "OperatorApproved", operator: addressOf("aa", id), until: 9_999_999_999, verification: 1 },
        {
          type: "NodeAssociated",
          deed: deedId(DeedKind.NODE, BigInt(id)),
          node: addressOf("bb", id),
          owner: addressOf("aa", id),
          epoch: 0n,
        },
      ]);
      const links = linksAt(
        applyEvents(
          emptyState,
          bodies.map((body) => eventAt(1_000, body)),
        ),
        2_000,
      );
      subjects.add(subjectsHash(10n, { links, seats: [] }));
      const reports = [0, 1, 2].map((oracle) => ({
        oracle: addressOf("cc", oracle),
        reportHash: `0x${String(oracle).padStart(64, "0")}`,
        bytes: Uint8Array.from(links, ({ deed }) => (Number(deed & 0xffn) * 7 + oracle) % 256),
      }));
      const previousEntries = ids
        .slice(5, 12)
        .map((id) => ({ kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.NODE, BigInt(id)), cumulative: BigInt(id) }));
      const header = { ...CONTEXT, epoch: 10n, previousRoot: ZERO_HASH };
      const startEpochs = { 1: 0n, 2: 0n, 3: 0n };
      const inputs = { header, subjects: { links, seats: [] }, spent: new Set<string>(), previousEntries, startEpochs };
      roots.add(new Recomputation({}, inputs).compute(shuffled(reports)).commitment.root);
    }
    expect([roots.size, subjects.size]).to.deep.equal([1, 1]);
  });

  it("every oracle leads in its turn, whatever their number", () => {
    for (const size of [2, 3, 4, 8, 16, 64]) {
      const oracles = Array.from({ length: size }, (_, index) => `0x${index.toString(16).padStart(40, "0")}`);
      const first = (epoch: number) =>
        leaderOrder({ ...CONTEXT, epoch: BigInt(epoch), oracles, unreliable: new Set() })[0]!;
      for (const start of [0, 256 * size]) {
        const leaders = Array.from({ length: size }, (_, index) => first(start + index));
        expect(new Set(leaders).size, `${size} oracles`).to.equal(size);
      }
    }
  });
});
