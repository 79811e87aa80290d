import type { Cancel } from "../../../../keepers/core/clock.js";
import { KeeperError } from "../../../../keepers/core/errors.js";
import type { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import type {
  CommandResult,
  ContainerEngine,
  ContainerExit,
  ContainerStatus,
  EngineContainer,
  EngineErrorCode,
  EngineEvent,
  EngineInfo,
  LogLine,
  PullOptions,
} from "../../../../keepers/containers/engine.js";

/** How containers of an image behave: they end by themselves, or run on; `deaf` ones take all the time to end. */
export interface Behaviour {
  readonly endsAfterMs?: number;
  readonly code?: number;
  readonly reason?: ContainerExit["reason"];
  readonly isDeaf?: boolean;
}

interface Fake {
  readonly id: string;
  readonly made: EngineContainer;
  status: ContainerStatus;
  cancel: Cancel;
}

/** An engine whose every call can be made to fail, on a virtual clock; it keeps a journal of what was asked of it. */
export class FakeEngine implements ContainerEngine {
  readonly journal: string[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  /** Name of an image → what it points at now; an image that is not here cannot be pulled. */
  readonly images = new Map<string, string>();
  readonly networks = new Set<string>();
  readonly volumes = new Map<string, number>();
  readonly auths: PullOptions["auth"][] = [];
  isAway = false;
  /** Time that a list takes to arrive. */
  listMs = 0;
  /** Fails the next call of a kind. */
  readonly faults = new Map<string, EngineErrorCode>();
  commandResult: (command: readonly string[]) => CommandResult = () => ({ code: 0, output: "" });
  /** Seen after each start. */
  onStart: () => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #fakes = new Map<string, Fake>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  #next = 1;
  #nextPort = 40_000;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get all(): readonly ContainerStatus[] {
    return [...this.#fakes.values()].map(({ status }) => status);
  }

  get running(): readonly string[] {
    return this.all.filter(({ state }) => state === "running").map(({ job, container }) => `${job}/${container}`);
  }

  made(id: string): EngineContainer {
    return this.#fakes.get(id)!.made;
  }

  /** As if the container ended by itself. */
  crash(name: string, code = 1, reason: ContainerExit["reason"] = "ended"): void {
    const fake = [...this.#fakes.values()].findLast(
      ({ status }) => status.container === name && status.state === "running",
    )!;
    this.#end(fake, code, reason);
  }

  /** The daemon dies with all containers, and nobody hears of it. */
  loseEverything(code = 137): void {
    this.isAway = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const fake of this.#fakes.values()) if (fake.status.state === "running") this.#end(fake, code, "ended");
    for (const listener of listeners) this.#listeners.add(listener);
  }

  comeBack(): void {
    this.isAway = false;
    this.#tell({ type: "resumed" });
  }

  async ping(): Promise<EngineInfo> {
    this.#check("ping");
    return { version: "fake", cpus: 4, memoryMiB: 8_192, diskMiB: 100_000, gpus: 0 };
  }

  async pull(image: string, { policy, signal, auth }: PullOptions): Promise<string> {
    this.#check("pull", `${policy} ${image}`);
    await this.#clock.sleep(10, signal);
    this.auths.push(auth);
    const id = this.images.get(image);
    if (id === undefined) throw new KeeperError("IMAGE_NOT_FOUND", `there is no image ${image}`);
    return id;
  }

  async ensureNetwork(job: string): Promise<void> {
    this.#check("ensureNetwork", job);
    this.networks.add(job);
  }

  async removeNetwork(job: string): Promise<void> {
    this.#check("removeNetwork", job);
    this.networks.delete(job);
  }

  async ensureVolume(job: string, name: string, sizeMiB: number): Promise<void> {
    this.#check("ensureVolume", `${job}/${name}`);
    const known = this.volumes.get(`${job}/${name}`) ?? sizeMiB;
    if (known !== sizeMiB) throw new KeeperError("VOLUME_SIZE_FIXED", `volume ${name} has ${known} MiB`);
    this.volumes.set(`${job}/${name}`, sizeMiB);
  }

  async removeVolumes(job: string): Promise<void> {
    this.#check("removeVolumes", job);
    for (const name of this.volumes.keys()) if (name.startsWith(`${job}/`)) this.volumes.delete(name);
  }

  async create(made: EngineContainer): Promise<string> {
    this.#check("create", `${made.job}/${made.container}`);
    const { job, container, specHash, generation } = made;
    const twin = this.all.some(
      (one) => one.job === job && one.container === container && one.generation === generation,
    );
    if (twin) throw new KeeperError("CONTAINER_EXISTS", `${container} is there already`);
    if (!this.networks.has(job)) throw new KeeperError("CONTAINER_REFUSED", "there is no network");
    const id = `c${this.#next++}`;
    const rest = { startedAt: undefined, exit: undefined, ports: new Map(), address: undefined, diskMiB: 0 };
    const status: ContainerStatus = { id, job, container, specHash, generation, state: "created", ...rest };
    this.#fakes.set(id, { id, made, status, cancel: () => undefined });
    return id;
  }

  async start(id: string): Promise<void> {
    const fake = this.#get(id);
    this.#check("start", `${fake.made.job}/${fake.made.container}`);
    if (fake.status.state === "running") return;
    const ports = new Map(fake.made.publish.map((port) => [port, this.#nextPort++]));
    const startedAt = this.#clock.now();
    fake.status = {
      ...fake.status,
      state: "running",
      startedAt,
      exit: undefined,
      ports,
      address: `10.0.0.${id.slice(1)}`,
    };
    const { endsAfterMs, code = 0, reason = "ended" } = this.#behaviour(fake);
    if (endsAfterMs !== undefined) {
      fake.cancel = this.#clock.schedule(endsAfterMs, () => this.#end(fake, code, reason));
    }
    this.#tell({ ...identity(fake), type: "started" });
    this.onStart();
  }

  async stop(id: string, seconds: number): Promise<void> {
    const fake = this.#fakes.get(id);
    this.#check("stop", fake === undefined ? id : `${fake.made.job}/${fake.made.container}`);
    if (fake === undefined || !isRunning(fake)) return;
    const { isDeaf = false } = this.#behaviour(fake);
    await this.#clock.sleep(isDeaf ? seconds * 1_000 : 5);
    if (isRunning(fake)) this.#end(fake, isDeaf ? 137 : 143, "ended");
  }

  async remove(id: string): Promise<void> {
    const fake = this.#fakes.get(id);
    this.#check("remove", fake === undefined ? id : `${fake.made.job}/${fake.made.container}`);
    fake?.cancel();
    this.#fakes.delete(id);
  }

  async list(): Promise<readonly ContainerStatus[]> {
    this.#check("list");
    const { all } = this;
    if (this.listMs > 0) await this.#clock.sleep(this.listMs);
    return all;
  }

  async inspect(id: string): Promise<ContainerStatus | undefined> {
    this.#check("inspect");
    return this.#fakes.get(id)?.status;
  }

  async run(id: string, command: readonly string[]): Promise<CommandResult> {
    this.#check("run");
    this.#get(id);
    return this.commandResult(command);
  }

  async *logs(id: string): AsyncIterable<LogLine> {
    this.#get(id);
    yield { at: this.#clock.now(), stream: "stdout", text: `log of ${id}` };
  }

  async *events(signal: AbortSignal): AsyncIterable<EngineEvent> {
    const waiting: EngineEvent[] = [];
    let wake = Promise.withResolvers<undefined>();
    const listener = (event: EngineEvent): void => {
      waiting.push(event);
      wake.resolve(undefined);
    };
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => wake.resolve(undefined));
    while (!signal.aborted) {
      yield* waiting.splice(0);
      await wake.promise;
      wake = Promise.withResolvers();
    }
    this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    // Nothing is held.
  }

  #check(kind: string, what = ""): void {
    if (!["ping", "list", "inspect", "run"].includes(kind)) this.journal.push(`${kind} ${what}`);
    if (this.isAway) throw new KeeperError("ENGINE_UNAVAILABLE", "the daemon is away", { retriable: true });
    const fault = this.faults.get(kind);
    this.faults.delete(kind);
    if (fault !== undefined) throw new KeeperError(fault, `made to fail: ${kind}`);
  }

  #get(id: string): Fake {
    const fake = this.#fakes.get(id);
    if (fake === undefined) throw new KeeperError("CONTAINER_NOT_FOUND", `there is no ${id}`);
    return fake;
  }

  #behaviour({ made }: Fake): Behaviour {
    return this.behaviours.get(made.image) ?? {};
  }

  #end(fake: Fake, code: number, reason: ContainerExit["reason"]): void {
    fake.cancel();
    const exit = { code, reason, at: this.#clock.now() };
    fake.status = { ...fake.status, state: "exited", exit, ports: new Map(), address: undefined };
    this.#tell({ ...identity(fake), type: "exited", code });
  }

  #tell(event: EngineEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function isRunning({ status }: Fake): boolean {
  return status.state === "running";
}

function identity({ status: { id, job, container, specHash, generation } }: Fake) {
  return { id, job, container, specHash, generation };
}
