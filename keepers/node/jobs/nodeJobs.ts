import { join } from "node:path";
import { ContainerAgent, type ContainerAgentOptions, defaultAgentOptions } from "../../containers/agent/agent.js";
import type { Probes } from "../../containers/agent/probes.js";
import type { ContainerEngine } from "../../containers/engine.js";
import type { Clock } from "../../core/clock.js";
import type { Disk } from "../../core/disk.js";
import { endsWithin } from "../../core/endsWithin.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { Advertiser, defaultAdvertiserOptions } from "../../heartbeat/advertiser.js";
import type { HeartbeatBus, Work } from "../../heartbeat/heartbeatSender.js";
import { UNKNOWN_COUNTRY } from "../../protocol/advertisement.js";
import type { Address } from "../../protocol/bytes.js";
import type { DeedId } from "../../protocol/deedId.js";
import { commandTopic } from "../../protocol/nodeCommand.js";
import type { SigningKey } from "../../protocol/signing.js";
import type { MessageHandler } from "../../transport/messageBus.js";
import type { WorkQueue } from "../../queue/workQueue.js";
import type { Fetch } from "../httpJson.js";
import type { Offer } from "./admission.js";
import { CommandDesk } from "./commandDesk.js";
import { CommandStore } from "./commandStore.js";
import { DeeployClient } from "./deeployClient.js";
import type { Front } from "./front.js";
import { JobDesk } from "./jobDesk.js";
import { type Launch, openLaunches } from "./launches.js";
import { Seats } from "./seats.js";
import { SpecShelf } from "./specShelf.js";
import type { AssignedJob, JobChain } from "./types.js";

export interface NodeJobsOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  readonly dataDir: string;
  /** What the node has for jobs in all. */
  readonly offer: Offer;
  /** ISO 3166-1, two capital letters; undefined when the node does not say. */
  readonly country?: string | undefined;
  readonly tags: readonly string[];
  /** Where specifications and secrets are asked for. */
  readonly deeployUrls: readonly string[];
  /** Milliseconds for one answer over HTTP. */
  readonly timeoutMs: number;
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number;
  /** Whether everything that runs ends with the node; otherwise it goes on, and is found again. Default false. */
  readonly endsWithNode?: boolean;
  /** Where launches wait for their turn; default: in this process. */
  readonly redisUrl?: string | undefined;
  readonly agent?: Partial<Omit<ContainerAgentOptions, "capacity">>;
}

export interface NodeJobsModules {
  readonly engine: ContainerEngine;
  readonly chain: JobChain;
  readonly key: SigningKey;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly fetch?: Fetch;
  readonly probes?: Probes;
  /** How jobs are reached from outside; default: not at all. Started and closed with the jobs. */
  readonly front?: Pick<Front, "start" | "url" | "publish" | "withdraw" | "close"> | undefined;
}

/** What jobs need of the node around them. */
export interface JobHost {
  /** The deed that the node works for, and the running epoch; undefined while it may not work. */
  readonly standing: () => { readonly deed: DeedId; readonly epoch: bigint } | undefined;
  readonly hear: (filter: string, handler: MessageHandler) => void;
  readonly bus: HeartbeatBus;
}

const drainMs = 25_000;
const auditMs = 300_000;
const overlap = 32;
const range = 5_000;
const loadBackoff = { baseMs: 1_000, maximumMs: 60_000 };
const commandCapacity = 10_000;
const parallelCommands = 16;

/** The paid part of a node: what the chain assigns to its deed runs, is told in heartbeats, and obeys its owner's commands. */
export class NodeJobs {
  readonly #options: NodeJobsOptions;
  readonly #modules: NodeJobsModules;
  readonly #agent: ContainerAgent;
  #launches: WorkQueue<Launch> | undefined;
  #desk: JobDesk | undefined;
  #seats: Seats | undefined;
  #commands: CommandDesk | undefined;
  #advertiser: Advertiser | undefined;
  #isClosed = false;

