import { governingTask, option, readingTask, sendingTask } from "../lib/define.js";

const oracle = { name: "oracle", description: "Address of the oracle" } as const;

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
    .addPositionalArgument(oracle)
    .setAction(() => import("./eject.js"))
    .build(),
  governingTask("oracle:remove", "Remove an oracle (governance)")
    .addPositionalArgument(oracle)
    .setAction(() => import("./remove.js"))
    .build(),
  sendingTask("oracle:challenge", "Ask an oracle for a sign of life; without one in time it can be removed (anybody)")
    .addPositionalArgument(oracle)
    .setAction(() => import("./challenge.js"))
    .build(),
  sendingTask("oracle:answer", "Bring an oracle's answer to its challenge (anybody; the oracle itself needs no ether)")
    .addPositionalArgument(oracle)
    .addOption(option("signature", "The oracle's signature, as --print gives it (default: signed with --oracle-key)"))
    .addOption(option("oracleKey", "Name of the variable with the oracle's private key (default: ORACLE_PRIVATE_KEY)"))
    .addFlag({ name: "print", description: "Print the signature for somebody else to bring; send nothing" })
    .setAction(() => import("./answer.js"))
    .build(),
  sendingTask("oracle:remove-silent", "Remove an oracle that did not answer its challenge in time (anybody)")
    .addPositionalArgument(oracle)
    .setAction(() => import("./removeSilent.js"))
    .build(),
  sendingTask("oracle:report-equivocation", "Remove an oracle that signed two reports of one epoch (anybody)")
    .addPositionalArgument({
      name: "file",
      description: "JSON: two of {epoch, previousRoot, root, dataHash, leafCount, signature}",
    })
    .setAction(() => import("./reportEquivocation.js"))
    .build(),
];
