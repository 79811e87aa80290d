import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { HDNodeWallet } from "ethers";

import { addressOf } from "../../keepers/chain/deployment.js";
import type { Clock } from "../../keepers/core/clock.js";
import type { Lifecycle } from "../../keepers/core/lifecycle.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { type Cast, castOf } from "../../scripts/network/accounts.js";
import { startChain } from "../../scripts/network/chain.js";
import { deployDevelopment } from "../../scripts/network/deployment.js";
import { choosePorts } from "../../scripts/network/ports.js";
import { connectProtocol, type Protocol } from "../../scripts/network/protocol.js";
import { startMosquitto } from "../../test/helpers/services/mosquitto.js";
import { startRedis } from "../../test/helpers/services/redis.js";
import { issueLicences, type Licence, type Licences } from "../../test/integration/oracles/setUp.js";
import { Spectator } from "../../test/integration/oracles/spectator.js";
import type { EpochTerms } from "../history.js";
import { type Containers, openContainers } from "./containers.js";
import { Journal } from "./journal.js";
import { Keeper, type Part } from "./keeper.js";
import { EPOCH_SECONDS, JOB_PACE, LEAD_SECONDS, NODE_PACE, ORACLE_PACE, SLOT_SECONDS } from "./pace.js";
import { RpcProxy } from "./rpcProxy.js";
import { SmallDisk } from "./smallDisk.js";

export interface WorldDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Closes what is opened here. */
  readonly lifecycle: Lifecycle;
  readonly tell: (line: string) => void;
}

/** The whole network on this machine, and the ways to disturb it. */
export interface World {
  readonly folder: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly journal: Journal;
  readonly protocol: Protocol;
  readonly cast: Cast;
  readonly licences: Licences;
  readonly terms: EpochTerms;
  readonly containers: Containers;
  readonly spectator: Spectator;
  readonly brokerUrl: string;
  readonly oracleUrls: readonly string[];
  readonly deeployUrl: string;
  /** By name: every keeper, and `broker` and `redis`. */
  readonly parts: Map<string, Part>;
  readonly proxies: Map<string, RpcProxy>;
  /** Those that could be mounted. */
  readonly disks: Map<string, SmallDisk>;
  /** Keepers that cannot do their work as usual without that part. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Node address, lower case, to the name of its keeper. */
  readonly keeperOf: Map<string, string>;
  /** Makes a node's keeper and starts it; resolves when it beats. */
  startNode(name: string, node: HDNodeWallet, owner: string, options?: { readonly runsJobs: boolean }): Promise<void>;
}

const CLOSE_MS = 20_000;
const KEEPERS_CLOSE_MS = 60_000;

