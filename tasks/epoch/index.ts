import { option, readingTask, sendingTask } from "../lib/define.js";

export const epochTasks = [
  readingTask("epoch:show", "The running epoch and the last committed one, or the one named")
    .addOption(option("epoch", "Number of an epoch (default: the last committed one)"))
    .setAction(() => import("./show.js"))
    .build(),
  sendingTask("epoch:disprove", "Show that the pending root is wrong: it is deleted, and its signers ejected (anybody)")
    .addOption(option("before", "Leaf file of the epoch before the pending one"))
    .addOption(option("after", "Leaf file of the pending epoch"))
    .addOption(option("oracle", "Instead of the files: URL of an oracle's API that has them"))
    .setAction(() => import("./disprove.js"))
    .build(),
];
