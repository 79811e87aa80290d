import { join } from "node:path";

import type { HDNodeWallet } from "ethers";

import type { Deployment } from "../../keepers/chain/deployment.js";
import type { Clock } from "../../keepers/core/clock.js";
import type { Disk } from "../../keepers/core/disk.js";
import type { Logger } from "../../keepers/core/logger.js";
import type { Random } from "../../keepers/core/random.js";
import { openChain } from "../../keepers/node/chainAccess.js";
import { readNodeConfig } from "../../keepers/node/config.js";
import type { EdgeNode } from "../../keepers/node/node.js";
import { openSigner } from "../../keepers/keys/openSigner.js";
import { wireNode } from "../../keepers/node/wiring.js";
import { readDeeployConfig } from "../../keepers/deeploy/config.js";
import { wireDeeploy } from "../../keepers/deeploy/wiring.js";
import { readOracleConfig } from "../../keepers/oracle/config.js";
import type { Oracle } from "../../keepers/oracle/oracle.js";
import { wireOracle } from "../../keepers/oracle/wiring.js";
import type { Address } from "../../keepers/protocol/bytes.js";
import type { ServiceAccount } from "./broker.js";
import type { ContainerHost } from "./containers/types.js";
import { SLOT_SECONDS } from "./options.js";

export interface FleetOptions {
  readonly rpcUrl: string;
  readonly brokerUrl: string;
  /** Ports of the oracles' APIs, one for each. */
  readonly apiPorts: readonly number[];
  readonly deeployPort: number;
  /** What Deeploy shows to the broker. */
  readonly deeployAccount: ServiceAccount;
  /** The file that the stand-alone processes would read. */
  readonly deploymentPath: string;
  readonly dataDir: string;
}

export interface FleetDependencies {
  readonly deployment: Deployment;
  /** Runs the containers of the nodes with a Node Deed. */
  readonly containers: ContainerHost;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What differs from a production network: everything is faster. */
const PACE = {
  slotSeconds: String(SLOT_SECONDS),
  heartbeat: "1s",
  chainPoll: "400ms",
  blockRefresh: "1s",
  freshBlocks: "160",
  round: "1s",
  sealing: "3s",
  stage: "3s",
  assignEveryBlocks: "3",
  offerMargin: "2s",
  assignStage: "2s",
  jobStart: "40s",
  jobSilent: "6s",
  jobPoll: "500ms",
};

/** What each node has for jobs: enough for two of the smallest. */
const OFFER = { NODE_MILLI_CPU: "500", NODE_MEMORY_MIB: "1024", NODE_DISK_MIB: "4096" };

/**
 * The keepers of the network, in this process. Each is configured by the variables that its stand-alone process reads, wired
 * by the same code, and has a folder of its own.
 */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #dependencies: FleetDependencies;
  readonly #oracles = new Map<number, Oracle>();
  readonly #nodes = new Map<Address, EdgeNode>();
  readonly #oracleClosers: (() => Promise<void>)[] = [];
  readonly #nodeClosers = new Map<Address, () => Promise<void>>();
  #deeployCloser: (() => Promise<void>) | undefined;
  readonly #abort = new AbortController();

