import { ArgumentType } from "hardhat/types/arguments";

import { option, readingTask, sendingTask } from "../lib/define.js";

const job = { name: "job", description: "Number of the job", type: ArgumentType.INT } as const;

export const jobTasks = [
  sendingTask("job:create", "Create a job and pay its deposit, in one transaction with a permit")
    .addPositionalArgument({ name: "spec", description: "JSON file with the job's specification" })
    .addOption(option("class", "Resource class of each node, such as LOW1: see catalog:show"))
    .addOption(option("gpu", "GPU add-on, such as G-MED"))
    .addOption({ name: "nodes", description: "Number of nodes", type: ArgumentType.INT, defaultValue: 1 })
    .addOption({
      name: "epochs",
      description: "Epochs from the first assignment on (0: one term)",
      type: ArgumentType.INT,
      defaultValue: 0,
    })
    .addOption(option("maxPrice", "Most R1 to pay in all (default: the deposit now and --slippage)"))
    .addOption({ name: "slippage", description: "Per cent that the price may rise", defaultValue: "1" })
    .addOption({
      name: "deadline",
      description: "Minutes until the creation is void",
      type: ArgumentType.INT,
      defaultValue: 10,
    })
    .addOption(option("out", "Write the specification to this file in the form that is hashed"))
    .addFlag({ name: "approve", description: "Approve the payment in a transaction of its own instead of a permit" })
    .setAction(() => import("./create.js"))
    .build(),
  readingTask("job:list", "Jobs with class, nodes, epochs and what is left of their deposits")
    .addOption(option("owner", "Only jobs of this address"))
    .addOption({
      name: "limit",
      description: "Most jobs to list, the newest",
      type: ArgumentType.INT,
      defaultValue: 50,
    })
    .setAction(() => import("./list.js"))
    .build(),
  readingTask("job:show", "One job: terms, deposit, deeds that serve it, when each can be settled")
    .addPositionalArgument(job)
    .setAction(() => import("./show.js"))
    .build(),
  sendingTask("job:extend", "Let a job last longer, at its own rate")
    .addPositionalArgument(job)
    .addPositionalArgument({ name: "epochs", description: "Epochs more", type: ArgumentType.INT })
    .setAction(() => import("./extend.js"))
    .build(),
  sendingTask("job:scale", "Change the number of a job's nodes, at its own rate")
    .addPositionalArgument(job)
    .addPositionalArgument({ name: "nodes", description: "Nodes in all from now on", type: ArgumentType.INT })
    .addOption(
      option("leaving", "Node Deeds that give up their places, such as ND:5,ND:7, when free ones do not suffice"),
    )
    .setAction(() => import("./scale.js"))
    .build(),
  sendingTask("job:close", "End a job with the next epoch; what nobody can earn goes back to its owner")
    .addPositionalArgument(job)
    .setAction(() => import("./close.js"))
    .build(),
  sendingTask("job:refund", "Send a job's owner what nobody can earn any more (anybody)")
    .addPositionalArgument(job)
    .setAction(() => import("./refund.js"))
    .build(),
  sendingTask("job:settle", "Pay for what was served and is due (anybody): of some jobs, or all jobs of an owner")
    .addVariadicArgument({ name: "jobs", description: "Numbers of jobs; or --owner", defaultValue: [] as string[] })
    .addOption(option("owner", "All jobs of this address"))
    .addOption(option("oracle", "URL of an oracle's API that gives the proofs (default: the first of ORACLE_URLS)"))
    .setAction(() => import("./settle.js"))
    .build(),
  sendingTask("job:pay-held", "Pay what a ban held back, once it is over (anybody)")
    .addPositionalArgument({ name: "deed", description: "The Node Deed that earned it, such as ND:5" })
    .setAction(() => import("./payHeld.js"))
    .build(),
  sendingTask("job:delegate", "Let somebody act on all of the sender's jobs, or accept that of somebody else")
    .addPositionalArgument({ name: "address", description: "The delegate; with --accept the owner of the jobs" })
    .addOption({
      name: "rights",
      description: "Of extend, scale, close, spec, operate, logs; or none",
      defaultValue: "none",
    })
    .addFlag({ name: "accept", description: "Accept rights that the address offers" })
    .setAction(() => import("./delegate.js"))
    .build(),
];
