import { ArgumentType } from "hardhat/types/arguments";

import { governingTask, option, readingTask, sendingTask } from "../lib/define.js";

const role = { name: "role", description: "governance, guardian, compliance or treasurer" } as const;
const account = { name: "account", description: "Address of the account" } as const;

export const governanceTasks = [
  readingTask("governance:show", "Who holds which role, with which delay, and what is scheduled")
    .setAction(() => import("./show.js"))
    .build(),
  governingTask("governance:grant", "Give an account a role (governance)")
    .addPositionalArgument(role)
    .addPositionalArgument(account)
    .addOption({
      name: "delay",
      description: "Seconds that it has to wait for each call",
      type: ArgumentType.INT,
      defaultValue: 0,
    })
    .setAction(() => import("./grant.js"))
    .build(),
  governingTask("governance:revoke", "Take a role from an account (governance)")
    .addPositionalArgument(role)
    .addPositionalArgument(account)
    .setAction(() => import("./revoke.js"))
    .build(),
  sendingTask("governance:renounce", "Give up a role of the sender's own, at once")
    .addPositionalArgument(role)
    .setAction(() => import("./renounce.js"))
    .build(),
  governingTask("governance:cancel", "Cancel what is scheduled (who scheduled it, its role's guardian, or governance)")
    .addPositionalArgument({ name: "operation", description: "Id, as governance:show tells it" })
    .setAction(() => import("./cancel.js"))
    .build(),
  governingTask("feed:set", "Take prices from another feed, for the sale or the catalog (governance)")
    .addPositionalArgument({ name: "of", description: "sale or catalog" })
    .addPositionalArgument({ name: "feed", description: "Address of a Chainlink-style feed of US dollars for one R1" })
    .addOption(option("maxAge", "Seconds that a price may be old (default: as it is)"))
    .addOption(option("least", "Smallest price that is believed, in the feed's decimals (default: as it is)"))
    .addOption(option("most", "Largest (default: as it is)"))
    .setAction(() => import("./feed.js"))
    .build(),
];
