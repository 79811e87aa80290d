import { option, readingTask } from "../lib/define.js";

export const deployTasks = [
  readingTask(
    "deploy",
    "Deploy the protocol with the parameters of deploy/parameters/<network>.json; resumes where it stopped",
  )
    .addOption(option("parameters", "Another parameter file"))
    .addOption(option("out", "Write the addresses to this JSON file too, for DEPLOYMENT and --deployment"))
    .addFlag({
      name: "handOver",
      description: "The last step: give governance to its account and leave the deployer nothing",
    })
    .addFlag({ name: "yes", description: "Do not ask before deploying" })
    .addFlag({ name: "reset", description: "Development networks only: forget the recorded deployment first" })
    .setAction(() => import("./deploy.js"))
    .build(),
];