/** Chain, licences and services; the keepers of the oracles, Deeploy, the Genesis node and a Master node are at work. */
export async function openWorld(nodes: number, dependencies: WorldDependencies): Promise<World> {
  const { clock, lifecycle, tell } = dependencies;
  const closing = (name: string, close: () => unknown, limitMs = CLOSE_MS): void => {
    lifecycle.onClose(name, close, limitMs);
  };
  const folder = await mkdtemp(join(tmpdir(), "r1-soak-"));
  await mkdir(join(folder, "logs"));
  const journal = new Journal({ clock });
  closing("machine watch", journal.watchMachine());
  const containers = await openContainers(dependencies);
  closing("containers", () => containers.close());
  tell(containers.sentence);
  const [mosquitto, redis, ports] = [await startMosquitto(), await startRedis(), await choosePorts(0)];
  closing("broker", () => mosquitto.stop());
  closing("redis", () => redis.stop());
  const chain = await startChain(ports.chain);
  closing("chain", () => chain.close());
  const genesis = Math.ceil(clock.now() / 1_000) + LEAD_SECONDS;
  const deployment = await deployDevelopment(chain.connection, { genesis, epochDuration: EPOCH_SECONDS });
  const protocol = connectProtocol(deployment, chain.url);
  closing("connection", () => protocol.provider.destroy());
  const licences = await issueLicences(protocol);
  const deploymentPath = join(folder, "deployment.json");
  await writeFile(deploymentPath, JSON.stringify(deployment));
  const context = { chainId: protocol.chainId, ledger: addressOf(deployment, "EpochLedger") };
  const spectator = await Spectator.join(mosquitto.url, context);
  closing("spectator", () => spectator.close());
  const keepers: Keeper[] = [];
  closing("keepers", () => Promise.all(keepers.map((keeper) => keeper.stop())), KEEPERS_CLOSE_MS);
  const parts = new Map<string, Part>([
    ["broker", broker()],
    ["redis", redisPart()],
  ]);
  const proxies = new Map<string, RpcProxy>();
  const disks = new Map<string, SmallDisk>();
  const keeperOf = new Map<string, string>();
  const oracleUrls = ports.oracles.map((port) => `http://127.0.0.1:${port}`);
  const deeployUrl = `http://127.0.0.1:${ports.deeploy}`;

  function broker(): Part {
    return {
      kill: () => mosquitto.pause("SIGKILL"),
      start: () => mosquitto.restart(),
      signal: (signal) => mosquitto.signal(signal),
    };
  }

  function redisPart(): Part {
    return { kill: () => redis.kill(), start: () => redis.restart(), signal: (signal) => redis.signal(signal) };
  }

  /** Starts a keeper with a path to the chain and, where it can be had, a disk of its own. */
  const startKeeper = async (
    name: string,
    what: { program: string; ready: string; hasDisk?: boolean },
    variablesFor: (dataDir: string) => Record<string, string>,
  ): Promise<void> => {
    const proxy = await RpcProxy.start(chain.url, { clock });
    closing(`${name}'s path to the chain`, () => proxy.close());
    proxies.set(name, proxy);
    const dataDir = join(folder, name);
    const disk = what.hasDisk ? await SmallDisk.mount(dataDir) : undefined;
    if (disk) disks.set(name, disk);
    if (disk) closing(`${name}'s disk`, () => disk.close());
    const common = {
      RPC_URL: proxy.url,
      DEPLOYMENT: deploymentPath,
      ORACLE_URLS: oracleUrls.join(","),
      LOG_LEVEL: "debug",
    };
    const variables = { ...common, DATA_DIR: dataDir, ...variablesFor(dataDir) };
    const logFile = join(folder, "logs", `${name}.log`);
    const keeper = new Keeper({ name, ...what, variables, logFile }, { clock, journal });
    keepers.push(keeper);
    parts.set(name, keeper);
    const isAtWork = journal.begin(name, "start");
    await keeper.start();
    isAtWork();
  };

  const startOracle = async ({ node }: Licence, index: number): Promise<void> => {
    const name = oracleName(index);
    keeperOf.set(node.address.toLowerCase(), name);
    const own = {
      ORACLE_PRIVATE_KEY: node.privateKey,
      BROKER_URL: mosquitto.url,
      API_PORT: String(ports.oracles[index]),
      DEEPLOY_URLS: deeployUrl,
      ...(index === licences.oracles.length - 1 ? { REDIS_URL: redis.url } : {}),
    };
    const what = { program: "keepers/oracle/main.ts", ready: "the oracle is at work", hasDisk: true };
    await startKeeper(name, what, () => ({ ...ORACLE_PACE, ...own }));
  };

  const startDeeploy = (key: HDNodeWallet): Promise<void> =>
    startKeeper("deeploy", { program: "keepers/deeploy/main.ts", ready: "Deeploy is at work" }, () => ({
      DEEPLOY_PRIVATE_KEY: key.privateKey,
      BROKER_URL: mosquitto.url,
      API_PORT: String(ports.deeploy),
      CHAIN_POLL: "500ms",
    }));

  const startNode: World["startNode"] = async (name, node, owner, { runsJobs } = { runsJobs: false }) => {
    const address = node.address.toLowerCase();
    keeperOf.set(address, name);
    const own = { NODE_PRIVATE_KEY: node.privateKey, OPERATOR_ADDRESS: owner, ...NODE_PACE };
    const what = { program: "soak/nodeMain.ts", ready: "heartbeats are going out", hasDisk: runsJobs };
    await startKeeper(name, what, (dataDir) => {
      const SOAK_ENGINE = containers.engineOf(address, join(folder, "volumes", name));
      if (!runsJobs) return own;
      const queue = name === nodeName(1) ? { REDIS_URL: redis.url } : {};
      return { ...own, ...JOB_PACE, ...queue, DEEPLOY_URLS: deeployUrl, SOAK_ENGINE, DATA_DIR: dataDir };
    });
  };

  const dependents = new Map([["redis", [oracleName(licences.oracles.length - 1)]]]);
  const cast = castOf(protocol.provider, nodes + 2);
  const terms = { genesis, duration: EPOCH_SECONDS, slotSeconds: SLOT_SECONDS };
  tell(`${Object.keys(deployment.contracts).length} contracts at ${chain.url}; logs and data in ${folder}`);
  await Promise.all([...licences.oracles.map(startOracle), startDeeploy(cast.deeploy)]);
  await Promise.all([
    startNode("node-genesis", licences.foundation.node, licences.foundation.owner.address),
    startNode("node-master", licences.operator.node, licences.operator.owner.address),
  ]);
  return {
    ...{ folder, clock, signal: lifecycle.signal, journal, protocol, cast, licences, terms, containers, spectator },
    ...{ brokerUrl: mosquitto.url, oracleUrls, deeployUrl, parts, proxies, disks, dependents, keeperOf, startNode },
  };
}

export const oracleName = (index: number): string => `oracle-${index + 1}`;
export const nodeName = (number: number): string => `node-${number}`;

/** Removes logs and data. */
export async function forget({ folder }: Pick<World, "folder">): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
