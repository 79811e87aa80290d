import { join, resolve } from "node:path";

import type { Deployment } from "../../keepers/chain/deployment.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { ConfigError, KeeperError } from "../../keepers/core/errors.js";
import { writeJson } from "../../keepers/core/files.js";
import { action } from "../lib/action.js";
import type { Answer } from "../lib/answer.js";
import { confirm } from "../lib/confirm.js";
import { deployProtocol, type ParametersByModule, resetDeployment, withGenesis } from "../lib/deployment.js";
import {
  type ModuleName,
  type ModuleParameters,
  parameterProblems,
  parameterRows,
  readParameters,
} from "../lib/parameters.js";
import { type Connection, connect, isEphemeral, networkName } from "../lib/protocol.js";
import type { CommonArguments, Session } from "../lib/session.js";
import { facts, table } from "../lib/table.js";

interface DeployArguments extends CommonArguments {
  readonly parameters: string | undefined;
  readonly out: string | undefined;
  readonly handOver: boolean;
  readonly yes: boolean;
  readonly reset: boolean;
}

export default action<DeployArguments>(async (args, session) => {
  const { hre, terminal } = session;
  const development = isEphemeral(hre) || networkName(hre) === "localhost";
  if (development && args.handOver)
    throw new KeeperError("HAND_OVER", "a development network has no governance to hand over to");
  if (!development && args.reset)
    throw new KeeperError("RESET", "--reset is for development networks: a real deployment is never forgotten");
  const module = development ? "Development" : args.handOver ? "HandOver" : "Protocol";
  const given = await checkedParameters(args, module, session);
  const connection = await connect(hre, true);
  if (args.reset) await resetDeployment(connection, hre);
  const parameters = await atTheirTime(given, connection, session);
  for (const [name, values] of Object.entries(parameters)) {
    terminal.show(
      `${name} on network ${networkName(hre)}:`,
      ...table(["parameter", "value", ""], parameterRows(values)),
      "",
    );
  }
  if (!development && !args.yes) await confirm("Deploy with these parameters?");
  const display = !args.json && process.stdout.isTTY && !isEphemeral(hre);
  const deployment = await terminal.during("deploying", () =>
    deployProtocol({ module, parameters, display }, connection, hre),
  );
  if (args.out !== undefined) await writeJson(new SystemDisk(), resolve(args.out), deployment);
  return answer(deployment, module, args);
});

/** The parameters of every module that runs; the hand-over runs on top of the protocol, with the same ones. */
async function checkedParameters(
  { parameters: path }: DeployArguments,
  module: ModuleName,
  { hre }: Session,
): Promise<ParametersByModule> {
  const file = path === undefined ? parameterFile(hre.config.paths.ignition, networkName(hre)) : resolve(path);
  const modules: ModuleName[] = module === "HandOver" ? ["Protocol", "HandOver"] : [module];
  const sections = await Promise.all(modules.map(async (name) => [name, await readParameters(file, name)] as const));
  const problems = sections.flatMap(([name, values]) =>
    parameterProblems(name, values).map((problem) => `${file}: ${name}.${problem}`),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(sections);
}

/** Hardhat's unnamed in-process network has the parameters of the named one. */
function parameterFile(folder: string, network: string): string {
  return join(folder, "parameters", `${network === "default" ? "hardhat" : network}.json`);
}

/** What depends on the chain: the genesis of development networks, and a feed that is there. */
async function atTheirTime(
  given: ParametersByModule,
  connection: Connection,
  { hre }: Session,
): Promise<ParametersByModule> {
  if (given.Development !== undefined) {
    return { ...given, Development: await withGenesis(given.Development, connection, hre) };
  }
  await requireFeed(given.Protocol ?? {}, connection);
  if (given.HandOver !== undefined) await requireGovernance(given.HandOver, given.Protocol ?? {}, connection);
  return given;
}

/** One key must not govern, and the account that deployed must keep nothing: neither governance nor another role. */
async function requireGovernance(
  { governance }: ModuleParameters,
  { guardian, compliance, treasurer }: ModuleParameters,
  { ethers, networkName: network }: Connection,
): Promise<void> {
  const account = String(governance);
  if ((await ethers.provider.getCode(account)) === "0x") {
    const message = `governance ${account} is an account with a key on network ${network}, want a contract: a multisig`;
    throw new KeeperError("HAND_OVER", message);
  }
  const [deployer] = await ethers.getSigners();
  const kept = Object.entries({ governance, guardian, compliance, treasurer }).filter(
    ([, holder]) => String(holder).toLowerCase() === deployer?.address.toLowerCase(),
  );
  if (kept.length === 0) return;
  const roles = kept.map(([role]) => role).join(", ");
  throw new KeeperError("HAND_OVER", `${roles}: is the deployer, which keeps nothing: name another account`);
}

async function requireFeed({ feed }: ModuleParameters, { ethers, networkName: network }: Connection): Promise<void> {
  if (typeof feed === "string" && (await ethers.provider.getCode(feed)) !== "0x") return;
  throw new KeeperError(
    "FEED_MISSING",
    `there is no contract at the feed's address ${String(feed)} on network ${network}`,
  );
}

function answer(deployment: Deployment, module: ModuleName, { out, handOver }: DeployArguments): Answer {
  const { contracts, chainId, fromBlock } = deployment;
  const next =
    module === "Protocol" && !handOver
      ? ["", "The deployer still governs. Check everything, then run deploy --hand-over."]
      : [];
  return {
    json: { chainId, fromBlock, contracts },
    lines: [
      `Deployed on chain ${chainId}:`,
      ...facts(Object.entries(contracts)),
      ...(out === undefined ? [] : ["", `Addresses written to ${resolve(out)}.`]),
      ...next,
    ],
  };
}
