import type { CommitRecord } from "../history.js";
import type { World } from "../world/world.js";
import { blockTime } from "./blockTime.js";

/** Every commit that the chain ever took, in its order. */
export async function readCommits({ protocol }: Pick<World, "protocol">): Promise<CommitRecord[]> {
  const { epochLedger } = protocol.contracts;
  const [commits, disproofs] = await Promise.all([
    epochLedger.queryFilter(epochLedger.filters.EpochCommitted(), 0),
    epochLedger.queryFilter(epochLedger.filters.EpochDisproved(), 0),
  ]);
  const disproved = new Set(disproofs.map(({ args }) => args.root));
  return Promise.all(
    commits.map(async ({ args, blockNumber }) => {
      const { root, previousRoot, dataHash } = args;
      return {
        ...{ root, previousRoot, dataHash, epoch: Number(args.epoch), leafCount: Number(args.leafCount) },
        at: await blockTime(protocol, blockNumber),
        isDisproved: disproved.has(root),
      };
    }),
  );
}
