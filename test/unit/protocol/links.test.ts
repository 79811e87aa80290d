import { expect } from "chai";
import { concat, keccak256, solidityPacked, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { bytesToHex, EncodingError } from "../../../keepers/protocol/bytes.js";
import { encodeLinks, type Link, linksHash } from "../../../keepers/protocol/links.js";

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const link = fc.record({
  deed: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
  node: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex),
  associatedAt: u64,
});
const anyLinks = fc
  .uniqueArray(link, { selector: ({ deed }) => deed, maxLength: 12 })
  .map((links) => links.sort((a, b) => (a.deed < b.deed ? -1 : 1)));
const at = (deed: bigint): Link => ({ deed, node: `0x${"11".repeat(20)}`, associatedAt: 1n });

describe("links", () => {
  it("are encoded and hashed as the protocol says", () => {
    fc.assert(
      fc.property(u64, anyLinks, (epoch, links) => {
        const packed = concat([
          toUtf8Bytes("R1/links/1"),
          solidityPacked(["uint64", "uint32"], [epoch, links.length]),
          ...links.map(({ deed, node, associatedAt }) =>
            solidityPacked(["uint256", "address", "uint64"], [deed, node, associatedAt]),
          ),
        ]);
        expect(bytesToHex(encodeLinks(epoch, links))).to.equal(packed);
        expect(linksHash(epoch, links)).to.equal(keccak256(packed));
      }),
    );
  });

  it("have one order: deeds strictly ascending, none of them zero", () => {
    for (const links of [[at(2n), at(1n)], [at(1n), at(1n)], [at(0n)], [at(-1n)]]) {
      expect(() => encodeLinks(1n, links)).to.throw(EncodingError, "does not come after");
    }
  });

  it("refuse fields that do not fit", () => {
    expect(() => linksHash(2n ** 64n, [])).to.throw(EncodingError, "u64");
    expect(() => linksHash(1n, [at(2n ** 256n)])).to.throw(EncodingError);
    expect(() => linksHash(1n, [{ ...at(1n), node: "0x11" }])).to.throw(EncodingError, "address");
    expect(() => linksHash(1n, [{ ...at(1n), associatedAt: -1n }])).to.throw(EncodingError, "u64");
  });
});
