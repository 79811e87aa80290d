import { expect } from "chai";
import { solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";

import { EncodingError } from "../../../keepers/protocol/bytes.js";
import { linksHash } from "../../../keepers/protocol/links.js";
import { type Seat, subjectCount, subjectsHash } from "../../../keepers/protocol/subjects.js";

const links = [{ deed: 5n, node: `0x${"a1".repeat(20)}`, associatedAt: 7n }];
const seat = (jobId: bigint, deed: bigint): Seat => ({ jobId, deed, assignment: `0x${"5e".repeat(32)}` });

describe("subjects of an epoch", () => {
  const anySeats = fc
    .uniqueArray(fc.tuple(fc.bigInt(1n, 9n), fc.bigInt(1n, 9n)), { selector: String })
    .map((pairs) => pairs.sort(([a, b], [c, d]) => Number(a === c ? b - d : a - c)).map(([a, b]) => seat(a, b)));

  it("have the hash that the protocol says", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 9n), anySeats, (epoch, seats) => {
        const words = seats.flatMap(({ jobId, deed }) => [jobId, deed]);
        const expected = solidityPackedKeccak256(
          ["string", "bytes32", "uint32", ...words.map(() => "uint256")],
          ["R1/subjects/1", linksHash(epoch, links), seats.length, ...words],
        );
        expect(subjectsHash(epoch, { links, seats })).to.equal(expected);
        expect(subjectCount({ links, seats })).to.equal(1 + seats.length);
      }),
    );
  });

  it("are in order, each once", () => {
    for (const seats of [
      [seat(1n, 2n), seat(1n, 2n)],
      [seat(1n, 2n), seat(1n, 1n)],
      [seat(2n, 1n), seat(1n, 5n)],
    ]) {
      expect(() => subjectsHash(0n, { links, seats })).to.throw(EncodingError, "does not come after");
    }
  });
});
