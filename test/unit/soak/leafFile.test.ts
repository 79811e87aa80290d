import { expect } from "chai";

import { LeafKind } from "../../../keepers/protocol/leaf.js";
import { encodeLeafFile, treeOf } from "../../../keepers/protocol/leafFile.js";
import { decodeLeaves, rootOf } from "../../../soak/collect/leafFile.js";

const FILE = {
  ...{ chainId: 31_337n, ledger: `0x${"1a".repeat(20)}`, epoch: 9n, previousRoot: `0x${"2b".repeat(32)}` },
  entries: [
    { kind: LeafKind.AVAILABILITY, id: (1n << 248n) | 3n, cumulative: 255n },
    { kind: LeafKind.AVAILABILITY, id: (2n << 248n) | 1n, cumulative: 2n ** 63n },
    { kind: LeafKind.SERVICE, id: 77n, cumulative: 0n },
  ],
};

describe("the soak's own reading of leaf files", () => {
  it("finds what the oracles wrote, and the root that they agreed on", () => {
    const leaves = decodeLeaves(encodeLeafFile(FILE));
    expect(leaves).to.deep.equal(FILE.entries);
    expect(rootOf(leaves)).to.equal(treeOf(FILE).root);
  });

  it("refuses a file that is cut or longer than it says", () => {
    const bytes = encodeLeafFile(FILE);
    for (const wrong of [bytes.subarray(0, -1), new Uint8Array([...bytes, 0])]) {
      expect(() => decodeLeaves(wrong)).to.throw(RangeError, "another length");
    }
  });
});
