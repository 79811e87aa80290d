import { governingTask, readingTask, sendingTask } from "../lib/define.js";

export const oracleTasks = [
  governingTask("oracle:add", "Add an oracle to the set (governance)")
    .addPositionalArgument({
      name: "node",
      description: "Address of its node: active, of an owner with no other oracle",
    })
    .setAction(() => import("./add.js"))
    .build(),
  readingTask("oracle:list", "The oracle set, its quorum, and who may be ejected")
    .setAction(() => import("./list.js"))
    .build(),
  sendingTask("oracle:eject", "Remove an oracle whose deed, approval or node lapsed (anybody)")
    .addPositionalArgument({ name: "oracle", description: "Address of the oracle" })
    .setAction(() => import("./eject.js"))
    .build(),
];