  constructor(options: NodeJobsOptions, modules: NodeJobsModules) {
    this.#options = options;
    this.#modules = modules;
    this.#agent = new ContainerAgent(
      { ...defaultAgentOptions, ...options.agent, capacity: options.offer },
      { ...modules, publisher: modules.front },
    );
  }

  /** What heartbeats say. */
  work(): Work {
    return { load: this.#agent.load, containers: this.#desk?.reports() ?? [] };
  }

  /** Begins to follow the chain and the engine. Rejects when a file of it cannot be read, or the gateway cannot listen. */
  async start(host: JobHost): Promise<void> {
    const { key, disk, logger } = this.#modules;
    const { chainId, dataDir } = this.#options;
    await disk.makeDirectory(dataDir);
    const store = await CommandStore.open({ path: this.#path("commands"), capacity: commandCapacity }, this.#modules);
    const { redisUrl } = this.#options;
    const launches = await openLaunches({ node: key.address, redisUrl }, this.#modules);
    this.#launches = launches;
    const isClosed = (): boolean => this.#isClosed;
    if (isClosed()) return launches.close();
    const desk = this.#openDesk(store, launches);
    this.#desk = desk;
    this.#seats = this.#openSeats(host, desk, store);
    const commands = this.#openCommands(host, desk, store);
    this.#commands = commands;
    await this.#modules.front?.start(() => this.#advertiser?.changed());
    this.#agent.start();
    host.hear(commandTopic(chainId, key.address), (_topic, payload) => void commands.receive(payload.slice()));
    logger.info("jobs are followed", { offer: this.#options.offer, deeploy: this.#options.deeployUrls });
    await this.#seats.start();
    if (isClosed()) return;
    this.#advertiser = this.#openAdvertiser(host);
    this.#advertiser.start();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#advertiser?.close();
    this.#seats?.close();
    this.#commands?.close();
    this.#desk?.close();
    await this.#launches?.close();
    if (this.#options.endsWithNode === true) await this.#drain();
    this.#agent.close();
    await this.#modules.front?.close();
    await this.#modules.engine.close();
  }

  /** What ends too slowly is found by the next process. */
  async #drain(): Promise<void> {
    const { clock, logger } = this.#modules;
    if (await endsWithin(this.#agent.drain(), drainMs, clock)) return;
    logger.warn("containers did not all end in time; they are taken away at the next start", { drainMs });
  }

  #openDesk(store: CommandStore, launches: WorkQueue<Launch>): JobDesk {
    const { fetch, chain } = this.#modules;
    const { chainId, deeployUrls: urls, timeoutMs, offer } = this.#options;
    const domain = { chainId, verifyingContract: chain.jobEscrow };
    const http = fetch === undefined ? {} : { fetch };
    const deeploy = new DeeployClient({ urls, timeoutMs, domain }, { ...this.#modules, ...http });
    const specs = new SpecShelf({ directory: join(this.#options.dataDir, "specs") }, { ...this.#modules, deeploy });
    const isStopped = (jobId: bigint): boolean => store.isStopped(jobId);
    return new JobDesk(
      { offer, backoff: loadBackoff },
      { ...this.#modules, agent: this.#agent, specs, deeploy, launches, isStopped },
    );
  }

  #openSeats(host: JobHost, desk: JobDesk, store: CommandStore): Seats {
    const { logger } = this.#modules;
    const onChange = (jobs: readonly AssignedJob[]): void => {
      const deed = host.standing()?.deed;
      if (deed === undefined) return;
      desk.setAssigned(jobs, deed);
      this.#advertiser?.changed();
      store.keepOnly(new Set(jobs.map(({ jobId }) => jobId))).catch((error: unknown) => {
        logger.warn("which jobs are stopped could not be written down", { error: describeError(error) });
      });
    };
    const { pollMs } = this.#options;
    const standing = (): ReturnType<JobHost["standing"]> => host.standing();
    return new Seats(
      { pollMs, auditMs, overlap, range, path: this.#path("jobs") },
      { ...this.#modules, standing, onChange },
    );
  }

  /** A node that may not work, or whose engine is away, offers nothing. */
  #openAdvertiser({ bus, standing }: JobHost): Advertiser {
    const { chainId, nodeRegistry, country = UNKNOWN_COUNTRY, tags } = this.#options;
    const { front } = this.#modules;
    const profile = { capacity: this.#options.offer, country, tags };
    const offer = (): ReturnType<ConstructorParameters<typeof Advertiser>[1]["offer"]> =>
      this.#agent.isUp && standing() !== undefined
        ? { ...profile, load: this.#agent.load, gateway: front?.url ?? "" }
        : undefined;
    return new Advertiser({ ...defaultAdvertiserOptions, chainId, nodeRegistry }, { ...this.#modules, bus, offer });
  }

  #openCommands(host: JobHost, jobs: JobDesk, store: CommandStore): CommandDesk {
    const { chain, key } = this.#modules;
    const domain = { chainId: this.#options.chainId, verifyingContract: chain.jobEscrow };
    const publish: HeartbeatBus["publish"] = (topic, payload) => host.bus.publish(topic, payload);
    return new CommandDesk(
      { domain, node: key.address, parallel: parallelCommands },
      { ...this.#modules, agent: this.#agent, jobs, store, publish },
    );
  }

  #path(name: string): string {
    return join(this.#options.dataDir, `${name}-${this.#modules.key.address}.json`);
  }
}
