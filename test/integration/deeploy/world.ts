import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { id, Wallet } from "ethers";
import { ChainFollower, defaultChainFollowerOptions } from "../../../keepers/chain/chainFollower.js";
import { connectContracts } from "../../../keepers/chain/contracts.js";
import { addressOf, deploymentFrom } from "../../../keepers/chain/deployment.js";
import { defaultRpcReaderOptions, RpcReader } from "../../../keepers/chain/rpcReader.js";
import { SystemClock } from "../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { ContractReader } from "../../../keepers/deeploy/chain/contractReader.js";
import { SendingDelegate } from "../../../keepers/deeploy/chain/delegateAccount.js";
import { Deeploy } from "../../../keepers/deeploy/deeploy.js";
import { EncryptionKey } from "../../../keepers/deeploy/encryptionKey.js";
import { DeeployClient } from "../../../keepers/node/jobs/deeployClient.js";
import { signAdvertisement } from "../../../keepers/protocol/advertisement.js";
import { advertisementTopic } from "../../../keepers/protocol/advertisement.js";
import { decodeJobSpec, type JobSpec } from "../../../keepers/protocol/jobSpec.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { deeployRequestDigest } from "../../../keepers/protocol/deeployRequest.js";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";
import { ContainerState, heartbeatTopic, signHeartbeat } from "../../../keepers/protocol/heartbeat.js";
import { answerTopic, commandTopic, decodeCommand, encodeAnswer } from "../../../keepers/protocol/nodeCommand.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { type MemoryBus, MemoryHub } from "../../../keepers/transport/memoryBus.js";
import { type JobWorld, loadJobWorld, signAssignment } from "../../helpers/jobWorld.js";
import { ethers, networkHelpers } from "../../helpers/protocol.js";

const serviceKey = id("the service's account");
const limits = { maximumPayloadBytes: 64 * 1024, outgoingLimit: 1_000 };

/** A Deeploy service on the real contracts, with nodes that do what nodes do but run containers. */
export async function openWorld() {
  const jobs = await loadJobWorld();
  const clock = new SystemClock();
  const hub = new MemoryHub(limits, { clock });
  const deployment = await deploymentOf(jobs);
  const domain = { chainId: jobs.chainId, verifyingContract: addressOf(deployment, "JobEscrow") };
  const service = await startDeeploy(jobs, hub, clock);
  const nodes: FakeNode[] = [];
  return {
    ...{
      jobs,
      hub,
      clock,
      domain,
      url: service.url,
      disk: service.disk,
      entries: service.entries,
      account: new Wallet(serviceKey).address,
    },
    /** What the oracles do: gives the job to these deeds, whose nodes begin to serve it. */
    async assign(jobId: bigint, joining: number[]): Promise<void> {
      const assignment = { jobId, sequence: 0, leaving: [], joining, deadline: 2n ** 40n };
      await jobs.protocol.escrow.assign(assignment, signAssignment(jobs, assignment));
      for (const tokenId of joining) {
        const node = new FakeNode(tokenId, {
          jobs,
          domain,
          bus: hub.connect(`node ${tokenId}`),
          clock,
          url: service.url,
        });
        nodes.push(node);
        await node.serve(jobId, addressOf(deployment, "NodeRegistry"));
      }
    },
    nodes: nodes as readonly FakeNode[],
    async close(): Promise<void> {
      for (const node of nodes) await node.close();
      await service.close();
    },
  };
}

export type DeeployChainWorld = Awaited<ReturnType<typeof openWorld>>;

export async function deploymentOf({ protocol, chainId }: JobWorld) {
  const { r1, nodeDeed, masterDeed, genesisDeed, sale, operators, nodes, oracles, ledger, rewards, manager } = protocol;
  const contracts = {
    ...{ AccessManager: manager, R1: r1, NodeDeed: nodeDeed, MasterNodeDeed: masterDeed, GenesisNodeDeed: genesisDeed },
    ...{ NodeDeedSale: sale, OperatorRegistry: operators, NodeRegistry: nodes, OracleRegistry: oracles },
    ...{ EpochLedger: ledger, AvailabilityRewards: rewards },
    ...{ ResourceCatalog: protocol.catalog, JobEscrow: protocol.escrow },
  };
  const pools = ["LiquidityPool", "ExpensesPool", "MarketingPool", "GrantsPool", "SocialResponsibilityPool"];
  const addresses = [
    ...Object.entries(contracts).map(([name, { target }]) => [name, target as string] as const),
    ...protocol.pools.map(({ target }, index) => [pools[index]!, target as string] as const),
  ];
  return deploymentFrom(Number(chainId), Object.fromEntries(addresses));
}

