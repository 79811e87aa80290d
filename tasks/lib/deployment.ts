import { rm } from "node:fs/promises";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import Development from "../../deploy/modules/Development.js";
import HandOver from "../../deploy/modules/HandOver.js";
import Protocol from "../../deploy/modules/Protocol.js";
import { type Deployment, deploymentFrom, readDeployment } from "../../keepers/chain/deployment.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { EpochLedger__factory } from "../../typechain-types/index.js";
import type { ModuleName, ModuleParameters } from "./parameters.js";
import { type Connection, deploymentFolder, isEphemeral } from "./protocol.js";

export type ParametersByModule = Readonly<Partial<Record<ModuleName, ModuleParameters>>>;

export interface DeploymentPlan {
  readonly module: ModuleName;
  readonly parameters: ParametersByModule;
  /** Draw Ignition's own progress. */
  readonly display: boolean;
}

const MODULES = { Protocol, Development, HandOver };

/** Runs Ignition, which goes on where an earlier run stopped, and gives all addresses. */
export async function deployProtocol(
  { module, parameters, display }: DeploymentPlan,
  connection: Connection,
  hre: HardhatRuntimeEnvironment,
): Promise<Deployment> {
  const options = { parameters: mutable(parameters), displayUi: display };
  const contracts = await connection.ignition.deploy(MODULES[module], options);
  const { chainId } = await connection.ethers.provider.getNetwork();
  if (!isEphemeral(hre)) return readDeployment(deploymentFolder(hre, chainId), { disk: new SystemDisk() });
  const addresses = await Promise.all(
    Object.entries(contracts).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
  );
  return deploymentFrom(Number(chainId), Object.fromEntries(addresses));
}

/** Development parameters with a genesis of 0 start their epochs now; a run that goes on keeps the genesis it had. */
export async function withGenesis(
  parameters: ModuleParameters,
  connection: Connection,
  hre: HardhatRuntimeEnvironment,
): Promise<ModuleParameters> {
  if (parameters["genesis"] !== 0n) return parameters;
  const { provider } = connection.ethers;
  const ledger = await recordedLedger(connection, hre);
  if (ledger === undefined) {
    const block = await provider.getBlock("latest");
    return { ...parameters, genesis: BigInt(block?.timestamp ?? 0) };
  }
  if ((await provider.getCode(ledger)) === "0x") {
    const message = "the recorded deployment is not on this chain, which was restarted: run deploy --reset";
    throw new KeeperError("NOT_DEPLOYED", message);
  }
  return { ...parameters, genesis: await EpochLedger__factory.connect(ledger, provider).GENESIS() };
}

/** Forgets what Ignition recorded of this chain. */
export async function resetDeployment(connection: Connection, hre: HardhatRuntimeEnvironment): Promise<void> {
  const { chainId } = await connection.ethers.provider.getNetwork();
  await rm(deploymentFolder(hre, chainId), { recursive: true, force: true });
}

async function recordedLedger(connection: Connection, hre: HardhatRuntimeEnvironment): Promise<string | undefined> {
  if (isEphemeral(hre)) return undefined;
  const { chainId } = await connection.ethers.provider.getNetwork();
  const folder = deploymentFolder(hre, chainId);
  if (!(await new SystemDisk().list(folder)).includes("deployed_addresses.json")) return undefined;
  return (await readDeployment(folder, { disk: new SystemDisk() })).contracts["EpochLedger"];
}

/** Ignition's own type wants arrays that it could change. */
function mutable(parameters: ParametersByModule): Record<string, Record<string, string | bigint | bigint[]>> {
  const copy = (module: ModuleParameters) =>
    Object.entries(module).map(([name, value]) => [name, typeof value === "object" ? [...value] : value] as const);
  return Object.fromEntries(
    Object.entries(parameters).map(([module, values]) => [module, Object.fromEntries(copy(values))]),
  );
}
