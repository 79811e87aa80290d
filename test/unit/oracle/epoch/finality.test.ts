import { expect } from "chai";

import { activeEpoch, finalEpoch } from "../../../../keepers/oracle/epoch/finality.js";
import type { EpochReport } from "../../../../keepers/protocol/typedData.js";
import { MovingChain } from "./movingChain.js";

const hash = (byte: string): string => `0x${byte.repeat(32)}`;
const report = (epoch: bigint): EpochReport => ({
  epoch,
  previousRoot: hash("00"),
  root: hash("aa"),
  dataHash: hash("dd"),
  leafCount: 1n,
});

/**
 * given the last two commits
 * ├── the last one, or while that is pending the one before   is active: it cannot be disproved
 * └── the one before, while the last one is active            is final: nobody has to bring it back any more
 */
describe("finality of epochs", () => {
  const cases: readonly [
    why: string,
    commits: bigint[],
    isPending: boolean,
    active: bigint,
    final: bigint | undefined,
  ][] = [
    ["nothing before the first commit", [], false, -1n, undefined],
    ["nothing while the first is pending", [3n], true, -1n, undefined],
    ["no final one with one commit", [3n], false, 3n, undefined],
    ["no final one while the second is pending", [3n, 5n], true, 3n, undefined],
    ["the first is final once the second is active", [3n, 5n], false, 5n, 3n],
  ];

  for (const [why, commits, pending, active, final] of cases) {
    it(why, () => {
      const chain = new MovingChain();
      chain.commits = commits.map(report);
      chain.pending = pending;
      expect(activeEpoch(chain.view)).to.equal(active);
      expect(finalEpoch(chain.view)).to.equal(final);
    });
  }
});
