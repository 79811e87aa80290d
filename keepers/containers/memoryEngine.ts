import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type {
  CommandResult,
  ContainerEngine,
  ContainerExit,
  ContainerId,
  ContainerIdentity,
  ContainerState,
  ContainerStatus,
  EngineContainer,
  EngineErrorCode,
  EngineEvent,
  EngineInfo,
  ExitReason,
  ImageId,
  ListedContainer,
  LogLine,
  LogOptions,
  PullOptions,
} from "./engine.js";
import { MemoryFeed } from "./memoryFeed.js";

/** What containers of an image do. */
export interface MemoryImage {
  /** Called when a container of it was started; it may log and exit. */
  readonly onStart?: (container: EngineContainer, id: ContainerId) => void;
  /** What a command run in it gives. Default: code 0 and no output. */
  readonly onRun?: (command: readonly string[], container: EngineContainer) => CommandResult | Promise<CommandResult>;
  /** It takes as long to stop as it is given, and is killed. Default false. */
  readonly ignoresStop?: boolean;
  /** What pulling it fails with; it is not here then. */
  readonly failure?: "IMAGE_NOT_FOUND" | "IMAGE_DENIED" | "REGISTRY_UNREACHABLE";
}

interface Held {
  readonly id: ContainerId;
  readonly spec: EngineContainer;
  readonly lines: LogLine[];
  readonly following: MemoryFeed<LogLine | undefined>;
  state: ContainerState;
  startedAt: number | undefined;
  exit: ContainerExit | undefined;
  ports: ReadonlyMap<number, number>;
  diskMiB: number;
}

const FIRST_PORT = 32_768;
const MOST_PORTS = 16;
const TERMINATED = 143;
const KILLED = 137;
const RETRIABLE = new Set<EngineErrorCode>(["ENGINE_UNAVAILABLE", "REGISTRY_UNREACHABLE"]);
const INFO: EngineInfo = { version: "memory", cpus: 8, memoryMiB: 16_384, diskMiB: 102_400, gpus: 0 };

/**
 * A mock: an engine without containers, for tests and for networks where there is no Docker. It behaves as the real one does
 * to whoever uses it, and what its containers do is told by its images and by `exit`, `log` and `setAvailable`.
 */
export class MemoryEngine implements ContainerEngine {
  readonly #clock: Clock;
  readonly #info: EngineInfo;
  readonly #images = new Map<string, MemoryImage>();
  readonly #networks = new Set<string>();
  readonly #volumes = new Map<string, Map<string, number>>();
  readonly #containers = new Map<ContainerId, Held>();
  readonly #events = new MemoryFeed<EngineEvent>();
  #available = true;
  #made = 0;

  constructor(options: { readonly info?: Partial<EngineInfo> }, dependencies: { readonly clock: Clock }) {
    this.#clock = dependencies.clock;
    this.#info = { ...INFO, ...options.info };
  }

  /** An image that can be pulled. */
  addImage(name: string, image: MemoryImage = {}): void {
    this.#images.set(name, image);
  }

