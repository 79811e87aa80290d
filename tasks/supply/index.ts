import { readingTask } from "../lib/define.js";

export const supplyTasks = [
  readingTask("supply:show", "R1 minted and burned, deeds issued, schedules in force, treasury pools")
    .setAction(() => import("./show.js"))
    .build(),
];
