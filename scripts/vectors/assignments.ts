import { assignmentData } from "../../keepers/protocol/assignment.js";
import { sampleAddress } from "./samples.js";
import { hashes } from "./signed.js";

/** Assignments on two chains: a first one, a replacement, and the largest numbers there can be. */
export function assignmentVectors(): object {
  const last = Array.from({ length: 64 }, (_, index) => 65_535 - 63 + index);
  const assignments = [
    { chainId: 8_453n, jobId: 1n, sequence: 0, leaving: [], joining: [7], deadline: 1_750_000_120n },
    { chainId: 84_532n, jobId: 46n, sequence: 3, leaving: [2, 9], joining: [1, 500], deadline: 1_750_000_999n },
    { chainId: 8_453n, jobId: 2n ** 256n - 1n, sequence: 65_535, leaving: last, joining: last, deadline: 2n ** 64n - 1n },
  ];
  return {
    assignments: assignments.map(({ chainId, ...assignment }) => {
      const domain = { chainId, verifyingContract: sampleAddress("job escrow") };
      const { structHash, digest } = hashes(assignmentData(domain, assignment));
      return { chainId, escrow: domain.verifyingContract, ...assignment, structHash, digest };
    }),
  };
}
