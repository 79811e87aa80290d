import { expect } from "chai";
import { concat, solidityPacked, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import {
  type Assignment,
  assignmentDigest,
  type AssignmentMessage,
  assignmentTopic,
  decodeAssignmentMessage,
  encodeAssignmentMessage,
  MAX_ASSIGNMENT_BYTES,
} from "../../../keepers/protocol/assignment.js";
import { bytesToHex, concatBytes, EncodingError } from "../../../keepers/protocol/bytes.js";

const ESCROW = `0x${"22".repeat(20)}`;
const tokenIds = (minLength: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength, maxLength: 64 })
    .map((drawn) => drawn.sort((a, b) => a - b));
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyAssignment: fc.Arbitrary<Assignment> = fc.record({
  jobId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  sequence: fc.integer({ min: 0, max: 65_535 }),
  leaving: tokenIds(0),
  joining: tokenIds(1),
  deadline: u64,
});
const SAMPLE: AssignmentMessage = {
  chainId: 31_337n,
  escrow: ESCROW,
  assignment: { jobId: 7n, sequence: 3, leaving: [2, 9], joining: [5], deadline: 1_750_000_000n },
  signature: new Uint8Array(64).fill(7),
};

function packed({ chainId, escrow, assignment, signature }: AssignmentMessage): string {
  const { jobId, sequence, leaving, joining, deadline } = assignment;
  return concat([
    solidityPacked(
      ["uint8", "uint64", "address", "uint256", "uint16", "uint64", "uint8", "uint8"],
      [1, chainId, escrow, jobId, sequence, deadline, leaving.length, joining.length],
    ),
    ...[...leaving, ...joining].map((tokenId) => solidityPacked(["uint16"], [tokenId])),
    signature,
  ]);
}

describe("assignment", () => {
  it("has the digest of its EIP-712 type", () => {
    const [first, second] = ["uint256 jobId,uint16 sequence,uint16[] leaving", "uint16[] joining,uint64 deadline"];
    fc.assert(
      fc.property(anyAssignment, u64, (assignment, chainId) => {
        const domain = { name: "JobEscrow", version: "1", chainId, verifyingContract: ESCROW };
        const fields = `${first},${second}`.split(",").map((field) => {
          const [type = "", name = ""] = field.split(" ");
          return { type, name };
        });
        const digest = TypedDataEncoder.hash(domain, { Assignment: fields }, assignment);
        expect(bytesToHex(assignmentDigest({ chainId, verifyingContract: ESCROW }, assignment))).to.equal(digest);
      }),
      { numRuns: 20 },
    );
  });

  it("is written as the protocol says, and read back whole", () => {
    fc.assert(
      fc.property(anyAssignment, u64, (assignment, chainId) => {
        const message = { ...SAMPLE, chainId, assignment };
        const bytes = encodeAssignmentMessage(message);
        expect(bytesToHex(bytes)).to.equal(packed(message));
        expect(decodeAssignmentMessage(bytes)).to.deep.equal(message);
      }),
      { numRuns: 50 },
    );
  });

  it("refuses every truncation and any extension, and reads any bytes without harm", () => {
    const bytes = encodeAssignmentMessage(SAMPLE);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeAssignmentMessage(bytes.subarray(0, length)), `${length} bytes`).to.throw(EncodingError);
    }
    expect(() => decodeAssignmentMessage(concatBytes(bytes, new Uint8Array(1)))).to.throw(EncodingError, "left after");
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: MAX_ASSIGNMENT_BYTES + 1 }),
      fc.uint8Array({ maxLength: 400 }).map((tail) => concatBytes(bytes.subarray(0, 60), tail)),
    );
    fc.assert(
      fc.property(anything, (message) => {
        try {
          expect(encodeAssignmentMessage(decodeAssignmentMessage(message))).to.deep.equal(message);
        } catch (error) {
          expect(error).to.be.instanceOf(EncodingError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("has one encoding for one meaning, and never is longer than its bound", () => {
    const { assignment } = SAMPLE;
    const all = Array.from({ length: 64 }, (_, index) => index);
    const longest = { ...SAMPLE, assignment: { ...assignment, leaving: all, joining: all } };
    expect(encodeAssignmentMessage(longest)).to.have.lengthOf(MAX_ASSIGNMENT_BYTES);
    const cases: [Partial<Assignment>, string][] = [
      [{ leaving: [9, 2] }, "deed 2 out of place"],
      [{ joining: [5, 5] }, "deed 5 out of place"],
      [{ joining: [...all, 64] }, "65 deeds"],
      [{ leaving: [], joining: [] }, "no change"],
      [{ jobId: -1n }, "job -1"],
    ];
    for (const [change, text] of cases) {
      const wrong = { ...SAMPLE, assignment: { ...assignment, ...change } };
      expect(() => encodeAssignmentMessage(wrong), text).to.throw(EncodingError, text);
    }
    expect(() => encodeAssignmentMessage({ ...SAMPLE, signature: new Uint8Array(65) })).to.throw(
      EncodingError,
      "65 bytes",
    );
    const swapped = encodeAssignmentMessage({ ...SAMPLE, assignment: { ...assignment, leaving: [], joining: [5, 6] } });
    swapped[swapped.length - 64 - 1] = 5;
    expect(() => decodeAssignmentMessage(swapped)).to.throw(EncodingError, "out of place");
  });

  it("is published under the oracle's own topic", () => {
    expect(assignmentTopic(8_453n, `0x${"AB".repeat(20)}`)).to.equal(`r1/8453/assign/0x${"ab".repeat(20)}`);
  });
});
