/** Deploys the protocol with the project's own task, lets it live for weeks, and forks the chain. */
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { connectContracts } from "../../keepers/chain/contracts.js";
import { readDeployment } from "../../keepers/chain/deployment.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { addressesOf, castOf } from "./cast.js";
import { endow, type ForkedChain, type NodeProcess, runTask, timeOf } from "./chain.js";
import { found, type History, live, type Market } from "./history.js";
import { deployCouncil, type World } from "./world.js";

/** A place to deploy to. */
export interface Ground {
  readonly node: NodeProcess;
  /** The chain that the tests run on, once the protocol has its past. */
  fork(): Promise<ForkedChain>;
  readonly market: Market;
  /** Address of the feed that the deployment begins with, and the largest price that it may give, with 8 decimals. */
  firstFeed(world: Pick<World, "cast" | "chain">): Promise<{ readonly address: string; readonly most: bigint }>;
  /** Looks at the protocol right after its deployment. */
  opened(world: World): Promise<void>;
  close(): Promise<void>;
}

/** The fork and what it carries. `source` is the same protocol on the chain that it was deployed to. */
export interface Stage {
  readonly source: World;
  /** Of that chain. */
  readonly url: string;
  readonly chain: ForkedChain;
  readonly world: World;
  readonly history: History;
  readonly market: Market;
  /** Of the deployment: Ignition's folder, and the parameters. */
  readonly folder: string;
  readonly parameters: string;
  close(): Promise<void>;
}

const BASE_PARAMETERS = join("deploy", "parameters", "base.json");
/** Seconds until the first epoch begins: enough for everything that comes before it. */
const FOUNDING = 7_200n;

export async function setTheStage(ground: Ground): Promise<Stage> {
  try {
    return await setTheStageOn(ground);
  } catch (error) {
    await ground.close();
    throw error;
  }
}

async function setTheStageOn(ground: Ground): Promise<Stage> {
  const { node, market } = ground;
  const folder = mkdtempSync(join(tmpdir(), "r1-fork-"));
  const cast = castOf(node.provider);
  await endow(node, addressesOf(cast));
  const council = await deployCouncil(cast);
  const parameters = await writeParameters(ground, folder, council);
  const variables = { FORK_TEST_URL: node.url, FORK_TEST_KEY: cast.deployer.privateKey, FORK_TEST_FOLDER: folder };
  const deploy = async (...args: string[]): Promise<void> => {
    const { code, output } = await runTask(["deploy", "--parameters", parameters, "--yes", ...args], variables);
    if (code !== 0) throw new Error(`deploy failed with status ${code}:\n${output}`);
  };
  await deploy();
  const recorded = join(folder, "deployments", `chain-${node.chainId}`);
  const deployment = await readDeployment(recorded, { disk: new SystemDisk() });
  const source = {
    chain: node,
    deployment,
    contracts: connectContracts(deployment, node.provider),
    cast,
    council,
    files: [],
  };
  await ground.opened(source);
  await found(source);
  await deploy("--hand-over");
  const history = await live(source, market);
  await changeParameters(parameters, history.changed);
  const chain = await ground.fork();
  const { provider } = chain;
  const world = { ...source, chain, contracts: connectContracts(deployment, provider), cast: castOf(provider) };
  return {
    ...{ source, url: node.url, chain, world, history, market, parameters, folder: recorded },
    close: async () => {
      await chain.close();
      await ground.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The parameters of Base, with the accounts and the feed filled in and the genesis on this chain's clock. */
async function writeParameters(ground: Ground, folder: string, council: string): Promise<string> {
  const { node } = ground;
  const cast = castOf(node.provider);
  const feed = await ground.firstFeed({ cast, chain: node });
  const { Protocol, HandOver } = JSON.parse(await readFile(BASE_PARAMETERS, "utf8")) as Record<string, object>;
  const accounts = {
    guardian: cast.guardian.address,
    compliance: cast.compliance.address,
    treasurer: cast.treasurer.address,
  };
  const genesis = (await timeOf(node)) + FOUNDING;
  const path = join(folder, "parameters.json");
  const filled = {
    Protocol: { ...Protocol, ...accounts, feed: feed.address, feedMost: `${feed.most}n`, genesis: `${genesis}n` },
    HandOver: { ...HandOver, governance: council },
  };
  await writeFile(path, JSON.stringify(filled));
  return path;
}

/** What governance changed, its operators write down. */
async function changeParameters(path: string, changed: Readonly<Record<string, string>>): Promise<void> {
  const { Protocol, ...others } = JSON.parse(await readFile(path, "utf8")) as Record<string, object>;
  await writeFile(path, JSON.stringify({ Protocol: { ...Protocol, ...changed }, ...others }));
}
