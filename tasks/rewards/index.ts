import { ArgumentType } from "hardhat/types/arguments";

import { option, readingTask, sendingTask } from "../lib/define.js";

const deeds = {
  name: "deeds" as const,
  description: "Deeds such as ND:5 MND:1; or --owner",
  defaultValue: [] as string[],
};
const owner = option("owner", "All deeds of this address");
const oracle = option("oracle", "URL of an oracle's API that gives the proofs (default: the first of ORACLE_URLS)");
const leaves = option("leaves", "Leaf file of an active epoch, instead of an oracle");

export const rewardsTasks = [
  readingTask("rewards:show", "What deeds can claim now")
    .addVariadicArgument(deeds)
    .addOption(owner)
    .addOption(oracle)
    .addOption(leaves)
    .setAction(() => import("./show.js"))
    .build(),
  sendingTask("rewards:claim", "Claim what deeds mined; R1 goes to their owners, whoever sends it")
    .addVariadicArgument(deeds)
    .addOption(owner)
    .addOption(oracle)
    .addOption(leaves)
    .addOption({
      name: "gasLimit",
      description: "Most gas of one transaction; more deeds are claimed in several",
      type: ArgumentType.INT,
      defaultValue: 5_000_000,
    })
    .setAction(() => import("./claim.js"))
    .build(),
];
