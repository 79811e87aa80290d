import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";

import { availabilityCredit, serviceCredit } from "../../../../keepers/protocol/leafFile.js";
import { MerkleTree } from "../../../../keepers/protocol/merkleTree.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { ACTIVATION_DELAY, committedAt, mnd, nd, World } from "./world.js";

/**
 * given an epoch with services of job 7 by three deeds, one of which served nothing
 * ├── the proof of each leads to the root, by OpenZeppelin's own tree
 * ├── so does one for all of them, with the deeds in the order that the escrow expects
 * └── what nobody served has none
 */
describe("proofs of service over HTTP", () => {
  let world: World;

  const id = (job: bigint, token: number) => serviceId(job, nd(token));
  const leafHashOf = (kind: number, id: bigint | string, cumulative: bigint) =>
    keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["uint8", "uint256", "uint256"], [kind, id, cumulative])));
  const services = [1, 2, 3].map((token) => ({ token, id: id(7n, token), sum: BigInt(100 * (token - 1)) }));

  beforeEach(async () => {
    world = new World();
    await world.commit(5n, [availabilityCredit(nd(1), 255), availabilityCredit(mnd(1), 7)]);
    await world.commit(
      6n,
      services.map((each) => serviceCredit(each.id, Number(each.sum))),
    );
    await world.start();
  });

  const reference = () => {
    const ofServices = [...services]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((each) => leafHashOf(2, each.id, each.sum));
    const ofDeeds = [leafHashOf(1, nd(1), 255n), leafHashOf(1, mnd(1), 7n)];
    return SimpleMerkleTree.of([...ofDeeds, ...ofServices], { sortLeaves: false });
  };

  afterEach(() => world.close());

  it("leads from the service's leaf to the root, also of one that served nothing", async () => {
    for (const { token, id: service, sum } of services) {
      const { status, body } = await world.json(`/epochs/6/services/7/ND:${token}/proof`);
      const leaf = leafHashOf(2, service, sum);
      const tree = reference();
      expect({ status, body }).to.deep.equal({
        status: 200,
        body: {
          ...{ epoch: 6, root: tree.root, jobId: "7", deed: nd(token).toString(), name: `ND:${token}` },
          ...{ tokenId: token, cumulative: sum.toString(), leaf, proof: tree.getProof(leaf) },
          ...{ active: true, activeFrom: committedAt(6n) + ACTIVATION_DELAY },
        },
      });
    }
  });

  it("of several deeds is one, deeds in the order of the tree", async () => {
    const { body } = await world.json("/epochs/latest/services/7/multiproof", { deeds: ["ND:3", "ND-1", "ND:2"] });
    const { tokenIds, cumulatives, proof, proofFlags, root } = body as Record<string, never[]>;
    const ordered = [...services].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(tokenIds).to.deep.equal(ordered.map(({ token }) => token));
    const leaves = ordered.map((each) => leafHashOf(2, each.id, each.sum));
    expect(cumulatives).to.deep.equal(ordered.map(({ sum }) => sum.toString()));
    expect(MerkleTree.verifyMultiproof(String(root), { leaves, proof: proof!, proofFlags: proofFlags! })).to.equal(
      true,
    );
    expect(root).to.equal(reference().root);
  });

  it("is refused for who did not serve, a deed named twice, and what is no job", async () => {
    const path = "/epochs/6/services";
    expect(await world.failure(`${path}/8/ND:1/proof`)).to.deep.equal([404, "SERVICE_HAS_NO_LEAF"]);
    expect(await world.failure(`${path}/7/ND:4/proof`)).to.deep.equal([404, "SERVICE_HAS_NO_LEAF"]);
    expect(await world.failure(`${path}/7/MND:1/proof`)).to.deep.equal([404, "SERVICE_HAS_NO_LEAF"]);
    expect(await world.failure("/epochs/5/services/7/ND:1/proof")).to.deep.equal([404, "SERVICE_HAS_NO_LEAF"]);
    expect(await world.failure(`${path}/x/ND:1/proof`)).to.deep.equal([400, "BAD_REQUEST"]);
    const twice = { deeds: ["ND:1", "nd-1"] };
    expect(await world.failure(`${path}/7/multiproof`, twice)).to.deep.equal([400, "DEED_REPEATED"]);
  });
});
