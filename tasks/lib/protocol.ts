import { join } from "node:path";

import type { Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import { connectContracts, type ProtocolContracts } from "../../keepers/chain/contracts.js";
import { addressOf, type Deployment, readDeployment } from "../../keepers/chain/deployment.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";

/** A connection to the selected network. */
export type Connection = NetworkConnection;

/** The deployed protocol on the selected network; its contracts read only. */
export interface Protocol {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly contracts: ProtocolContracts;
}

/** Whether the network is a chain inside this process, gone with it. */
export function isEphemeral(hre: HardhatRuntimeEnvironment): boolean {
  return hre.config.networks[networkName(hre)]?.type === "edr-simulated";
}

export function networkName(hre: HardhatRuntimeEnvironment): string {
  // Hardhat types it as always given; it is not.
  return (hre.globalOptions as { readonly network?: string }).network ?? "default";
}

/**
 * Connects to the network of `--network`. Without `accounts` the network's configured keys are not touched, so that reading
 * needs none of them.
 */
export async function connect(hre: HardhatRuntimeEnvironment, accounts: boolean): Promise<Connection> {
  if (isEphemeral(hre)) return hre.network.getOrCreate();
  return accounts ? hre.network.create() : hre.network.create({ override: { accounts: "remote" } });
}

/**
 * Finds the protocol on the connected chain.
 * @param path Ignition folder or JSON file; default: the folder that `deploy` wrote for this chain.
 * @throws KeeperError `DEPLOYMENT_NOT_FOUND`, `DEPLOYMENT_INVALID`, `WRONG_CHAIN` or `NOT_DEPLOYED`
 */
export async function openProtocol(
  connection: Connection,
  hre: HardhatRuntimeEnvironment,
  path: string | undefined,
): Promise<Protocol> {
  const { provider } = connection.ethers;
  const { chainId } = await provider.getNetwork();
  const deployment = await readDeployment(path ?? (await recordedFolder(hre, chainId)), { disk: new SystemDisk() });
  if (BigInt(deployment.chainId) !== chainId) {
    const message = `the deployment is of chain ${deployment.chainId}, and network ${connection.networkName} is chain ${chainId.toString()}`;
    throw new KeeperError("WRONG_CHAIN", message);
  }
  const ledger = addressOf(deployment, "EpochLedger");
  if ((await provider.getCode(ledger)) === "0x") {
    const reason = "the deployment is of another chain, or the development chain was restarted since";
    throw new KeeperError(
      "NOT_DEPLOYED",
      `there is no contract at ${ledger} on network ${connection.networkName}: ${reason}`,
    );
  }
  return { provider, deployment, contracts: connectContracts(deployment, provider) };
}

/** The folder in which Ignition keeps a chain's deployment. */
export function deploymentFolder(hre: HardhatRuntimeEnvironment, chainId: bigint): string {
  return join(hre.config.paths.ignition, "deployments", `chain-${chainId.toString()}`);
}

async function recordedFolder(hre: HardhatRuntimeEnvironment, chainId: bigint): Promise<string> {
  const folder = deploymentFolder(hre, chainId);
  if (!isEphemeral(hre) && (await new SystemDisk().list(folder)).length > 0) return folder;
  const name = networkName(hre);
  const place = isEphemeral(hre) ? `network ${name} is a new chain inside this command` : `${folder} does not exist`;
  const ways = "choose a network with --network, deploy to it with deploy, or name a deployment with --deployment";
  throw new KeeperError("DEPLOYMENT_NOT_FOUND", `the protocol is not deployed here (${place}): ${ways}`);
}
