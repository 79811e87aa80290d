import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

const text = { type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined } as const;

/** An option whose value is undefined when it is left out. */
export function option<N extends string>(name: N, description: string) {
  return { name, description, ...text };
}

/** A task that only reads. */
export function readingTask(id: string, description: string) {
  return task(id, description)
    .addOption(
      option("deployment", "Ignition folder or JSON file of the deployment (default: that of the network's chain)"),
    )
    .addFlag({ name: "json", description: "Print JSON; amounts in wei" });
}

/** A task that sends a transaction. */
export function sendingTask(id: string, description: string) {
  return readingTask(id, description)
    .addOption(option("from", "Sender: address or index among the network's accounts (default: the first)"))
    .addOption(option("key", "Sender: name of the variable (environment or hardhat-keystore) with its private key"))
    .addFlag({ name: "dryRun", description: "Check only, send nothing" });
}

/** A task whose function is restricted to a role. */
export function governingTask(id: string, description: string) {
  return sendingTask(id, description).addFlag({
    name: "calldata",
    description: "Print the call, for a multisig to send",
  });
}
