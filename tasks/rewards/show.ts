import { action } from "../lib/action.js";
import { formatAmount, formatR1, formatUsd } from "../lib/amounts.js";
import { deedName } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import { readRewards, type RewardsArguments, rewardJson } from "../lib/rewards.js";
import { table } from "../lib/table.js";

export default action<RewardsArguments>(async (args, session) => {
  const { rewards } = await readRewards(args, session);
  const price = await readPrice(await session.protocol());
  const total = rewards.reduce((sum, { claimable }) => sum + claimable, 0n);
  const rows = rewards.map(({ state, epoch, cumulative, claimable, reason }) => [
    deedName(state.deed),
    epoch?.toString() ?? "-",
    cumulative.toLocaleString("en"),
    state.claimedBytes.toLocaleString("en"),
    formatR1(state.mined),
    formatR1(claimable),
    price === undefined ? "-" : formatUsd(claimable, price),
    reason ?? "",
  ]);
  const header = ["deed", "epoch", "bytes proven", "bytes claimed", "mined", "claimable", "USD", ""];
  return {
    json: { rewards: rewards.map(rewardJson), total },
    lines: [...table(header, rows), `Claimable in all: ${formatAmount(total, price)}.`],
  };
});
