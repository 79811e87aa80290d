import { expect } from "chai";

import { CommitLog } from "../../../keepers/chain/commitLog.js";
import { emptyState, type Commit } from "../../../keepers/chain/protocolState.js";

const hash = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;

/** Commits of these epochs, chained; `fork` tells forks of the same epochs apart. */
function chain(epochs: readonly number[], previous?: Commit, fork = 0): Commit {
  return epochs.reduce<Commit | undefined>(
    (before, epoch) => ({
      epoch: BigInt(epoch),
      root: hash(epoch + 1_000 * fork),
      previousRoot: before?.root ?? hash(0),
      dataHash: hash(epoch),
      leafCount: 1n,
      transactionHash: hash(epoch),
      committedAt: 100 * epoch,
      signers: [],
      previous: before,
    }),
    previous,
  ) as Commit;
}

/**
 * given a follower whose last commit changes
 * ├── when commits are added         all of them are found, and the one before any epoch
 * ├── when the chain goes another way   only the new branch is known
 * ├── when it goes back to a commit it had (a disproof)   nothing after that is known, everything before still is
 * └── when the last commit is young   it is pending, and the one before it is the last active one
 */
describe("CommitLog", () => {
  let last: Commit | undefined;
  let timestamp = 1;
  const follower = {
    get view() {
      return {
        block: { number: 1, hash: hash(1), parentHash: hash(0), timestamp },
        state: { ...emptyState, lastCommit: last },
      };
    },
  };

  it("finds every commit, and the one before any epoch", () => {
    const log = new CommitLog({ activationDelay: 30 }, { follower });
    last = undefined;
    expect(log.commitOf(0n)).to.equal(undefined);
    last = chain([0, 2, 3]);
    expect([0n, 1n, 2n, 3n].map((epoch) => log.commitOf(epoch)?.root)).to.deep.equal([
      hash(0),
      undefined,
      hash(2),
      hash(3),
    ]);
    expect([0n, 1n, 2n, 3n, 9n].map((epoch) => log.commitBefore(epoch)?.epoch)).to.deep.equal([
      undefined,
      0n,
      0n,
      2n,
      3n,
    ]);
    last = chain([5], last);
    expect(log.commitOf(5n)?.previous).to.equal(log.commitOf(3n));
  });

  it("forgets a branch that is gone", () => {
    const log = new CommitLog({ activationDelay: 30 }, { follower });
    const common = chain([0, 1]);
    last = chain([2, 3, 4], common);
    expect(log.commitOf(4n)?.root).to.equal(hash(4));
    last = chain([2, 3], common, 1);
    expect([1n, 2n, 3n, 4n].map((epoch) => log.commitOf(epoch)?.root)).to.deep.equal([
      hash(1),
      hash(1_002),
      hash(1_003),
      undefined,
    ]);
  });

  it("keeps what came before when the chain goes back", () => {
    const log = new CommitLog({ activationDelay: 30 }, { follower });
    const common = chain([0, 1]);
    last = chain([2], common);
    expect(log.commitOf(2n)).to.not.equal(undefined);
    last = common;
    expect([0n, 1n, 2n].map((epoch) => log.commitOf(epoch)?.root)).to.deep.equal([hash(0), hash(1), undefined]);
  });

  it("tells what is active from what can still be disproved, by the chain's clock", () => {
    const log = new CommitLog({ activationDelay: 30 }, { follower });
    last = undefined;
    expect(log.lastActive()).to.equal(undefined);
    last = chain([1, 2]);
    const states = [229, 230].map((at) => {
      timestamp = at;
      return [log.lastActive()?.epoch, log.activationOf(last as Commit)];
    });
    expect(states).to.deep.equal([
      [1n, { activeFrom: 230, isActive: false }],
      [2n, { activeFrom: 230, isActive: true }],
    ]);
    // A commit with a successor was active, whatever this block's time says.
    timestamp = 0;
    expect(log.activationOf(last.previous as Commit)).to.deep.equal({ activeFrom: 130, isActive: true });
    last = chain([0]);
    expect(log.lastActive()).to.equal(undefined);
  });
});
