import { SimpleMerkleTree, StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import fc from "fast-check";
import { bytesToHex, type Hash } from "../../../keepers/protocol/bytes.js";
import { compareLeaves, leafHash, LeafKind } from "../../../keepers/protocol/leaf.js";
import { MerkleTree, type Multiproof } from "../../../keepers/protocol/merkleTree.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { keccak } from "../../../keepers/protocol/signing.js";

const LEAF_TYPES = ["uint8", "uint256", "uint256"];
const anyKind = fc.constantFrom(LeafKind.AVAILABILITY, LeafKind.SERVICE);
const anyWord = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const anyLeaves = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 70 });

function reference(leaves: readonly Uint8Array[]): SimpleMerkleTree {
  return SimpleMerkleTree.of(leaves.map(bytesToHex), { sortLeaves: false });
}

function sample(size: number): Uint8Array[] {
  return Array.from({ length: size }, (_, i) => keccak(Buffer.from(`leaf ${i}`)));
}

describe("leaf", () => {
  it("hashes as StandardMerkleTree does", () => {
    fc.assert(
      fc.property(anyKind, anyWord, anyWord, (kind, id, cumulative) => {
        const tree = StandardMerkleTree.of([[kind, id, cumulative]], LEAF_TYPES);
        expect(bytesToHex(leafHash(kind, id, cumulative))).to.equal(tree.leafHash([kind, id, cumulative]));
      }),
    );
  });

  it("names services as Solidity's abi.encode does", () => {
    fc.assert(
      fc.property(anyWord, anyWord, (job, deed) => {
        const encoded = AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [job, deed]);
        expect(serviceId(job, deed)).to.equal(keccak256(encoded));
      }),
    );
  });

  it("refuses values beyond 256 bits", () => {
    for (const value of [-1n, 2n ** 256n]) {
      expect(() => leafHash(LeafKind.AVAILABILITY, value, 1n)).to.throw(RangeError, "2^256");
      expect(() => leafHash(LeafKind.AVAILABILITY, 1n, value)).to.throw(RangeError, "2^256");
    }
  });

  it("is ordered by kind, then by id, whatever the cumulative value", () => {
    const leaf = (kind: LeafKind, id: bigint, cumulative = 1n) => ({ kind, id, cumulative });
    expect(compareLeaves(leaf(1, 9n), leaf(2, 1n))).to.be.below(0);
    expect(compareLeaves(leaf(2, 1n), leaf(1, 9n))).to.be.above(0);
    expect(compareLeaves(leaf(1, 2n ** 200n), leaf(1, 2n ** 200n + 1n))).to.be.below(0);
    expect(compareLeaves(leaf(1, 10n), leaf(1, 9n))).to.be.above(0);
    expect(compareLeaves(leaf(1, 9n, 1n), leaf(1, 9n, 2n))).to.equal(0);
  });
});

