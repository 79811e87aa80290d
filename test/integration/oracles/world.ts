import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { leaderOrder } from "../../../keepers/protocol/leaders.js";
import type { OracleContext } from "../../../keepers/protocol/oracleMessages.js";
import { startChain } from "../../../scripts/network/chain.js";
import { deployDevelopment } from "../../../scripts/network/deployment.js";
import { choosePorts } from "../../../scripts/network/ports.js";
import { chainTime, connectProtocol, type Protocol } from "../../../scripts/network/protocol.js";
import { type Mosquitto, startMosquitto } from "../../helpers/services/mosquitto.js";
import { SignerService } from "../../unit/keys/signerService.js";
import { KeyFiles } from "./keyFiles.js";
import { KeeperProcess, OracleProcess, type Variables } from "./oracleProcess.js";
import type { Commit } from "./reference.js";
import { addressOfNode, issueLicences, type Licence, type Licences } from "./setUp.js";
import { Spectator } from "./spectator.js";
import { until } from "./until.js";

/** Seconds. Slots are long: a machine that stands still for a moment costs nobody a slot, and with it the right to report. */
const EPOCH_SECONDS = 20;
const SLOT_SECONDS = 10;
/** Seconds from the deployment to epoch 0: for the licences, and for oracles and nodes to start. */
const LEAD_SECONDS = 28;

/** Rounds are long enough to be looked at from outside. */
const PACE: Variables = {
  SLOT_SECONDS: String(SLOT_SECONDS),
  HEARTBEAT_INTERVAL: "1s",
  CHAIN_POLL: "500ms",
  HEARTBEAT_FRESH_BLOCKS: "200",
  ROUND_TIMEOUT: "2s",
  SEALING_TIMEOUT: "8s",
  SUBMISSION_STAGE: "2s",
};

/** Oracles that administer a broker with dynamic security: the first ones. */
const ADMINISTRATORS = 2;
/** The oracle whose key is not on its machine. */
const REMOTELY_SIGNED = 2;

/** Chain, contracts, licences and broker stand; the keepers are the test's to start, each in a process of its own. */
export interface World {
  readonly protocol: Protocol;
  readonly mosquitto: Mosquitto;
  readonly licences: Licences;
  /** All licences, ascending by deed: the links of every epoch. */
  readonly links: readonly Licence[];
  /** In the order of their addresses. */
  readonly oracles: readonly OracleProcess[];
  readonly spectator: Spectator;
  /** Starts the foundation's and the operator's edge node; resolves when an oracle let them in and they beat. */
  startNodes(): Promise<readonly [KeeperProcess, KeeperProcess]>;
  /** Order in which the oracles lead the rounds of an epoch. */
  leadersOf(epoch: bigint, unreliable?: readonly OracleProcess[]): OracleProcess[];
  /** The first epoch that has not begun. */
  nextEpoch(): Promise<bigint>;
  /** Resolves when a block of the chain is that close (in seconds) to the end of the epoch. */
  nearEndOf(epoch: bigint, seconds: number): Promise<void>;
  /** Every commit so far, in order of blocks. */
  commits(): Promise<Commit[]>;
  /** Folders in which the keepers keep their state. */
  readonly dataFolders: readonly string[];
  /** What nobody may see who is not meant to, by name. */
  secrets(): Readonly<Record<string, string>>;
  /** Everything that the keepers wrote. */
  outputs(): string;
  /** What all the keepers wrote last, for whoever has to find out what went wrong. */
  tails(): string;
  /** Ends everything. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /**
   * Mosquitto with dynamic security, which the first two oracles administer; the others bring their credentials to them. All
   * processes are in production: with keys in encrypted files, one oracle's with a remote signer, and passwords in files; and they
   * log all they can. Default: a broker that lets everybody in, and keys in the environment.
   */
  readonly dynamicSecurity?: boolean;
}

