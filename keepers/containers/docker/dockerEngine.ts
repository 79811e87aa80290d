import Docker, { type Container, type ContainerInspectInfo } from "dockerode";
import type { Clock } from "../../core/clock.js";
import { KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import type { BackoffOptions } from "../../core/retry.js";
import type { Address } from "../../protocol/bytes.js";
import type {
  CommandResult,
  ContainerEngine,
  ContainerId,
  ContainerStatus,
  EngineContainer,
  EngineErrorCode,
  EngineEvent,
  EngineInfo,
  ImageId,
  ListedContainer,
  LogLine,
  LogOptions,
  PullOptions,
} from "../engine.js";
import { cageOf } from "./cage.js";
import { DiskWatch } from "./diskWatch.js";
import { engineError, statusCode, translate, within } from "./errors.js";
import { eventFeed } from "./eventFeed.js";
import { Firewall } from "./firewall.js";
import { framesOf } from "./frames.js";
import { hostCommand, type HostCommand } from "./hostCommand.js";
import { Images } from "./images.js";
import { engineInfo } from "./info.js";
import { identityOf, isOf, labelFilter } from "./labels.js";
import { linesOf } from "./logLines.js";
import { LoopFiles } from "./loopFiles.js";
import { Networks } from "./networks.js";
import { runCommand } from "./runCommand.js";
import { stateOf, statusOf } from "./status.js";
import { Volumes } from "./volumes.js";

export interface DockerEngineOptions {
  /** Owner of everything that this engine makes; it sees nothing else. */
  readonly node: Address;
  /** For the file systems of sized volumes; this node's alone. */
  readonly volumesFolder: string;
  readonly socketPath?: string;
  /** Where published ports listen. Default 127.0.0.1: only the node's own gateway reaches them. */
  readonly hostAddress?: string;
  /** Addresses of containers, 32 for each job. Default 198.18.0.0/16, which no other network uses. */
  readonly addressPool?: string;
  /** For the log of one container. Default 10. */
  readonly logMiB?: number;
  /** Between two looks at what containers wrote. Default 5,000. */
  readonly diskWatchMs?: number;
  /** After this time a daemon that does not answer counts as away. Default 60,000. */
  readonly callLimitMs?: number;
  /** For registries that cannot be reached. Default 3 attempts, from 1 s on. */
  readonly pullAttempts?: number;
  readonly pullBackoff?: BackoffOptions;
  /** Between attempts to hear the daemon's events again. Default 0.2 … 5 s. */
  readonly eventBackoff?: BackoffOptions;
}

export interface DockerEngineDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Programs of the host that the daemon runs on. Default: of this host. */
  readonly host?: HostCommand;
}

const DEFAULTS = {
  socketPath: "/var/run/docker.sock",
  hostAddress: "127.0.0.1",
  addressPool: "198.18.0.0/16",
  logMiB: 10,
  diskWatchMs: 5_000,
  callLimitMs: 60_000,
  pullAttempts: 3,
  pullBackoff: { baseMs: 1_000, maximumMs: 10_000 },
  eventBackoff: { baseMs: 200, maximumMs: 5_000 },
} as const;

/** Containers of a Docker daemon, 20.10 or newer, reached by its socket. */
export class DockerEngine implements ContainerEngine {
  readonly #options: Required<DockerEngineOptions>;
  readonly #dependencies: DockerEngineDependencies & { readonly docker: Docker; readonly host: HostCommand };
  readonly #docker: Docker;
  readonly #images: Images;
  readonly #networks: Networks;
  readonly #volumes: Volumes;
  readonly #diskWatch: DiskWatch;
  readonly #closing = new AbortController();
  #guardProblem: string | undefined;

  constructor(options: DockerEngineOptions, dependencies: DockerEngineDependencies) {
    this.#options = { ...DEFAULTS, ...options };
    this.#docker = new Docker({ socketPath: this.#options.socketPath });
    const all = { host: hostCommand, ...dependencies, docker: this.#docker };
    this.#dependencies = all;
    const files = new LoopFiles({ folder: options.volumesFolder }, { run: all.host });
    this.#images = new Images(this.#options, all);
    this.#volumes = new Volumes(options, { ...all, files });
    this.#networks = new Networks(this.#options, {
      ...all,
      firewall: new Firewall({ run: all.host }),
      onProblem: (problem) => this.#warnUnguarded(problem),
    });
    this.#diskWatch = new DiskWatch(
      { node: options.node, everyMs: this.#options.diskWatchMs },
      { ...all, volumes: this.#volumes },
    );
  }

