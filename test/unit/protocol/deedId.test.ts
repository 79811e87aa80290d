import { expect } from "chai";
import fc from "fast-check";
import {
  DeedKind,
  deedId,
  formatDeed,
  kindSymbol,
  parseDeedId,
  parseDeedName,
} from "../../../keepers/protocol/deedId.js";

const anyKind = fc.constantFrom(...Object.values(DeedKind));
const anyTokenId = fc.bigInt({ min: 0n, max: 2n ** 248n - 1n });

describe("deed id", () => {
  it("is kind << 248 | tokenId, and comes apart again", () => {
    fc.assert(
      fc.property(anyKind, anyTokenId, (kind, tokenId) => {
        const id = deedId(kind, tokenId);
        expect(id).to.equal(BigInt(kind) * 2n ** 248n + tokenId);
        expect(parseDeedId(id)).to.deep.equal({ kind, tokenId });
        expect(parseDeedName(formatDeed(id))).to.equal(id);
      }),
    );
  });

  it("refuses what is out of range", () => {
    expect(() => deedId(DeedKind.NODE, -1n)).to.throw(RangeError, "token id: got -1");
    expect(() => deedId(DeedKind.NODE, 2n ** 248n)).to.throw(RangeError, "token id");
    for (const kind of [0, 4, -1, 1.5]) expect(() => deedId(kind as DeedKind, 1n)).to.throw(RangeError, `got ${kind}`);
    for (const id of [0n, 5n, 4n << 248n, 1n << 256n, -(1n << 248n)]) {
      expect(() => parseDeedId(id), String(id)).to.throw(RangeError, "deed class");
    }
  });

  it("reads names as people type them", () => {
    const five = deedId(DeedKind.NODE, 5n);
    for (const name of ["ND:5", "nd#5", "ND #5", "Nd 5", " nd : 5 ", "nd:005"]) {
      expect(parseDeedName(name), name).to.equal(five);
    }
    expect(parseDeedName("mnd:12")).to.equal(deedId(DeedKind.MASTER, 12n));
    expect(parseDeedName("GND#1")).to.equal(deedId(DeedKind.GENESIS, 1n));
    expect(formatDeed(five)).to.equal("ND #5");
    expect(kindSymbol(DeedKind.MASTER)).to.equal("MND");
  });

  it("refuses other names with an example", () => {
    for (const name of [
      "",
      "5",
      "ND",
      "ND:",
      "ND5",
      "XD:5",
      "ND:-5",
      "ND:0x5",
      "ND:5 6",
      "ND::5",
      `ND:${"9".repeat(76)}`,
    ]) {
      expect(() => parseDeedName(name), name).to.throw(RangeError, "such as ND:5");
    }
    expect(() => parseDeedName(`ND:${"9".repeat(75)}`)).to.throw(RangeError, "token id");
  });
});
