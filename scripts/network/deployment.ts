import { readFile } from "node:fs/promises";

import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import {
  deploy,
  type DeploymentParameters,
  type DeploymentResult,
  DeploymentResultType,
} from "@nomicfoundation/ignition-core";
import { artifacts } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import Development from "../../deploy/modules/Development.js";
import { type Deployment, deploymentFrom } from "../../keepers/chain/deployment.js";
import { KeeperError } from "../../keepers/core/errors.js";

/** What differs from `deploy/parameters/hardhat.json`. */
export interface DeploymentTimes {
  /** Start of epoch 0, Unix seconds. */
  readonly genesis: number;
  /** Seconds. */
  readonly epochDuration: number;
}

const PARAMETERS = new URL("../../deploy/parameters/hardhat.json", import.meta.url);
const CHAIN_ID = 31_337;

/**
 * The protocol with its stand-ins on a development chain, by its Ignition module. Ignition's own journal is not kept: every
 * start has a new chain, which the journal of an old one would contradict.
 */
export async function deployDevelopment(
  { provider }: Pick<NetworkConnection<"l1">, "provider">,
  { genesis, epochDuration }: DeploymentTimes,
): Promise<Deployment> {
  const parameters = JSON.parse(await readFile(PARAMETERS, "utf8"), revive) as DeploymentParameters;
  const times = { genesis, epochDuration, reassociationDelay: epochDuration };
  const accounts = (await provider.request({ method: "eth_accounts" })) as string[];
  const result = await deploy({
    provider,
    accounts,
    artifactResolver: new HardhatArtifactResolver(artifacts),
    ignitionModule: Development,
    deploymentParameters: { Development: { ...parameters["Development"], ...times } },
    config: { requiredConfirmations: 1, blockPollingInterval: 50 },
  });
  return deploymentFrom(CHAIN_ID, addressesOf(result));
}

/** The contracts that stay; those that only made others are left out. */
function addressesOf(result: DeploymentResult): Record<string, string> {
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    throw new KeeperError("DEPLOYMENT_FAILED", `the protocol was not deployed: ${JSON.stringify(result)}`);
  }
  const contracts = Object.values(result.contracts).filter(({ contractName }) => !contractName.endsWith("Deployer"));
  return Object.fromEntries(contracts.map(({ id, address }) => [id, address]));
}

/** Ignition's parameter files write large numbers as `"123n"`. */
function revive(_key: string, value: unknown): unknown {
  return typeof value === "string" && /^\d+n$/u.test(value) ? BigInt(value.slice(0, -1)) : value;
}
