import { join } from "node:path";

import type { Clock } from "../../keepers/core/clock.js";
import type { Disk } from "../../keepers/core/disk.js";
import { writeJson } from "../../keepers/core/files.js";
import type { Lifecycle } from "../../keepers/core/lifecycle.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { EpochClock } from "../../keepers/protocol/epochClock.js";
import { castOf } from "./accounts.js";
import { makeFollower, startBroker } from "./broker.js";
import { type EmbeddedChain, startChain } from "./chain.js";
import { openContainerHost } from "./containers/containerHost.js";
import type { ContainerHost } from "./containers/types.js";
import { openDataFolder } from "./dataFolder.js";
import { DeedBook } from "./deedBook.js";
import { deployDevelopment } from "./deployment.js";
import { Fleet } from "./fleet.js";
import { JobBook } from "./jobs/jobBook.js";
import type { Narrator } from "./narrator.js";
import { OracleApi } from "./oracleApi.js";
import { type NetworkOptions, SLOT_SECONDS } from "./options.js";
import { choosePorts, type Ports } from "./ports.js";
import { connectProtocol, type Protocol } from "./protocol.js";
import { readSchedules } from "./schedules.js";
import { seconds, type World } from "./world.js";

export interface NetworkDependencies {
  /** Closes what is opened here. */
  readonly lifecycle: Lifecycle;
  readonly narrator: Narrator;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly logger: Logger;
  /** As in Docker's own variable; undefined where it is not set. */
  readonly dockerHost: string | undefined;
}

/**
 * From the deployment to the start of epoch 0: time for the set-up, so that the oracles are at work in the whole of epoch 0.
 * One that misses a slot of an epoch may not report on it.
 */
const LEAD_SECONDS = 16;
/** The state at the end of an epoch is needed until the epoch is decided. */
const KEPT_EPOCHS = 3;
/** Containers that end with their nodes take a moment. Milliseconds. */
const NODES_CLOSE_MS = 3_000;

/** Chain, protocol and broker; the keepers are the story's to start. Closing goes from the nodes to the chain. */
export async function openNetwork(options: NetworkOptions, dependencies: NetworkDependencies): Promise<World> {
  const { lifecycle, narrator, disk } = dependencies;
  const ports = await choosePorts(options.port);
  const folder = await openDataFolder(options.dataDir, { disk });
  lifecycle.onClose("data folder", () => folder.close());
  const containers = await openContainerHost(dependencies.dockerHost, dependencies);
  await closeWith(lifecycle, containers);
  narrator.chapter("A chain starts, and the protocol is deployed");
  const chain = await startChain(ports.chain);
  lifecycle.onClose("chain", () => chain.close());
  const { protocol, epochClock } = await deploy(chain, options, dependencies);
  lifecycle.onClose("connection", () => protocol.provider.destroy());
  const deploymentPath = join(folder.path, "deployment.json");
  await writeJson(disk, deploymentPath, protocol.deployment);
  narrator.tell(`addresses, for keepers and tasks of your own: ${deploymentPath}`);
  narrator[containers.kind === "docker" ? "tell" : "warn"](containers.sentence);
  const places = { ports, rpcUrl: chain.url, deploymentPath, dataDir: folder.path };
  return openKeepers(places, { ...dependencies, protocol, epochClock, options, containers });
}

/** Also when everything else was closed while it opened. */
async function closeWith(lifecycle: Lifecycle, containers: ContainerHost): Promise<void> {
  try {
    lifecycle.onClose("containers", () => containers.close());
  } catch (error) {
    await containers.close();
    throw error;
  }
}

async function deploy(
  { connection, url }: EmbeddedChain,
  { epochSeconds }: NetworkOptions,
  { clock, narrator }: NetworkDependencies,
): Promise<{ protocol: Protocol; epochClock: EpochClock }> {
  const times = { genesis: Math.ceil(seconds(clock)) + LEAD_SECONDS, epochDuration: epochSeconds };
  const deployment = await deployDevelopment(connection, times);
  const count = Object.keys(deployment.contracts).length;
  narrator.tell(`${count} contracts on chain ${deployment.chainId} at ${url}`);
  const { genesis, epochDuration: duration } = times;
  const epochClock = new EpochClock({ genesis, duration, slotSeconds: SLOT_SECONDS });
  return { protocol: connectProtocol(deployment, url), epochClock };
}

interface Places {
  readonly ports: Ports;
  readonly rpcUrl: string;
  readonly deploymentPath: string;
  readonly dataDir: string;
}

interface Foundation extends NetworkDependencies {
  readonly options: NetworkOptions;
  readonly protocol: Protocol;
  readonly epochClock: EpochClock;
  readonly containers: ContainerHost;
}

async function openKeepers({ ports, ...places }: Places, foundation: Foundation): Promise<World> {
  const { lifecycle, protocol, epochClock, options, narrator, clock, containers } = foundation;
  const { deployment, contracts } = protocol;
  const follower = makeFollower(KEPT_EPOCHS * epochClock.duration, foundation);
  lifecycle.onClose("follower", () => follower.close());
  await follower.start();
  const broker = await startBroker(ports.broker, follower, foundation);
  lifecycle.onClose("broker", () => broker.close());
  const listening = { apiPorts: ports.oracles, deeployPort: ports.deeploy };
  const keepers = { ...places, ...listening, brokerUrl: broker.url, deeployAccount: broker.account };
  const fleet = new Fleet(keepers, { ...foundation, deployment });
  lifecycle.onClose("oracles", () => fleet.closeOracles());
  lifecycle.onClose("deeploy", () => fleet.closeDeeploy());
  lifecycle.onClose("nodes", () => fleet.closeNodes(), NODES_CLOSE_MS);
  const { signal } = lifecycle;
  return {
    ...{ options, protocol, epochClock, follower, fleet, narrator, clock, signal, containers },
    activationDelay: Number(await contracts.epochLedger.ACTIVATION_DELAY()),
    schedules: await readSchedules(contracts),
    cast: castOf(protocol.provider, options.nodes),
    api: new OracleApi(fleet.oracleUrls, { clock, signal }),
    deeds: new DeedBook(),
    jobs: new JobBook(),
  };
}
