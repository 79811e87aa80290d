import { governingTask } from "../lib/define.js";

const operator = { name: "operator", description: "Approved operator that gets the deed" } as const;

export const issuingTasks = [
  governingTask("mnd:issue", "Issue a Master Node Deed (governance)")
    .addPositionalArgument(operator)
    .addPositionalArgument({ name: "allocation", description: "R1 that the deed mines in all" })
    .setAction(() => import("./mnd.js"))
    .build(),
  governingTask("gnd:issue", "Issue the Genesis Node Deed (governance, once)")
    .addPositionalArgument(operator)
    .setAction(() => import("./gnd.js"))
    .build(),
];
