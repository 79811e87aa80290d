import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";
import fc from "fast-check";

import { findDisproof } from "../../../keepers/protocol/disproof.js";
import { compareLeaves, type LeafEntry, LeafKind } from "../../../keepers/protocol/leaf.js";
import type { LeafFile } from "../../../keepers/protocol/leafFile.js";

const HEADER = { chainId: 1n, ledger: `0x${"1e".repeat(20)}`, previousRoot: `0x${"00".repeat(32)}` };

function fileOf(epoch: bigint, entries: readonly (readonly [id: bigint, cumulative: bigint])[]): LeafFile {
  const leaves = entries.map(([id, cumulative]) => ({ kind: LeafKind.AVAILABILITY, id, cumulative }));
  return { ...HEADER, epoch, entries: leaves.sort(compareLeaves) };
}

/** By another library. */
function treeOf({ entries }: LeafFile): SimpleMerkleTree {
  const coder = AbiCoder.defaultAbiCoder();
  const leaves = entries.map(({ kind, id, cumulative }) =>
    keccak256(keccak256(coder.encode(["uint8", "uint256", "uint256"], [kind, id, cumulative]))),
  );
  return SimpleMerkleTree.of(leaves, { sortLeaves: false });
}

/**
 * given the leaf file of a root and that of the root before it
 * ├── when every leaf grew by 0 to 255 an epoch   nothing is found
 * ├── when one shrank, or grew by more             it is found, with proofs that lead to both roots
 * ├── when one is new                              it may have grown since epoch 0, and no more
 * └── when there is no root before                 every leaf is new
 */
describe("findDisproof", () => {
  const before = fileOf(3n, [
    [1n, 100n],
    [2n, 765n],
    [5n, 1n],
  ]);

  it("finds nothing at the bounds: unchanged, or 255 more for each epoch", () => {
    const after = fileOf(5n, [
      [1n, 100n],
      [2n, 765n + 510n],
      [4n, 255n * 6n],
      [5n, 1n],
    ]);
    expect(findDisproof(before, after)).to.equal(undefined);
    expect(findDisproof(undefined, fileOf(0n, [[1n, 255n]]))).to.equal(undefined);
  });

  const wrong: [string, LeafFile | undefined, LeafFile, object][] = [
    [
      "a leaf that shrank",
      before,
      fileOf(4n, [
        [1n, 99n],
        [2n, 765n],
      ]),
      { id: 1n, cumulativeBefore: 100n, cumulativeAfter: 99n, most: 255n },
    ],
    [
      "a leaf that grew by one too much over two epochs",
      before,
      fileOf(5n, [
        [1n, 100n],
        [2n, 765n + 511n],
      ]),
      { id: 2n, cumulativeBefore: 765n, cumulativeAfter: 1276n, most: 510n },
    ],
    [
      "a new leaf that is more than it can have been since epoch 0",
      before,
      fileOf(5n, [
        [1n, 100n],
        [4n, 255n * 6n + 1n],
      ]),
      { id: 4n, cumulativeBefore: 0n, cumulativeAfter: 1531n, most: 1530n },
    ],
    [
      "a leaf of the first root of all",
      undefined,
      fileOf(1n, [[7n, 511n]]),
      { id: 7n, cumulativeBefore: 0n, cumulativeAfter: 511n, most: 510n },
    ],
  ];
  for (const [what, earlier, later, expected] of wrong) {
    it(`finds ${what}`, () => {
      const found = findDisproof(earlier, later);
      expect(found).to.include({ kind: LeafKind.AVAILABILITY, ...expected });
    });
  }

  it("property: finds a leaf exactly when one is wrong, and proves it by OpenZeppelin's own tree", () => {
    const leaves = fc.uniqueArray(fc.tuple(fc.bigInt(1n, 12n), fc.bigInt(1n, 1_600n)), {
      selector: ([id]) => id,
      minLength: 1,
    });
    const files = fc.tuple(fc.option(fc.tuple(fc.bigInt(0n, 3n), leaves)), fc.bigInt(1n, 3n), leaves);
    fc.assert(
      fc.property(files, ([earlier, gap, entries]) => {
        const first = earlier ? fileOf(...earlier) : undefined;
        const epoch = (first?.epoch ?? -1n) + gap;
        const second = fileOf(epoch, entries);
        const isWrong = ({ id, cumulative }: LeafEntry): boolean => {
          const old = first?.entries.find((entry) => entry.id === id);
          if (!old) return cumulative > 255n * (epoch + 1n);
          return cumulative < old.cumulative || cumulative - old.cumulative > 255n * gap;
        };
        const found = findDisproof(first, second);
        expect(found?.id).to.equal(second.entries.find(isWrong)?.id);
        if (!found) return;
        expectProven(second, found.id, found.cumulativeAfter, found.proofAfter);
        if (found.cumulativeBefore === 0n) expect(found.proofBefore).to.deep.equal([]);
        else expectProven(first as LeafFile, found.id, found.cumulativeBefore, found.proofBefore);
      }),
      { numRuns: 300 },
    );
  });

  it("finds services like deeds, and takes a tree of one leaf of zero for none, as the ledger does", () => {
    const service = (cumulative: bigint): LeafEntry => ({ kind: LeafKind.SERVICE, id: 7n, cumulative });
    const other = { kind: LeafKind.AVAILABILITY, id: 1n, cumulative: 5n };
    const at = (epoch: bigint, ...entries: LeafEntry[]): LeafFile => ({ ...HEADER, epoch, entries });
    expect(findDisproof(at(3n, service(1n)), at(4n, service(257n)))).to.include({ kind: 2, most: 255n });
    expect(findDisproof(at(3n, service(0n)), at(4n, service(1_275n)))).to.equal(undefined);
    expect(findDisproof(at(3n, service(0n)), at(4n, service(1_276n)))).to.include({ most: 1_275n });
    const found = findDisproof(at(3n, other, service(0n)), at(4n, other, service(256n)));
    expect(found).to.include({ kind: 2, cumulativeBefore: 0n, most: 255n });
    expect(found?.proofBefore).to.have.length(1);
  });
});

function expectProven(file: LeafFile, id: bigint, cumulative: bigint, proof: readonly string[]): void {
  const leaf = fileOf(0n, [[id, cumulative]]);
  const { root } = treeOf(leaf); // of one leaf: the leaf itself
  expect(SimpleMerkleTree.verify(treeOf(file).root, root, [...proof])).to.equal(true);
}
