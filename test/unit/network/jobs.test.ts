import { expect } from "chai";
import fc from "fast-check";

import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { LeafKind } from "../../../keepers/protocol/leaf.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { JobBook } from "../../../scripts/network/jobs/jobBook.js";
import { payFor } from "../../../scripts/network/jobs/jobLaw.js";
import { describeJobs, problemsOfJobs } from "../../../scripts/network/jobs/jobReport.js";
import type { World } from "../../../scripts/network/world.js";

const owner = `0x${"11".repeat(20)}`;
const hash = `0x${"ab".repeat(32)}`;
const assignmentOf = (tokenId: number) => serviceId(1n, deedId(DeedKind.NODE, BigInt(tokenId)));

/** A leaf file with so many service bytes of those deeds, and somebody's availability. */
const fileOf = (sums: Readonly<Record<number, bigint>>) => ({
  ...{ chainId: 1n, ledger: owner, epoch: 0n, previousRoot: hash },
  entries: [
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.NODE, 5n), cumulative: 9_999n },
    ...Object.entries(sums).map(([tokenId, cumulative]) => {
      return { kind: LeafKind.SERVICE, id: BigInt(assignmentOf(Number(tokenId))), cumulative };
    }),
  ],
});

describe("the story's law of pay", () => {
  it("gives 85 % to the owner and burns the rest, without a penalty from 98 % on", () => {
    expect(payFor(1_000n, 510n, 2n)).to.deep.equal({ paid: 1_700n, burned: 300n, penalty: 0n });
    expect(payFor(255_000n, 250n, 1n)).to.deep.equal({ paid: 212_500n, burned: 37_500n, penalty: 0n });
    expect(payFor(255_000n, 249n, 1n)).to.deep.equal({ paid: 190_485n, burned: 33_615n, penalty: 24_900n });
  });

  it("rounds gross down, the penalty up, and the owner's part down", () => {
    // Gross 100 × 99 / 255 = 38; penalty 3.8 → 4; 85 % of 34 = 28.9 → 28.
    expect(payFor(100n, 99n, 1n)).to.deep.equal({ paid: 28n, burned: 6n, penalty: 4n });
  });

  it("pays for no more than the epochs hold, and nothing for nothing", () => {
    expect(payFor(1_000n, 900n, 2n)).to.deep.equal(payFor(1_000n, 510n, 2n));
    expect(payFor(1_000n, 0n, 1n)).to.deep.equal({ paid: 0n, burned: 0n, penalty: 0n });
  });

  it("never gives out more than the rate of the epochs", () => {
    const rates = fc.bigInt({ min: 0n, max: 10n ** 24n });
    fc.assert(
      fc.property(
        rates,
        fc.bigInt({ min: 0n, max: 1_000n }),
        fc.bigInt({ min: 1n, max: 4n }),
        (rate, bytes, epochs) => {
          const { paid, burned, penalty } = payFor(rate, bytes, epochs);
          expect(paid + burned + penalty <= rate * epochs && burned >= 0n && penalty >= 0n).to.equal(true);
        },
      ),
    );
  });
});

describe("the story's book of jobs", () => {
  it("has each assignment's service bytes by epoch, and keeps the sum of one whose leaf is gone", () => {
    const book = new JobBook();
    for (const sums of [{}, { 5: 255n, 6: 99n }, { 5: 510n, 6: 99n, 4: 255n }, {}]) book.addEpoch(fileOf(sums));
    expect(book.sumsOf(assignmentOf(5))).to.deep.equal([0n, 255n, 510n, 510n]);
    expect(book.sumsOf(assignmentOf(4))).to.deep.equal([0n, 0n, 255n, 255n]);
    expect(book.servedBy(assignmentOf(6))).to.equal(99n);
    expect(book.servedBy(assignmentOf(3))).to.equal(0n);
  });
});

describe("the report on jobs", () => {
  const rate = 255_000n;
  const seat = (tokenId: number, from: bigint, to: bigint | undefined, unsettledFrom: bigint) => {
    return { tokenId, assignment: assignmentOf(tokenId), from, to, unsettledFrom };
  };
  const settled = [seat(5, 2n, undefined, 4n), seat(6, 2n, 3n, 3n), seat(4, 3n, undefined, 4n)];
  const pays = [payFor(rate, 510n, 2n), payFor(rate, 99n, 1n), payFor(rate, 255n, 1n)];
  const paid = pays.reduce((sum, pay) => sum + pay.paid, 0n);
  const burned = pays.reduce((sum, pay) => sum + pay.burned, 0n);
  const deposit = 4n * rate;
  const job = {
    ...{ jobId: 1n, owner, specHash: hash, classId: 1, gpu: 0, nodes: 2, epochs: 2, start: 2n, rate, sequence: 2 },
    ...{ seats: settled, deposit, paid, burned, refunded: deposit - paid - burned },
  };

  const worldWith = (changes: Partial<typeof job>) => {
    const jobs = new JobBook();
    for (const sums of [{}, {}, { 5: 255n, 6: 99n }, { 5: 510n, 6: 99n, 4: 255n }]) jobs.addEpoch(fileOf(sums));
    jobs.addOutput(assignmentOf(6), "hello\n");
    const state = { jobs: new Map([[1n, { ...job, ...changes }]]) };
    return { jobs, follower: { view: { state } }, containers: { kind: "docker" } } as unknown as World;
  };

  it("tells a settled job's whole life, with what it had to come to", () => {
    const [report] = describeJobs(worldWith({}), 4);
    expect(report).to.include({ jobId: "1", from: 2, to: 4, engine: "docker", containerOutput: "hello\n" });
    expect(report).to.include({ deposit: deposit.toString(), paid: paid.toString(), burned: burned.toString() });
    expect(report!.expected).to.deep.equal({
      paid: paid.toString(),
      burned: burned.toString(),
      refunded: (deposit - paid - burned).toString(),
    });
    const lives = report!.assignments.map(({ name, from, to, perEpoch, cumulative }) => {
      return { name, from, to, perEpoch, cumulative };
    });
    expect(lives).to.deep.equal([
      { name: "ND:5", from: 2, to: 4, perEpoch: [0, 0, 255, 255], cumulative: "510" },
      { name: "ND:6", from: 2, to: 3, perEpoch: [0, 0, 99, 0], cumulative: "99" },
      { name: "ND:4", from: 3, to: 4, perEpoch: [0, 0, 0, 255], cumulative: "255" },
    ]);
    expect(report!.assignments.map(({ containerOutput }) => containerOutput)).to.deep.equal([null, "hello\n", null]);
  });

  it("tells a job as far as it got", () => {
    const waiting = { start: 0n, seats: [], paid: 0n, burned: 0n, refunded: 0n };
    const [report] = describeJobs(worldWith(waiting), 3);
    expect(report).to.deep.include({ from: null, to: null, expected: null, containerOutput: null, assignments: [] });
    const [running] = describeJobs(worldWith({ seats: [seat(5, 2n, undefined, 2n)], paid: 0n }), 3);
    expect(running!.expected).to.equal(null);
    expect(running!.assignments[0]!.perEpoch).to.deep.equal([0, 0, 255]);
  });

  it("finds a wei too much, whatever it was for", () => {
    expect(problemsOfJobs(describeJobs(worldWith({}), 4))).to.deep.equal([]);
    for (const what of ["paid", "burned", "refunded"] as const) {
      const [problem, ...others] = problemsOfJobs(describeJobs(worldWith({ [what]: job[what] + 1n }), 4));
      expect(problem).to.include(`job 1: ${what}`);
      expect(others).to.deep.equal([]);
    }
  });
});
