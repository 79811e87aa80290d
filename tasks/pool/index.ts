import { governingTask, option } from "../lib/define.js";
import { POOL_NAMES } from "../lib/pools.js";

const pool = { name: "pool", description: `One of ${POOL_NAMES.join(", ")}` } as const;

export const poolTasks = [
  governingTask("pool:release", "Send R1 of a treasury pool, after its unlock and within its milestones (treasurer)")
    .addPositionalArgument(pool)
    .addPositionalArgument({ name: "to", description: "Address that gets them" })
    .addPositionalArgument({ name: "amount", description: "R1, such as 1250.5" })
    .addOption(option("purpose", "What for; public, kept on chain for ever"))
    .setAction(() => import("./release.js"))
    .build(),
  governingTask("pool:milestone", "Record that a pool's next milestone was reached (governance)")
    .addPositionalArgument(pool)
    .addOption(option("evidence", "Where anybody can see it; public, kept on chain for ever"))
    .setAction(() => import("./milestone.js"))
    .build(),
];
