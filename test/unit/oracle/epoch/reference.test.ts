import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";

import { SeededRandom } from "../../../../keepers/core/random.js";
import type { Address } from "../../../../keepers/protocol/bytes.js";
import { EPOCH_MS, Fleet, type FleetOracle } from "./fleet.js";

const SEED = "reference 1";
const EPOCHS = 5;

/**
 * Must hold 9: the committed root is the one that a reference implementation computes from the same reports. The reference
 * here shares no code with the keepers: sorting for the median, OpenZeppelin's tree for the root.
 */
describe(`must hold 9: committed roots against a reference (seed "${SEED}")`, () => {
  it("equals the reference's root in every epoch, whichever reports were agreed on", async () => {
    const random = new SeededRandom(SEED);
    const fleet = new Fleet(7, () => (random.next() < 0.1 ? [] : [10 + random.integer(200)]));
    const measured = new Map<string, number>();
    for (const oracle of fleet.oracles) oracle.measure = (epoch, node) => measure(oracle, epoch, node);
    const measure = (oracle: FleetOracle, epoch: bigint, node: Address): number => {
      const key = `${oracle.key.address} ${epoch} ${node}`;
      const known = measured.get(key) ?? (fleet.addresses.includes(node) ? 255 : random.integer(256));
      measured.set(key, known);
      return known;
    };
    await fleet.start();
    await fleet.runTo((EPOCHS + 1) * EPOCH_MS - 1);
    expect(fleet.ledger.commits).to.have.length(EPOCHS);

    const cumulative = new Map<bigint, bigint>();
    for (const { epoch, root } of fleet.ledger.commits) {
      const kept = await fleet.oracles[0]?.archive.get(epoch);
      const reporters = kept?.meta.reporters ?? [];
      expect(reporters.length).to.be.at.least(5);
      for (const { deed, node } of fleet.links) {
        const bytes = reporters.map((oracle) => measured.get(`${oracle} ${epoch} ${node}`) as number);
        const [median] = [...bytes].sort((a, b) => a - b).slice(Math.floor((bytes.length - 1) / 2));
        cumulative.set(deed, (cumulative.get(deed) ?? 0n) + BigInt(median as number));
      }
      const leaves = fleet.links.filter(({ deed }) => cumulative.get(deed) !== 0n);
      const values = leaves.map(({ deed }) => [1, deed, cumulative.get(deed)]);
      const tree = StandardMerkleTree.of(values, ["uint8", "uint256", "uint256"], { sortLeaves: false });
      expect(root).to.equal(tree.root);
    }
    await fleet.close();
  });
});
