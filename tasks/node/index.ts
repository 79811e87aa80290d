import { ArgumentType } from "hardhat/types/arguments";

import { option, readingTask, sendingTask } from "../lib/define.js";

const nodeKey = option(
  "nodeKey",
  "Name of the variable (environment or hardhat-keystore) with the node's private key (default: NODE_PRIVATE_KEY)",
);
const nodeKeystore = option("nodeKeystore", "The node's encrypted key file; its password is in NODE_KEYSTORE_PASSWORD");
const hours = {
  name: "hours",
  description: "Hours that the node's consent holds; 0: as long as the protocol allows",
  type: ArgumentType.FLOAT,
  defaultValue: 0,
} as const;

export const nodeTasks = [
  readingTask(
    "node:consent",
    "Sign a node's consent to serve a deed, on the node's machine; prints JSON for node:associate",
  )
    .addPositionalArgument({ name: "deed", description: "Such as ND:5" })
    .addOption(option("owner", "Who will associate it (default: the deed's owner)"))
    .addOption(nodeKey)
    .addOption(nodeKeystore)
    .addOption(hours)
    .addOption(option("out", "Write the consent to this file too"))
    .setAction(() => import("./consent.js"))
    .build(),
  sendingTask("node:associate", "Associate nodes with deeds of the sender")
    .addOption(option("consent", "File that node:consent printed: one consent, or a list of them"))
    .addOption(option("deed", "Instead of --consent, with the node's key here: the deed, such as ND:5"))
    .addOption(nodeKey)
    .addOption(nodeKeystore)
    .setAction(() => import("./associate.js"))
    .build(),
  sendingTask("node:dissociate", "End the association of a deed; sent by its owner or its node")
    .addPositionalArgument({ name: "deed", description: "Such as ND:5" })
    .setAction(() => import("./dissociate.js"))
    .build(),
];
