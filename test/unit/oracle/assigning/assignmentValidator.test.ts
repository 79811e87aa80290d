import { expect } from "chai";

import { applyEvents, emptyState } from "../../../../keepers/chain/protocolState.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { type AssignmentRules, validateAssignment } from "../../../../keepers/oracle/assigning/assignmentValidator.js";
import { Ballots } from "../../../../keepers/oracle/assigning/ballots.js";
import type { AssignmentCode } from "../../../../keepers/oracle/assigning/verdict.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";
import {
  type Assignment,
  assignmentDigest,
  assignmentTopic,
  encodeAssignmentMessage,
  MAX_ASSIGNMENT_BYTES,
} from "../../../../keepers/protocol/assignment.js";
import { bytesToHex } from "../../../../keepers/protocol/bytes.js";
import { compactSignature, recoverCompact, SigningKey } from "../../../../keepers/protocol/signing.js";
import { eventAt } from "../../chain/events.js";
import { address, hash } from "../../chain/fakeChain.js";
import { CHAIN_ID, ESCROW } from "./world.js";

const NOW = 10_000;
const keys = [1, 2, 3, 4, 5]
  .map((number) => new SigningKey(`0x${number.toString(16).padStart(64, "0")}`))
  .sort((a, b) => (a.address < b.address ? -1 : 1));
const [me, oracle, stranger] = keys as [SigningKey, SigningKey, SigningKey];
const SAMPLE: Assignment = { jobId: 1n, sequence: 1, leaving: [1], joining: [3], deadline: BigInt(NOW + 100) };
const { jobs } = applyEvents(emptyState, [
  eventAt(1_000, {
    ...{ type: "JobCreated", jobId: 1n, owner: address(1), specHash: hash(2), classId: 1, gpu: 0 },
    ...{ nodes: 1, epochs: 5, rate: 1n, deposit: 5n },
  }),
  eventAt(1_000, { type: "NodesAssigned", jobId: 1n, sequence: 0, leaving: [], joining: [1], from: 3n }),
]);

function signed(assignment: Assignment, key = oracle, chainId = CHAIN_ID, escrow = ESCROW): Uint8Array {
  const digest = assignmentDigest({ chainId, verifyingContract: escrow }, assignment);
  return encodeAssignmentMessage({ chainId, escrow, assignment, signature: compactSignature(key.sign(digest)) });
}