  constructor(options: FleetOptions, dependencies: FleetDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** In the order of their keys; while they start, those that are there. */
  get oracles(): readonly Oracle[] {
    return [...this.#oracles].sort(([a], [b]) => a - b).map(([, oracle]) => oracle);
  }

  /** The oracles' APIs. */
  get oracleUrls(): string[] {
    return this.#options.apiPorts.map((port) => `http://127.0.0.1:${port}`);
  }

  get deeployUrl(): string {
    return `http://127.0.0.1:${this.#options.deeployPort}`;
  }

  /** The edge node with that address; oracles are none. */
  nodeOf(address: Address): EdgeNode | undefined {
    return this.#nodes.get(address);
  }

  /** Resolves when all of them are at work. */
  async startOracles(keys: readonly HDNodeWallet[]): Promise<void> {
    await Promise.all(keys.map((key, index) => this.#startOracle(key, index)));
  }

  /** Resolves when the service answers. */
  async startDeeploy(key: HDNodeWallet): Promise<void> {
    const { rpcUrl, deploymentPath, brokerUrl, dataDir, deeployPort, deeployAccount } = this.#options;
    const config = readDeeployConfig({
      DEEPLOY_PRIVATE_KEY: key.privateKey,
      RPC_URL: rpcUrl,
      DEPLOYMENT: deploymentPath,
      BROKER_URL: brokerUrl,
      BROKER_USERNAME: deeployAccount.username,
      BROKER_PASSWORD: deeployAccount.password,
      DATA_DIR: join(dataDir, "deeploy"),
      API_PORT: String(deeployPort),
      CHAIN_POLL: PACE.chainPoll,
    });
    const logger = this.#dependencies.logger.child({ keeper: "deeploy" });
    const wired = await wireDeeploy(config, { ...this.#dependencies, logger, signal: this.#abort.signal });
    this.#deeployCloser = () => wired.close();
    await wired.deeploy.start();
  }

  /**
   * Resolves when the node's first heartbeat is out. Rejects with `NodeRefusedError` when it has no valid deed.
   * @param options `runsJobs`: it runs containers too
   */
  async startNode(key: HDNodeWallet, operator: Address, { runsJobs = false } = {}): Promise<void> {
    const { rpcUrl, deploymentPath, dataDir } = this.#options;
    const address = key.address.toLowerCase();
    const config = readNodeConfig({
      NODE_PRIVATE_KEY: key.privateKey,
      OPERATOR_ADDRESS: operator,
      RPC_URL: rpcUrl,
      DEPLOYMENT: deploymentPath,
      ORACLE_URLS: this.oracleUrls.join(","),
      DATA_DIR: join(dataDir, `node-${address.slice(2, 8)}`),
      BLOCK_REFRESH: PACE.blockRefresh,
      ...(runsJobs ? this.#jobSettings() : {}),
    });
    const logger = this.#dependencies.logger.child({ keeper: `node ${address.slice(0, 8)}` });
    const dependencies = { ...this.#dependencies, logger };
    const chain = await openChain(
      { rpcUrl, deployment: deploymentPath, timeoutMs: config.httpTimeoutMs },
      dependencies,
    );
    const { containers } = this.#dependencies;
    const engine = runsJobs ? { engine: containers.engineFor(address, join(config.dataDir, "volumes")) } : {};
    const node = wireNode(config, {
      ...dependencies,
      chain,
      key: await openSigner(config.key, dependencies),
      ...engine,
    });
    this.#nodes.set(address, node);
    this.#nodeClosers.set(address, async () => {
      await node.close();
      await chain.close();
    });
    await node.start();
  }

  /** Ends a node, and every container with it: as when its machine goes down. */
  async stopNode(address: Address): Promise<void> {
    const close = this.#nodeClosers.get(address);
    this.#nodeClosers.delete(address);
    await close?.();
  }

  /** Silences the edge nodes. Idempotent. */
  async closeNodes(): Promise<void> {
    const closers = [...this.#nodeClosers.values()];
    this.#nodeClosers.clear();
    await Promise.all(closers.map((close) => close()));
  }

  /** Idempotent. */
  async closeDeeploy(): Promise<void> {
    await this.#deeployCloser?.();
  }

  /** Ends the oracles. Idempotent. */
  async closeOracles(): Promise<void> {
    this.#abort.abort(new Error("the network is closing"));
    await Promise.all(this.#oracleClosers.splice(0).map((close) => close()));
  }

  #jobSettings(): Record<string, string> {
    return {
      NODE_ENGINE: "docker",
      ...OFFER,
      NODE_ON_EXIT: "end",
      DEEPLOY_URLS: this.deeployUrl,
      JOB_POLL: PACE.jobPoll,
      GATEWAY_PORT: "0",
    };
  }

  async #startOracle(key: HDNodeWallet, index: number): Promise<void> {
    const { rpcUrl, deploymentPath, brokerUrl, dataDir, apiPorts } = this.#options;
    const config = readOracleConfig({
      ORACLE_PRIVATE_KEY: key.privateKey,
      RPC_URL: rpcUrl,
      DEPLOYMENT: deploymentPath,
      BROKER_URL: brokerUrl,
      ORACLE_URLS: this.oracleUrls.join(","),
      DATA_DIR: join(dataDir, `oracle-${index + 1}`),
      API_PORT: String(apiPorts[index]),
      SLOT_SECONDS: PACE.slotSeconds,
      HEARTBEAT_INTERVAL: PACE.heartbeat,
      CHAIN_POLL: PACE.chainPoll,
      HEARTBEAT_FRESH_BLOCKS: PACE.freshBlocks,
      ROUND_TIMEOUT: PACE.round,
      SEALING_TIMEOUT: PACE.sealing,
      SUBMISSION_STAGE: PACE.stage,
      DEEPLOY_URLS: this.deeployUrl,
      PROBE_PRIVATE: "true",
      ASSIGN_EVERY_BLOCKS: PACE.assignEveryBlocks,
      OFFER_MARGIN: PACE.offerMargin,
      ASSIGN_STAGE: PACE.assignStage,
      JOB_START_LIMIT: PACE.jobStart,
      JOB_SILENT_LIMIT: PACE.jobSilent,
    });
    const logger = this.#dependencies.logger.child({ keeper: `oracle ${index + 1}` });
    const wired = await wireOracle(config, { ...this.#dependencies, logger, signal: this.#abort.signal });
    this.#oracles.set(index, wired.oracle);
    this.#oracleClosers.push(() => wired.close());
    await wired.oracle.start();
  }
}