async function startDeeploy(jobs: JobWorld, hub: MemoryHub, clock: SystemClock) {
  const { logger, entries } = memoryLogger(clock);
  const random = new SeededRandom(1);
  const deployment = await deploymentOf(jobs);
  const client = ethers.provider;
  const { ledger } = jobs.protocol;
  const reader = new RpcReader({ deployment, ...defaultRpcReaderOptions }, { client, clock, random, logger });
  const options = { ...defaultChainFollowerOptions, fromBlock: 0, pollMs: 50 };
  const follower = new ChainFollower(options, { reader, clock, random, logger });
  const contracts = connectContracts(deployment, ethers.provider);
  const key = new SigningKey(serviceKey);
  const disk = new MemoryDisk();
  const [genesis, duration] = await Promise.all([ledger.GENESIS(), ledger.EPOCH_DURATION()]);
  const signer = new Wallet(serviceKey, ethers.provider);
  await networkHelpers.setBalance(signer.address, 10n ** 18n);
  const sender = {
    send: async (_label: string, call: { to: string; data: string }) => {
      const sent = await signer.sendTransaction(call);
      const { hash: transactionHash, blockNumber } = (await sent.wait())!;
      return { transactionHash, blockNumber };
    },
  };
  const deeploy = new Deeploy(
    {
      chainId: jobs.chainId,
      escrow: addressOf(deployment, "JobEscrow"),
      catalog: addressOf(deployment, "ResourceCatalog"),
      token: addressOf(deployment, "R1"),
      nodeRegistry: addressOf(deployment, "NodeRegistry"),
      epochClock: new EpochClock({ genesis: Number(genesis), duration: Number(duration), slotSeconds: 1 }),
      dataDir: "data",
      api: { host: "127.0.0.1", port: 0, trustProxy: false },
      storedJobs: 100,
      requests: { perAddress: 100_000, perAccount: 100_000 },
    },
    {
      ...{ key, follower, disk, clock, logger, encryption: new EncryptionKey(key), bus: hub.connect("deeploy") },
      chain: new ContractReader({ contracts, provider: ethers.provider }),
      delegate: new SendingDelegate({ address: key.address }, { sender: sender as never }),
    },
  );
  return { url: await deeploy.start(), disk, entries, close: () => deeploy.close() };
}

interface NodeParts {
  readonly jobs: JobWorld;
  readonly domain: { readonly chainId: bigint; readonly verifyingContract: string };
  readonly bus: MemoryBus;
  readonly clock: SystemClock;
  readonly url: string;
}

/** Gets specification and secrets as a node does, says that it runs the job, answers over HTTP and tells of its log. */
class FakeNode {
  readonly #key: SigningKey;
  readonly #tokenId: number;
  readonly #parts: NodeParts;
  #server: Server | undefined;
  spec: JobSpec | undefined;
  secrets: Record<string, string> = {};
  readonly commands: string[] = [];

  constructor(tokenId: number, parts: NodeParts) {
    this.#tokenId = tokenId;
    this.#parts = parts;
    this.#key = new SigningKey(id(`node of ${deedId(DeedKind.NODE, BigInt(tokenId)).toString()}`));
  }

  async serve(jobId: bigint, nodeRegistry: string): Promise<void> {
    await this.#fetchJob(jobId);
    await this.#answerCommands();
    const { domain, bus, clock } = this.#parts;
    const [chainId, node, time] = [domain.chainId, this.#key.address, BigInt(clock.now())];
    const offer = { milliCpu: 4_000, memoryMiB: 8_192, diskMiB: 65_536, gpus: 0 };
    const gateway = await this.#openGateway();
    const advert = { chainId, nodeRegistry, node, time, capacity: offer, load: 0, country: "RO", tags: [], gateway };
    await bus.publish(advertisementTopic(chainId, node), signAdvertisement(advert, this.#key), { qos: 1 });
    const assignment = serviceId(jobId, deedId(DeedKind.NODE, BigInt(this.#tokenId)));
    const beat = {
      ...{ chainId, nodeRegistry, node, sequence: time, time, blockNumber: 1n, blockHash: id("a block"), load: 0 },
      containers: [{ assignment, state: ContainerState.RUNNING }],
    };
    await bus.publish(heartbeatTopic(chainId, node), signHeartbeat(beat, this.#key), { qos: 1 });
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    await this.#parts.bus.close();
  }

  async #fetchJob(jobId: bigint): Promise<void> {
    const { domain, clock, url, jobs } = this.#parts;
    const client = new DeeployClient({ urls: [url], timeoutMs: 5_000, domain }, { key: this.#key, clock });
    const { signal } = new AbortController();
    const { specHash } = await jobs.protocol.escrow.jobOf(jobId);
    this.spec = decodeJobSpec(await client.specBytes(specHash, signal));
    // The service may not have read the assignment yet: a node tries again, as here.
    for (let tries = 0; this.spec.secretsHash !== undefined; tries += 1) {
      try {
        const values = await client.secrets(jobId, specHash, this.spec, signal);
        this.secrets = Object.fromEntries([...values].map(([name, value]) => [name, value.reveal()]));
        return;
      } catch (error) {
        if (tries === 50) throw error;
        await clock.sleep(50);
      }
    }
  }

  async #answerCommands(): Promise<void> {
    const { bus, domain, clock } = this.#parts;
    await bus.subscribe(commandTopic(domain.chainId, this.#key.address), (_topic, payload) => {
      const { request } = decodeCommand(payload);
      this.commands.push(`${request.method} ${request.path}`);
      const topic = answerTopic(domain.chainId, this.#key.address, deeployRequestDigest(domain, request));
      const line = {
        container: "hello",
        at: clock.now(),
        stream: "stdout",
        text: `ND ${this.#tokenId} says hello`,
      } as const;
      const lines = request.path.includes("/logs") ? { lines: [line] } : {};
      void bus.publish(topic, encodeAnswer({ index: 0, last: false, ...lines }), { qos: 1 });
      void bus.publish(topic, encodeAnswer({ index: 1, last: true }), { qos: 1 });
    });
  }

  async #openGateway(): Promise<string> {
    const server = createServer((_request, response) => response.end("hello"));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}