describe("validateAssignment", () => {
  let ballots: Ballots;
  let rules: AssignmentRules;

  beforeEach(() => {
    ballots = new Ballots();
    rules = {
      ...{ chainId: CHAIN_ID, escrow: ESCROW, me: me.address, ballots, jobs, now: NOW, latest: NOW + 180 },
      oracles: keys.filter((key) => key !== stranger).map((key) => key.address),
      buckets: new TokenBuckets({ burst: 2, perSecond: 1, capacity: 9 }, { clock: new VirtualClock() }),
    };
  });

  const judge = (message: Uint8Array, key = oracle): AssignmentCode | "accepted" => {
    const verdict = validateAssignment(assignmentTopic(CHAIN_ID, key.address), message, rules);
    if (verdict.outcome === "accept") ballots.add(verdict.ballot);
    return verdict.outcome === "accept" ? "accepted" : verdict.code;
  };

  const cases: [AssignmentCode, () => AssignmentCode | "accepted"][] = [
    ["oversized", () => judge(new Uint8Array(MAX_ASSIGNMENT_BYTES + 1))],
    ["own", () => judge(signed(SAMPLE, me), me)],
    ["not-an-oracle", () => judge(signed(SAMPLE, stranger), stranger)],
    ["malformed", () => judge(signed(SAMPLE).subarray(1))],
    ["wrong-chain", () => judge(signed(SAMPLE, oracle, 1n))],
    ["wrong-chain", () => judge(signed(SAMPLE, oracle, CHAIN_ID, address(7)))],
    ["unknown-job", () => judge(signed({ ...SAMPLE, jobId: 2n }))],
    ["other-sequence", () => judge(signed({ ...SAMPLE, sequence: 0 }))],
    ["other-sequence", () => judge(signed({ ...SAMPLE, sequence: 2 }))],
    ["expired", () => judge(signed({ ...SAMPLE, deadline: BigInt(NOW - 1) }))],
    ["far-deadline", () => judge(signed({ ...SAMPLE, deadline: BigInt(NOW + 181) }))],
    ["superseded", () => (judge(signed(SAMPLE)), judge(signed({ ...SAMPLE, joining: [4] })))],
    ["forged", () => judge(signed(SAMPLE, stranger))],
    ["forged", () => judge(signed(SAMPLE, keys[3]))],
    ["flooding", () => (judge(new Uint8Array(1)), judge(new Uint8Array(1)), judge(signed(SAMPLE)))],
  ];
  for (const [code, happen] of cases) it(`refuses: ${code}`, () => expect(happen()).to.equal(code));

  it("refuses what comes under another topic", () => {
    expect(validateAssignment("r1/1/assign/x", signed(SAMPLE), rules)).to.deep.include({ code: "wrong-topic" });
  });

  it("accepts a member's, with what is signed, and a newer one after it", () => {
    const verdict = validateAssignment(assignmentTopic(CHAIN_ID, oracle.address), signed(SAMPLE), rules);
    if (verdict.outcome !== "accept") throw new Error(verdict.code);
    const { ballot } = verdict;
    const digest = assignmentDigest({ chainId: CHAIN_ID, verifyingContract: ESCROW }, SAMPLE);
    expect(ballot).to.deep.include({ oracle: oracle.address, assignment: SAMPLE, digest: bytesToHex(digest) });
    ballots.add(ballot);
    expect(judge(signed({ ...SAMPLE, deadline: SAMPLE.deadline + 1n }))).to.equal("accepted");
  });

  describe("Ballots", () => {
    const vote = (key: SigningKey, change: Partial<Assignment> = {}): void => {
      const assignment = { ...SAMPLE, ...change };
      const digest = assignmentDigest({ chainId: CHAIN_ID, verifyingContract: ESCROW }, assignment);
      const signature = compactSignature(key.sign(digest));
      ballots.add({ oracle: key.address, assignment, digest: bytesToHex(digest), signature });
    };
    const members = keys.map((key) => key.address);

    it("elect what a quorum of the present set wants, with as many signatures as it takes, ascending", () => {
      for (const key of keys.slice(0, 3)) vote(key);
      vote(keys[3]!, { joining: [9] });
      expect(ballots.electedFor(1n, 1, members)).to.equal(undefined);
      vote(keys[4]!);
      const elected = ballots.electedFor(1n, 1, members);
      const digest = assignmentDigest({ chainId: CHAIN_ID, verifyingContract: ESCROW }, SAMPLE);
      const signers = elected?.signatures.map((signature) => recoverCompact(digest, signature));
      expect(elected?.assignment).to.deep.equal(SAMPLE);
      expect(signers).to.deep.equal([0, 1, 2, 4].map((index) => members[index]));
      vote(keys[3]!, { deadline: SAMPLE.deadline + 1n });
      expect(ballots.electedFor(1n, 1, members)?.signatures).to.have.lengthOf(4);
      expect(ballots.electedFor(1n, 2, members)).to.equal(undefined);
      for (const key of keys) vote(key, { deadline: SAMPLE.deadline + 2n });
      expect(ballots.electedFor(1n, 1, members)?.signatures).to.have.lengthOf(4);
      for (const key of keys.slice(0, 2)) vote(key, { deadline: SAMPLE.deadline + 3n });
      // One that left the set does not count any more.
      expect(ballots.electedFor(1n, 1, [address(1), ...members.slice(1)])?.signatures).to.equal(undefined);
    });

    it("keep one of each oracle and job, and forget what can take no effect", () => {
      for (const key of keys) vote(key);
      for (const key of keys) vote(key, { jobId: 2n });
      expect(ballots.size).to.equal(2);
      ballots.prune(({ jobId }) => jobId === 2n);
      expect(ballots.size).to.equal(1);
      expect(ballots.electedFor(1n, 1, members)).to.equal(undefined);
      expect(ballots.isSuperseded({ oracle: oracle.address, assignment: { ...SAMPLE, jobId: 2n } })).to.equal(true);
      expect(
        ballots.isSuperseded({ oracle: oracle.address, assignment: { ...SAMPLE, jobId: 2n, sequence: 2 } }),
      ).to.equal(false);
    });
  });
});