  /** Every operation fails with ENGINE_UNAVAILABLE while it is not; all containers are ended, as by a daemon that stops. */
  setAvailable(available: boolean): void {
    if (this.#available === available) return;
    if (!available) for (const held of this.#containers.values()) this.#end(held, KILLED, "ended");
    this.#available = available;
    if (available) this.#events.push({ type: "resumed" });
  }

  /** The container's process ends. */
  exit(id: ContainerId, code: number, reason: ExitReason = "ended"): void {
    this.#end(this.#existing(id), code, reason);
  }

  log(id: ContainerId, text: string, stream: LogLine["stream"] = "stdout"): void {
    const held = this.#existing(id);
    const line = { at: this.#clock.now(), stream, text };
    held.lines.push(line);
    held.following.push(line);
  }

  setDisk(id: ContainerId, diskMiB: number): void {
    const held = this.#existing(id);
    held.diskMiB = diskMiB;
    if (diskMiB > held.spec.diskMiB) this.#end(held, KILLED, "disk-full");
  }

  /** Where its ports are, for tests that listen there themselves; otherwise nobody does. Until it is started again. */
  setPorts(id: ContainerId, ports: ReadonlyMap<number, number>): void {
    this.#existing(id).ports = ports;
  }

  /** As it was created. */
  specOf(id: ContainerId): EngineContainer {
    return this.#existing(id).spec;
  }

  async ping(): Promise<EngineInfo> {
    await this.#reach();
    return this.#info;
  }

  async pull(image: string, { policy, signal }: PullOptions): Promise<ImageId> {
    signal.throwIfAborted();
    await this.#reach();
    const failure = this.#images.get(image)?.failure;
    if (!this.#images.has(image)) throw failed("IMAGE_NOT_FOUND", `there is no image ${image}`);
    if (failure !== undefined) {
      throw failed(policy === "never" ? "IMAGE_NOT_FOUND" : failure, `image ${image} cannot be pulled`);
    }
    return image;
  }

  async ensureNetwork(job: string): Promise<void> {
    await this.#reach();
    this.#networks.add(job);
  }

  async removeNetwork(job: string): Promise<void> {
    await this.#reach();
    // Only what runs holds on to a network.
    const busy = this.#ofJob(job).some(({ state }) => state === "running");
    if (this.#networks.has(job) && busy) throw failed("NETWORK_IN_USE", `containers of job ${job} run`);
    this.#networks.delete(job);
  }

  async ensureVolume(job: string, name: string, sizeMiB: number): Promise<void> {
    await this.#reach();
    const volumes = this.#volumes.get(job) ?? new Map<string, number>();
    const actual = volumes.get(name) ?? sizeMiB;
    if (actual !== sizeMiB) throw failed("VOLUME_SIZE_FIXED", `volume ${name} of job ${job} has ${actual} MiB`);
    this.#volumes.set(job, volumes.set(name, sizeMiB));
  }

  async removeVolumes(job: string): Promise<void> {
    await this.#reach();
    const busy = this.#ofJob(job).some(({ spec }) => spec.volumes.length > 0);
    if (busy) throw failed("VOLUME_IN_USE", `containers of job ${job} are left`);
    this.#volumes.delete(job);
  }

  async create(spec: EngineContainer): Promise<ContainerId> {
    await this.#reach();
    this.#check(spec);
    this.#made += 1;
    const id = this.#made.toString(16).padStart(64, "0");
    const following = new MemoryFeed<LogLine | undefined>();
    const fresh: Omit<Held, "id" | "spec" | "lines" | "following"> = {
      state: "created",
      startedAt: undefined,
      exit: undefined,
      ports: new Map<number, number>(),
      diskMiB: 0,
    };
    this.#containers.set(id, { id, spec, lines: [], following, ...fresh });
    return id;
  }

  async start(id: ContainerId): Promise<void> {
    await this.#reach();
    const held = this.#existing(id);
    if (held.state === "running") return;
    held.state = "running";
    held.startedAt = this.#clock.now();
    held.exit = undefined;
    held.ports = new Map(held.spec.publish.map((port, index) => [port, this.#portOf(held, index)]));
    this.#events.push({ ...identityOf(held.spec), type: "started", id });
    this.#images.get(held.spec.image)?.onStart?.(held.spec, id);
  }

  async stop(id: ContainerId, seconds: number): Promise<void> {
    await this.#reach();
    const held = this.#containers.get(id);
    if (held?.state !== "running") return;
    const ignores = this.#images.get(held.spec.image)?.ignoresStop === true;
    if (ignores) await this.#clock.sleep(seconds * 1_000);
    this.#end(held, ignores ? KILLED : TERMINATED, "ended");
  }

  async remove(id: ContainerId): Promise<void> {
    await this.#reach();
    const held = this.#containers.get(id);
    if (held === undefined) return;
    this.#end(held, KILLED, "ended");
    this.#containers.delete(id);
  }

  async list(): Promise<readonly ListedContainer[]> {
    await this.#reach();
    return [...this.#containers.values()].map(({ id, spec, state }) => ({ ...identityOf(spec), id, state }));
  }

  async inspect(id: ContainerId): Promise<ContainerStatus | undefined> {
    await this.#reach();
    const held = this.#containers.get(id);
    if (held === undefined) return undefined;
    const { spec, state, startedAt, exit, ports, diskMiB } = held;
    const running = state === "running";
    const reachable = {
      ports: running ? ports : new Map<number, number>(),
      address: running ? "127.0.0.1" : undefined,
    };
    return { ...identityOf(spec), id, state, startedAt, exit, ...reachable, diskMiB };
  }

  async run(id: ContainerId, command: readonly string[], _timeoutMs: number): Promise<CommandResult> {
    await this.#reach();
    const { spec, state } = this.#existing(id);
    if (state !== "running") throw failed("CONTAINER_NOT_RUNNING", `container ${id} does not run`);
    return (await this.#images.get(spec.image)?.onRun?.(command, spec)) ?? { code: 0, output: "" };
  }

  async *logs(id: ContainerId, { tail, since = 0, follow = false, signal }: LogOptions): AsyncGenerator<LogLine> {
    await this.#reach();
    const held = this.#existing(id);
    const later = follow && held.state !== "exited" ? held.following.subscribe(signal) : [];
    const past = held.lines.filter(({ at }) => at >= since);
    yield* tail === 0 ? [] : past.slice(-tail);
    for await (const line of later) {
      if (line === undefined) return;
      yield line;
    }
  }

  async *events(signal: AbortSignal): AsyncGenerator<EngineEvent> {
    const later = this.#events.subscribe(signal);
    if (this.#available && !signal.aborted) yield { type: "resumed" };
    yield* later;
  }

  close(): Promise<void> {
    this.#events.end();
    for (const { following } of this.#containers.values()) following.end();
    return Promise.resolve();
  }

  async #reach(): Promise<void> {
    await Promise.resolve();
    if (!this.#available) throw failed("ENGINE_UNAVAILABLE", "the engine in memory was made unavailable");
  }

  #existing(id: ContainerId): Held {
    const held = this.#containers.get(id);
    if (held === undefined) throw failed("CONTAINER_NOT_FOUND", `this node has no container ${id}`);
    return held;
  }

  #ofJob(job: string): Held[] {
    return [...this.#containers.values()].filter(({ spec }) => spec.job === job);
  }

  #check(spec: EngineContainer): void {
    const name = `${spec.container} of job ${spec.job}`;
    const same = ({ container, generation }: EngineContainer): boolean =>
      container === spec.container && generation === spec.generation;
    const volumes = this.#volumes.get(spec.job);
    if (!this.#images.has(spec.image))
      throw failed("IMAGE_NOT_FOUND", `image ${spec.image} is not here: pull it first`);
    if (this.#ofJob(spec.job).some((held) => same(held.spec)))
      throw failed("CONTAINER_EXISTS", `${name} is there already`);
    if (spec.milliCpu > this.#info.cpus * 1_000)
      throw failed("CONTAINER_REFUSED", `${name} wants more CPUs than there are`);
    if (spec.volumes.some((volume) => volumes?.has(volume.name) !== true)) {
      throw failed("CONTAINER_REFUSED", `${name} has a volume that is not there`);
    }
  }

  #portOf({ id }: Held, index: number): number {
    return FIRST_PORT + Number.parseInt(id, 16) * MOST_PORTS + index;
  }

  #end(held: Held, code: number, reason: ExitReason): void {
    if (held.state !== "running") return;
    held.state = "exited";
    held.exit = { code, reason, at: this.#clock.now() };
    held.following.push(undefined);
    this.#events.push({ ...identityOf(held.spec), type: "exited", id: held.id, code });
  }
}

function identityOf({ job, container, specHash, generation }: ContainerIdentity): ContainerIdentity {
  return { job, container, specHash, generation };
}

function failed(code: EngineErrorCode, message: string): KeeperError {
  return new KeeperError(code, message, { retriable: RETRIABLE.has(code) });
}
