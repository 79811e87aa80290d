import { ArgumentType } from "hardhat/types/arguments";

import { governingTask, option, readingTask } from "../lib/define.js";

const operator = { name: "operator", description: "Address of the operator" } as const;

export const operatorTasks = [
  governingTask("operator:approve", "Approve an operator or renew its approval (compliance)")
    .addPositionalArgument(operator)
    .addOption({
      name: "kind",
      description: "How it was verified: person (KYC) or business (KYB)",
      defaultValue: "person",
    })
    .addOption({ name: "days", description: "Days that the approval lasts", type: ArgumentType.INT, defaultValue: 365 })
    .addOption(option("until", "Last day instead of --days: a date such as 2027-12-31, midnight UTC"))
    .setAction(() => import("./approve.js"))
    .build(),
  governingTask("operator:ban", "Ban an operator: it neither earns, nor claims, nor serves (compliance)")
    .addPositionalArgument(operator)
    .addOption(option("reason", "Why; public, kept on chain for ever"))
    .setAction(() => import("./ban.js"))
    .build(),
  governingTask("operator:unban", "Lift an operator's ban (compliance)")
    .addPositionalArgument(operator)
    .setAction(() => import("./unban.js"))
    .build(),
  readingTask("operator:show", "An operator: approval, ban, payee, deeds, R1")
    .addPositionalArgument(operator)
    .setAction(() => import("./show.js"))
    .build(),
];
