import { option, readingTask } from "../lib/define.js";

export const epochTasks = [
  readingTask("epoch:show", "The running epoch and the last committed one, or the one named")
    .addOption(option("epoch", "Number of an epoch (default: the last committed one)"))
    .setAction(() => import("./show.js"))
    .build(),
];
