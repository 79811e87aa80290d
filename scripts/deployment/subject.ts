import { join } from "node:path";

import { JsonRpcProvider, type Provider } from "ethers";

import { connectContracts } from "../../keepers/chain/contracts.js";
import { addressOf, readDeployment } from "../../keepers/chain/deployment.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { ConfigError, KeeperError } from "../../keepers/core/errors.js";
import { type ModuleParameters, parameterProblems, readParameters } from "../../tasks/lib/parameters.js";
import type { Parameters, Subject } from "./types.js";

/** Chains that have a parameter file of their own. */
const PARAMETER_FILES: Readonly<Record<string, string>> = { 8453: "base", 84532: "base-sepolia", 31337: "localhost" };
const DEPLOY_FOLDER = "deploy";

export interface SubjectOptions {
  /** Names the server in messages too. */
  readonly rpc: string;
  /** Ignition folder or JSON file; default: the folder of the chain that answers. */
  readonly deployment: string | undefined;
  /** Parameter file; default: the one of the chain that answers. */
  readonly parameters: string | undefined;
}

/**
 * Finds a deployment and what it should be.
 * @throws KeeperError `WRONG_CHAIN`, `PARAMETERS_NOT_FOUND`, what `readDeployment` throws; ConfigError for parameters that cannot be
 */
export async function openSubject(options: SubjectOptions, progress: Subject["progress"]): Promise<Subject> {
  const provider = new JsonRpcProvider(options.rpc, undefined, { staticNetwork: true, cacheTimeout: -1 });
  try {
    return await readSubject(options, provider, progress);
  } catch (error) {
    provider.destroy();
    throw error;
  }
}

/** The same on a provider that is there already; throws as `openSubject`. */
export async function readSubject(
  options: SubjectOptions,
  provider: Provider,
  progress: Subject["progress"],
): Promise<Subject> {
  const { chainId } = await provider.getNetwork();
  const folder = join(DEPLOY_FOLDER, "deployments", `chain-${chainId.toString()}`);
  const deployment = await readDeployment(options.deployment ?? folder, { disk: new SystemDisk() });
  if (BigInt(deployment.chainId) !== chainId) {
    const message = `the deployment is of chain ${deployment.chainId}, and ${options.rpc} serves chain ${chainId.toString()}`;
    throw new KeeperError("WRONG_CHAIN", message);
  }
  const contracts = connectContracts(deployment, provider);
  const isDevelopment = "MockV3Aggregator" in deployment.contracts;
  const given = await readAll(parameterFile(options.parameters, chainId), isDevelopment);
  const genesis = given.protocol["genesis"] === 0n ? await contracts.epochLedger.GENESIS() : given.protocol["genesis"];
  return {
    provider,
    deployment,
    contracts,
    parameters: { ...given, protocol: { ...given.protocol, ...(genesis === undefined ? {} : { genesis }) } },
    feed: isDevelopment ? addressOf(deployment, "MockV3Aggregator") : String(given.protocol["feed"]),
    progress,
  };
}

function parameterFile(given: string | undefined, chainId: bigint): string {
  if (given !== undefined) return given;
  const name = PARAMETER_FILES[chainId.toString()];
  if (name !== undefined) return join(DEPLOY_FOLDER, "parameters", `${name}.json`);
  const message = `chain ${chainId.toString()} has no parameter file in ${DEPLOY_FOLDER}/parameters: name one with --parameters`;
  throw new KeeperError("PARAMETERS_NOT_FOUND", message);
}

async function readAll(path: string, isDevelopment: boolean): Promise<Parameters> {
  const module = isDevelopment ? "Development" : "Protocol";
  const protocol = await readParameters(path, module);
  const handOver = isDevelopment ? undefined : await readParameters(path, "HandOver");
  const problems = [
    ...parameterProblems(module, protocol),
    ...(handOver === undefined ? [] : parameterProblems("HandOver", handOver)),
  ];
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${path}: ${problem}`));
  return { protocol, governance: handOver === undefined ? undefined : governanceOf(handOver) };
}

function governanceOf({ governance, governanceDelay }: ModuleParameters): Parameters["governance"] {
  return { account: String(governance), delay: governanceDelay as bigint };
}