  ping(): Promise<EngineInfo> {
    return this.#call("say what it is", () => engineInfo(this.#docker, this.#dependencies.host));
  }

  pull(image: string, options: PullOptions): Promise<ImageId> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    return this.#images.pull(image, { ...options, signal });
  }

  ensureNetwork(job: string): Promise<void> {
    return this.#call(`make the network of job ${job}`, () => this.#networks.ensure(job));
  }

  removeNetwork(job: string): Promise<void> {
    return this.#call(`remove the network of job ${job}`, () => this.#networks.remove(job));
  }

  ensureVolume(job: string, name: string, sizeMiB: number): Promise<void> {
    return this.#call(`make volume ${name} of job ${job}`, () => this.#volumes.ensure(job, name, sizeMiB));
  }

  removeVolumes(job: string): Promise<void> {
    return this.#call(`remove the volumes of job ${job}`, () => this.#volumes.remove(job));
  }

  async create(container: EngineContainer): Promise<ContainerId> {
    const name = `${container.container} of job ${container.job}`;
    const codes = { 400: "CONTAINER_REFUSED", 404: "CONTAINER_REFUSED", 409: "CONTAINER_EXISTS" } as const;
    this.#diskWatch.start();
    const create = async (): Promise<ContainerId> => {
      const image = await this.#images.find(container.image);
      if (image === undefined)
        throw engineError("IMAGE_NOT_FOUND", `image ${container.image} is not here: pull it first`);
      const volumes = container.volumes.map(({ name: volume }) => volume);
      await this.#volumes.require(container.job, volumes);
      const cage = cageOf(container, { ...this.#options, declaredVolumes: image.declaredVolumes });
      return (await this.#docker.createContainer(cage)).id;
    };
    return this.#call(`make container ${name}`, create, codes);
  }

  async start(id: ContainerId): Promise<void> {
    const info = await this.#existing(id);
    if (info.State.Running) return;
    this.#diskWatch.start();
    const start = async (): Promise<void> => {
      await this.#volumes.attach(info.Mounts.flatMap(({ Name: name }) => name ?? []));
      await this.#container(id).start();
    };
    const codes = { 400: "CONTAINER_REFUSED", 404: "CONTAINER_NOT_FOUND", 500: "CONTAINER_REFUSED" } as const;
    await this.#call(`start ${describe(info)}`, start, codes);
  }

  async stop(id: ContainerId, seconds: number): Promise<void> {
    const info = await this.#own(id);
    if (info?.State.Running !== true) return;
    const limitMs = this.#options.callLimitMs + seconds * 1_000;
    const stop = (): Promise<unknown> => ignoring([304, 404], this.#container(id).stop({ t: seconds }));
    await this.#call(`stop ${describe(info)}`, stop, {}, limitMs);
  }

  async remove(id: ContainerId): Promise<void> {
    const info = await this.#own(id);
    if (info === undefined) return;
    const remove = (): Promise<unknown> => ignoring([404, 409], this.#container(id).remove({ force: true, v: true }));
    await this.#call(`remove ${describe(info)}`, remove);
  }

  async list(): Promise<readonly ListedContainer[]> {
    this.#diskWatch.start();
    const filters = labelFilter(this.#options.node);
    const found = await this.#call("list containers", () => this.#docker.listContainers({ all: true, filters }));
    const own = found.filter(({ Labels: labels }) => isOf(this.#options.node, labels));
    return own
      .map(({ Id: id, State: state, Labels: labels }) => ({ ...identityOf(labels), id, state: stateOf(state) }))
      .reverse();
  }

  async inspect(id: ContainerId): Promise<ContainerStatus | undefined> {
    const info = await this.#own(id);
    if (info === undefined) return undefined;
    // Measuring reads all that it wrote: for what runs the watch has done it.
    const ended = stateOf(info.State.Status) === "exited";
    return statusOf(info, ended ? await this.#measure(id) : this.#diskWatch.writtenBy(id));
  }

  async run(id: ContainerId, command: readonly string[], timeoutMs: number): Promise<CommandResult> {
    const info = await this.#existing(id);
    const what = `run a command in ${describe(info)}`;
    const codes = { 404: "CONTAINER_NOT_FOUND", 409: "CONTAINER_NOT_RUNNING" } as const;
    if (!info.State.Running) throw engineError("CONTAINER_NOT_RUNNING", `docker cannot ${what}: it does not run`);
    const limitMs = this.#options.callLimitMs + timeoutMs;
    const run = (): Promise<CommandResult> =>
      runCommand(this.#container(id), command, timeoutMs, this.#dependencies.clock);
    return this.#call(what, run, codes, limitMs);
  }

  async *logs(id: ContainerId, { tail, since, follow = false, signal }: LogOptions): AsyncGenerator<LogLine> {
    await this.#existing(id);
    const ended = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const from = since === undefined ? {} : { since: since / 1_000 };
    const wanted = { stdout: true, stderr: true, timestamps: true, tail, ...from, abortSignal: ended };
    try {
      const container = this.#container(id);
      const what = "give a log";
      const chunks = follow
        ? ((await this.#call(what, () => container.logs({ ...wanted, follow }))) as AsyncIterable<Buffer>)
        : once(await this.#call(what, () => container.logs({ ...wanted, follow: false })));
      yield* linesOf(framesOf(chunks));
    } catch (error) {
      if (!ended.aborted) throw translate(error, "give a log");
    }
  }

  events(signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const { node, eventBackoff: backoff } = this.#options;
    return eventFeed({ node, backoff }, AbortSignal.any([signal, this.#closing.signal]), this.#dependencies);
  }

  close(): Promise<void> {
    this.#closing.abort(new KeeperError("CLOSING", "the container engine is closing"));
    this.#diskWatch.close();
    return Promise.resolve();
  }

  #container(id: ContainerId): Container {
    return this.#docker.getContainer(id);
  }

  /** Undefined when there is none, and when it is somebody else's. */
  async #own(id: ContainerId): Promise<ContainerInspectInfo | undefined> {
    const inspect = (): Promise<ContainerInspectInfo | undefined> => ignoring([404], this.#container(id).inspect());
    const info = await this.#call("inspect a container", inspect);
    return isOf(this.#options.node, info?.Config.Labels) ? info : undefined;
  }

  async #existing(id: ContainerId): Promise<ContainerInspectInfo> {
    const info = await this.#own(id);
    if (info === undefined) throw engineError("CONTAINER_NOT_FOUND", `this node has no container ${id}`);
    return info;
  }

  /** Bytes that it wrote outside its volumes. */
  async #measure(id: ContainerId): Promise<number> {
    const filters = { id: [id] };
    const all = await this.#call("measure a container", () =>
      this.#docker.listContainers({ all: true, size: true, filters }),
    );
    return (all as readonly { SizeRw?: number }[])[0]?.SizeRw ?? 0;
  }

  async #call<T>(
    what: string,
    operation: () => Promise<T>,
    codes: Readonly<Record<number, EngineErrorCode>> = {},
    limitMs: number = this.#options.callLimitMs,
  ): Promise<T> {
    try {
      return await within(this.#dependencies.clock, limitMs, what, operation());
    } catch (error) {
      throw translate(error, what, codes);
    }
  }

  #warnUnguarded(problem: string): void {
    if (this.#guardProblem === problem) return;
    this.#guardProblem = problem;
    this.#dependencies.logger?.warn("containers can reach services of this host: its firewall cannot be set", {
      problem,
    });
  }
}

function describe({ Config: { Labels: labels } }: ContainerInspectInfo): string {
  const { job, container } = identityOf(labels);
  return `container ${container} of job ${job}`;
}

/** Undefined in place of failures with one of these HTTP states. */
async function ignoring<T>(states: readonly number[], operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (states.includes(statusCode(error) ?? 0)) return undefined;
    throw error;
  }
}

async function* once(chunk: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(chunk);
}
