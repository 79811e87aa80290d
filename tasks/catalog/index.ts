import { ArgumentType } from "hardhat/types/arguments";

import { governingTask, option, readingTask } from "../lib/define.js";

export const catalogTasks = [
  readingTask("catalog:show", "Classes that jobs can ask for, with their price in USD and R1 per epoch and node")
    .addFlag({ name: "all", description: "Those that are not offered any more, too" })
    .setAction(() => import("./show.js"))
    .build(),
  governingTask("catalog:set", "Add a class or change one, for new jobs (governance)")
    .addPositionalArgument({ name: "id", description: "Number of the class, 1 to 65535", type: ArgumentType.INT })
    .addPositionalArgument({ name: "name", description: "Such as LOW1" })
    .addOption(option("price", "US dollars per epoch and node, such as 0.75"))
    .addOption({ name: "cpu", description: "Cores, such as 0.5", defaultValue: "0" })
    .addOption({ name: "memory", description: "GiB of memory, such as 4", defaultValue: "0" })
    .addOption({ name: "disk", description: "GiB of disk, such as 16", defaultValue: "0" })
    .addFlag({ name: "gpu", description: "A GPU add-on to another class" })
    .addFlag({ name: "withdrawn", description: "New jobs cannot ask for it" })
    .setAction(() => import("./set.js"))
    .build(),
];
