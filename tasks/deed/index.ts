import { ArgumentType } from "hardhat/types/arguments";

import { governingTask, option, readingTask, sendingTask } from "../lib/define.js";

const count = { name: "count", description: "Number of deeds", type: ArgumentType.INT } as const;

export const deedTasks = [
  readingTask("deed:quote", "Price of the next Node Deeds in USD and R1, tier by tier")
    .addPositionalArgument({ ...count, defaultValue: 1 })
    .addOption({
      name: "slippage",
      description: "Per cent above the quote for the suggested maximum",
      defaultValue: "1",
    })
    .setAction(() => import("./quote.js"))
    .build(),
  sendingTask("deed:buy", "Buy Node Deeds with R1, in one transaction with a permit")
    .addPositionalArgument({ ...count, defaultValue: 1 })
    .addOption(option("maxPrice", "Most R1 to pay in all (default: the quote and --slippage)"))
    .addOption({ name: "slippage", description: "Per cent that the price may rise above the quote", defaultValue: "1" })
    .addOption({
      name: "deadline",
      description: "Minutes until the purchase is void",
      type: ArgumentType.INT,
      defaultValue: 10,
    })
    .addOption(option("recipient", "Approved operator that gets the deeds (default: the sender)"))
    .addFlag({ name: "approve", description: "Approve the payment in a transaction of its own instead of a permit" })
    .setAction(() => import("./buy.js"))
    .build(),
  readingTask("deed:list", "Deeds with owner, node, mined and residual R1")
    .addOption(option("owner", "Only deeds of this address"))
    .addOption(option("kind", "Only deeds of this class: ND, MND or GND"))
    .addOption({ name: "limit", description: "Most deeds to list", type: ArgumentType.INT, defaultValue: 100 })
    .setAction(() => import("./list.js"))
    .build(),
  readingTask("deed:show", "One deed: owner, node, mining record, picture")
    .addPositionalArgument({ name: "deed", description: "Such as ND:5, MND:12 or GND:1" })
    .addOption(option("svg", "Write the deed's picture to this file"))
    .setAction(() => import("./show.js"))
    .build(),
  governingTask("deed:ban", "Ban a deed: it neither earns, nor claims, nor serves, nor moves (compliance)")
    .addPositionalArgument({ name: "deed", description: "Such as ND:5, MND:12 or GND:1" })
    .addOption(option("reason", "Why; public, kept on chain for ever"))
    .setAction(() => import("./ban.js"))
    .build(),
  governingTask("deed:unban", "Lift a deed's ban (compliance)")
    .addPositionalArgument({ name: "deed", description: "Such as ND:5, MND:12 or GND:1" })
    .setAction(() => import("./unban.js"))
    .build(),
];