describe("Merkle tree", () => {
  it("has the root and the proofs of @openzeppelin/merkle-tree at every size up to 40", () => {
    for (let size = 1; size <= 40; size++) {
      const leaves = sample(size);
      const tree = MerkleTree.of(leaves);
      const expected = reference(leaves);
      expect(tree.root, `${size} leaves`).to.equal(expected.root);
      expect(tree.size).to.equal(size);
      leaves.forEach((leaf, index) => {
        expect(tree.proof(index), `${index} of ${size}`).to.deep.equal(expected.getProof(index));
        expect(MerkleTree.verify(tree.root, bytesToHex(leaf), tree.proof(index))).to.equal(true);
      });
    }
  });

  it("has its root and multiproofs for any leaves and any choice of them, in any order", () => {
    fc.assert(
      fc.property(anyLeaves, fc.infiniteStream(fc.nat()), fc.nat(), (leaves, picks, count) => {
        const chosen = new Set([...picks.take(1 + (count % leaves.length))].map((pick) => pick % leaves.length));
        const indices = [...chosen];
        const tree = MerkleTree.of(leaves);
        const expected = reference(leaves);
        const multiproof = tree.multiproof(indices);
        expect(tree.root).to.equal(expected.root);
        expect(multiproof).to.deep.equal(expected.getMultiProof([...indices]));
        expect(MerkleTree.verifyMultiproof(tree.root, multiproof)).to.equal(true);
        const ascending = indices.sort((a, b) => a - b).map((index) => bytesToHex(leaves[index]!));
        expect(multiproof.leaves).to.deep.equal(ascending);
      }),
    );
  });

  it("matches on a thousand leaves", () => {
    const leaves = sample(1000);
    expect(MerkleTree.of(leaves).root).to.equal(reference(leaves).root);
  });

  it("keeps the proof of neighbours small: one call proves a batch of consecutive deeds", () => {
    const run = Array.from({ length: 64 }, (_, i) => 128 + i);
    expect(MerkleTree.of(sample(1024)).multiproof(run).proof).to.have.lengthOf(4);
  });

  it("refuses proofs of other leaves, roots, lengths and shapes", () => {
    const leaves = sample(11);
    const tree = MerkleTree.of(leaves);
    const leaf = bytesToHex(leaves[4]!);
    const proof = tree.proof(4);
    const wrong: Record<string, [Hash, Hash, Hash[]]> = {
      "other leaf": [tree.root, bytesToHex(leaves[5]!), proof],
      "other root": [leaf, leaf, proof],
      "proof too short": [tree.root, leaf, proof.slice(1)],
      "proof too long": [tree.root, leaf, [...proof, leaf]],
      "proof reordered": [tree.root, leaf, [...proof].reverse()],
      "no hash": [tree.root, leaf, ["0x12", ...proof.slice(1)]],
      "leaf is no hash": [tree.root, "0x", proof],
    };
    for (const [name, [root, of, by]] of Object.entries(wrong))
      expect(MerkleTree.verify(root, of, by), name).to.equal(false);
  });

  it("refuses multiproofs that were tampered with", () => {
    const tree = MerkleTree.of(sample(11));
    const good = tree.multiproof([2, 3, 7]);
    const other = bytesToHex(keccak(new Uint8Array(1)));
    const wrong: Record<string, Multiproof> = {
      "other leaf": { ...good, leaves: [other, ...good.leaves.slice(1)] },
      "leaves reordered": { ...good, leaves: [...good.leaves].reverse() },
      "missing leaf": { ...good, leaves: good.leaves.slice(1) },
      "missing proof": { ...good, proof: good.proof.slice(1) },
      "extra proof": { ...good, proof: [...good.proof, other] },
      "missing flag": { ...good, proofFlags: good.proofFlags.slice(1) },
      "all flags true": { ...good, proofFlags: good.proofFlags.map(() => true) },
      "all flags false": { ...good, proofFlags: good.proofFlags.map(() => false) },
      "no hash": { ...good, proof: ["0x", ...good.proof.slice(1)] },
      "the root as a leaf beside another": { leaves: [tree.root, other], proof: [], proofFlags: [] },
      "the root proves nothing": { leaves: [], proof: [tree.root], proofFlags: [] },
    };
    expect(MerkleTree.verifyMultiproof(tree.root, good)).to.equal(true);
    for (const [name, proof] of Object.entries(wrong))
      expect(MerkleTree.verifyMultiproof(tree.root, proof), name).to.equal(false);
    expect(MerkleTree.verifyMultiproof(other, good), "other root").to.equal(false);
  });

  it("refuses to be built or asked wrongly", () => {
    const tree = MerkleTree.of(sample(3));
    expect(() => MerkleTree.of([])).to.throw(RangeError, "at least one leaf");
    expect(() => MerkleTree.of([new Uint8Array(31)])).to.throw(RangeError, "leaf 0: got 31 bytes");
    for (const index of [-1, 3, 0.5, Number.NaN]) expect(() => tree.proof(index)).to.throw(RangeError, "want 0 to 2");
    expect(() => tree.multiproof([])).to.throw(RangeError, "at least one");
    expect(() => tree.multiproof([1, 0, 1])).to.throw(RangeError, "repeat");
    expect(() => tree.multiproof([0, 3])).to.throw(RangeError, "want 0 to 2");
  });
});