/** Rejects after having closed what was open. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await open(options, (closer) => closers.push(closer))), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { dynamicSecurity = false }: WorldOptions,
  onClose: (closer: () => Promise<unknown>) => void,
): Promise<Omit<World, "close">> {
  const folder = await mkdtemp(join(tmpdir(), "r1-oracles-"));
  onClose(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const mosquitto = await startMosquitto({ dynamicSecurity });
  onClose(() => mosquitto.stop());
  const ports = await choosePorts(0);
  const chain = await startChain(ports.chain);
  onClose(() => chain.close());
  const genesis = Math.ceil(Date.now() / 1_000) + LEAD_SECONDS;
  const deployment = await deployDevelopment(chain.connection, { genesis, epochDuration: EPOCH_SECONDS });
  const protocol = connectProtocol(deployment, chain.url);
  onClose(async () => protocol.provider.destroy());
  const licences = await issueLicences(protocol);
  const path = join(folder, "deployment.json");
  await writeFile(path, JSON.stringify(deployment));
  const files = new KeyFiles(join(folder, "keys"));
  const signer = new SignerService(licences.oracles[REMOTELY_SIGNED]!.node.privateKey);
  const signerUrl = await signer.listen();
  onClose(() => signer.close());
  const urls = ports.oracles.map((port) => `http://127.0.0.1:${port}`);
  const common = { RPC_URL: chain.url, DEPLOYMENT: path, ORACLE_URLS: urls.join(",") };
  const oracles = licences.oracles.map(oracleOf);
  onClose(() => Promise.all(oracles.map((oracle) => oracle.kill())));
  const nodes: KeeperProcess[] = [];
  onClose(() => Promise.all(nodes.map((node) => node.end("SIGKILL"))));
  const context = { chainId: protocol.chainId, ledger: addressOf(deployment, "EpochLedger") };
  const spectator = await Spectator.join(mosquitto.url, context, dynamicSecurity ? mosquitto.admin : {});
  onClose(() => spectator.close());

  function oracleOf(licence: Licence, index: number): OracleProcess {
    return new OracleProcess(addressOfNode(licence), {
      ...common,
      ...PACE,
      ...(dynamicSecurity ? { ...brokerVariables(mosquitto, files, index, urls), LOG_LEVEL: "trace" } : {}),
      ...(dynamicSecurity ? safeKey(licence, index) : { ORACLE_PRIVATE_KEY: licence.node.privateKey }),
      BROKER_URL: mosquitto.url,
      API_PORT: String(ports.oracles[index]),
      DATA_DIR: join(folder, `oracle-${index}`),
    });
  }

  /** Held by a remote signer, or in a file. */
  function safeKey({ node }: Licence, index: number): Variables {
    if (index !== REMOTELY_SIGNED) return files.keystore("ORACLE", node);
    return { R1_ENV: "production", ORACLE_SIGNER_URL: signerUrl, ORACLE_SIGNER_ADDRESS: node.address };
  }

  const startNode = async ({ node, owner }: Licence): Promise<KeeperProcess> => {
    const started = new KeeperProcess("node", {
      ...common,
      ...(dynamicSecurity ? files.keystore("NODE", node) : { NODE_PRIVATE_KEY: node.privateKey }),
      ...(dynamicSecurity ? { LOG_LEVEL: "trace" } : {}),
      OPERATOR_ADDRESS: owner.address,
      BLOCK_REFRESH: "1s",
      DATA_DIR: join(folder, `node-${node.address}`),
    });
    nodes.push(started);
    await started.wrote(/heartbeats are going out/);
    return started;
  };
  const startNodes = () => Promise.all([startNode(licences.foundation), startNode(licences.operator)] as const);
  const nearEndOf = async (epoch: bigint, seconds: number): Promise<void> => {
    const end = genesis + EPOCH_SECONDS * (Number(epoch) + 1);
    const limitMs = Math.max(0, end * 1_000 - Date.now()) + 30_000;
    await until(
      `the end of epoch ${epoch}`,
      limitMs,
      async () => (await chainTime(protocol.provider)) >= end - seconds,
    );
  };
  return {
    ...{ protocol, mosquitto, licences, oracles, spectator, startNodes, nearEndOf },
    links: [...licences.oracles, licences.operator, licences.foundation].sort((a, b) => (a.deed < b.deed ? -1 : 1)),
    leadersOf: (epoch, unreliable = []) => leadersOf(context, oracles, epoch, unreliable),
    nextEpoch: async () => {
      const now = await chainTime(protocol.provider);
      return BigInt(Math.max(0, Math.floor((now - genesis) / EPOCH_SECONDS) + 1));
    },
    commits: () => readCommits(protocol),
    dataFolders: [...licences.oracles.keys()].map((index) => join(folder, `oracle-${index}`)),
    secrets: () => ({ ...files.secrets, "key at the signer": licences.oracles[REMOTELY_SIGNED]!.node.privateKey }),
    outputs: () => [...oracles, ...nodes].map(({ output }) => output).join("\n"),
    tails: () => [...oracles, ...nodes].map(({ tail }) => tail).join("\n"),
  };
}

/** How the oracle number `index` gets its credentials known to the broker. */
function brokerVariables({ admin }: Mosquitto, files: KeyFiles, index: number, urls: readonly string[]): Variables {
  if (index >= ADMINISTRATORS) return { BROKER_ADMIN_URLS: urls.slice(0, ADMINISTRATORS).join(",") };
  const password = files.secret("BROKER_ADMIN_PASSWORD", admin.password, String(index));
  return { BROKER_ADMIN_USERNAME: admin.username, ...password };
}

function leadersOf(
  context: OracleContext,
  oracles: readonly OracleProcess[],
  epoch: bigint,
  unreliable: readonly OracleProcess[],
): OracleProcess[] {
  const addresses = oracles.map(({ address }) => address);
  const last = new Set(unreliable.map(({ address }) => address));
  const order = leaderOrder({ ...context, epoch, oracles: addresses, unreliable: last });
  return order.map((leader) => oracles.find(({ address }) => address === leader)!);
}

async function readCommits({ contracts: { epochLedger } }: Protocol): Promise<Commit[]> {
  const events = await epochLedger.queryFilter(epochLedger.filters.EpochCommitted(), 0);
  return events.map(({ args, transactionHash }) => {
    const { epoch, root, previousRoot, dataHash, leafCount } = args;
    return { epoch, root, previousRoot, dataHash, leafCount, transactionHash };
  });
}
