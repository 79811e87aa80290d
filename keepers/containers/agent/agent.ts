import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { retry, type BackoffOptions } from "../../core/retry.js";
import { type ContainerReport, ContainerState } from "../../protocol/heartbeat.js";
import type { ClassResources } from "../../protocol/jobResources.js";
import type { JobReport } from "../../protocol/nodeCommand.js";
import type { ContainerEngine, ListedContainer, LogLine, LogOptions } from "../engine.js";
import { Gate } from "./gate.js";
import { HealthMonitor } from "./healthMonitor.js";
import { JobRunner, type JobRunnerDependencies } from "./jobRunner.js";
import { networkProbes, type Probes } from "./probes.js";
import { SpareRoom } from "./spareRoom.js";
import type { DesiredJob, Endpoint, Publisher } from "./types.js";

export interface ContainerAgentOptions {
  /** What the node has for jobs in all. */
  readonly capacity: ClassResources;
  /** Waits after failures of a container, doubling. */
  readonly backoff: BackoffOptions;
  /** Good health for so long makes earlier failures forgotten. Milliseconds. */
  readonly stableMs: number;
  /** See `JobRunnerOptions`. Milliseconds. */
  readonly staggerMs: number;
  /** Between two looks at everything, in case an event was lost. Milliseconds. */
  readonly resyncMs: number;
  readonly parallelPulls: number;
  readonly parallelActions: number;
  readonly parallelChecks: number;
  /** Where published ports listen. */
  readonly hostAddress: string;
}

export interface ContainerAgentDependencies {
  readonly engine: ContainerEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: the network's. */
  readonly probes?: Probes;
  /** Default: nothing is published. */
  readonly publisher?: Publisher | undefined;
}

export const defaultAgentOptions: Omit<ContainerAgentOptions, "capacity"> = {
  backoff: { baseMs: 1_000, maximumMs: 300_000 },
  stableMs: 600_000,
  staggerMs: 30_000,
  resyncMs: 60_000,
  parallelPulls: 2,
  parallelActions: 8,
  parallelChecks: 32,
  hostAddress: "127.0.0.1",
};

/**
 * Makes the containers of this machine what the jobs say that it is to run: starts, checks, restarts, replaces and ends them, and takes
 * away what belongs to no job. Whoever starts again finds the containers running and goes on with them. Until the first `setJobs`
 * nothing is touched.
 */
export class ContainerAgent {
  readonly #options: ContainerAgentOptions;
  readonly #dependencies: ContainerAgentDependencies;
  readonly #runners = new Map<string, JobRunner>();
  readonly #shared: Omit<JobRunnerDependencies, "gone" | "logger">;
  readonly #spare: SpareRoom;
  readonly #abort = new AbortController();
  #jobs: ReadonlyMap<string, DesiredJob> | undefined;
  #held: ReadonlySet<string> = new Set();
  #isUp = false;
  /** The engine answered before. */
  #wasUp = false;
  #connecting: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #isStale = false;
  #wasAway = false;
  #cancelSync: Cancel = () => undefined;
  #drained = Promise.withResolvers<undefined>();

  constructor(options: ContainerAgentOptions, dependencies: ContainerAgentDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#spare = new SpareRoom({ capacity: options.capacity });
    this.#shared = {
      ...dependencies,
      probes: dependencies.probes ?? networkProbes,
      monitor: new HealthMonitor({ parallel: options.parallelChecks }, dependencies),
      pulls: new Gate({ limit: options.parallelPulls }),
      actions: new Gate({ limit: options.parallelActions }),
      spare: this.#spare,
      isEngineUp: () => this.#isUp,
      engineFailed: (error) => this.#lost(error),
      resync: () => this.#sync(false),
    };
  }

  /** Whether the engine answers. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** What the jobs may take of the capacity, in basis points. */
  get load(): number {
    const { capacity } = this.#options;
    const taken = this.#spare.taken;
    const part = (name: keyof ClassResources): number => (capacity[name] > 0 ? taken[name] / capacity[name] : 0);
    return Math.min(10_000, Math.round(10_000 * Math.max(part("milliCpu"), part("memoryMiB"), part("diskMiB"))));
  }

  /** Begins to follow the engine; one that is away is waited for. */
  start(): void {
    if (this.#connecting !== undefined || this.#abort.signal.aborted) return;
    void this.#listen();
    this.#connect();
  }

  /**
   * All jobs that this node is to run from now on; whatever else it runs ends and goes.
   * @param options `stopped`: by their owners; `held`: not known well enough to be run, but what runs of them goes on
   */
  setJobs(
    jobs: readonly DesiredJob[],
    { stopped = new Set(), held = new Set() }: { stopped?: ReadonlySet<bigint>; held?: ReadonlySet<bigint> } = {},
  ): void {
    this.#jobs = new Map(jobs.map((job) => [String(job.jobId), job]));
    this.#held = new Set([...held].map(String));
    this.#spare.set(jobs.map(({ allowance }) => allowance));
    this.#drained = Promise.withResolvers();
    for (const [id, runner] of this.#runners) if (!this.#jobs.has(id) && !this.#held.has(id)) runner.end();
    for (const [id, job] of this.#jobs) {
      this.#runnerOf(id).want(job, stopped.has(job.jobId) ? "stop" : "run");
    }
    this.#sync(false);
    this.#checkDrained();
  }

  /** Ends all jobs; resolves when nothing of them is left. */
  async drain(): Promise<void> {
    this.setJobs([]);
    await this.#drained.promise;
  }

  /** What heartbeats say: each job as a whole. All unknown while the engine is away. */
  reports(): ContainerReport[] {
    return [...this.#runners.values()].flatMap((runner) => {
      if (runner.job === undefined || runner.mode === "gone") return [];
      const state = this.#isUp ? runner.summary.state : ContainerState.UNKNOWN;
      return [{ assignment: runner.job.assignment, state }];
    });
  }

  /** How a job stands; undefined for one that this node does not run. */
  report(jobId: bigint): JobReport | undefined {
    const runner = this.#runners.get(String(jobId));
    return runner?.job === undefined ? undefined : runner.summary.report;
  }

  /** Ends containers and starts them again; false when the job does not run here. */
  restart(jobId: bigint, container?: string): boolean {
    const runner = this.#runners.get(String(jobId));
    if (runner?.mode !== "run") return false;
    runner.restart(container);
    return true;
  }

  /** Log of the newest container of a name. @throws KeeperError CONTAINER_NOT_FOUND, ENGINE_UNAVAILABLE */
  logs(jobId: bigint, container: string, options: LogOptions): AsyncIterable<LogLine> {
    const id = this.#runners.get(String(jobId))?.newest(container);
    if (id === undefined) {
      throw new KeeperError("CONTAINER_NOT_FOUND", `job ${jobId} has no container ${container} here at present`);
    }
    return this.#dependencies.engine.logs(id, options);
  }

  /** Where a published port of a job is reached at present; undefined while nothing serves it. */
  endpoint(jobId: bigint, container: string, port: number): Endpoint | undefined {
    const hostPort = this.#runners.get(String(jobId))?.serving(container)?.ports.get(port);
    return hostPort === undefined ? undefined : { host: this.#options.hostAddress, port: hostPort };
  }

  /** Idempotent. Containers go on running, to be found again. */
  close(): void {
    this.#abort.abort(new KeeperError("CLOSED", "the container agent is closed"));
    this.#cancelSync();
    for (const runner of this.#runners.values()) runner.close();
    this.#drained.resolve(undefined);
  }

  #runnerOf(id: string): JobRunner {
    const known = this.#runners.get(id);
    if (known !== undefined) return known;
    const logger = this.#dependencies.logger.child({ job: id });
    const gone = (): void => this.#forget(id, runner);
    const runner = new JobRunner({ ...this.#options, job: id }, { ...this.#shared, logger, gone });
    this.#runners.set(id, runner);
    return runner;
  }

  /** A job that came back while the last of it went is begun anew. */
  #forget(id: string, runner: JobRunner): void {
    if (this.#runners.get(id) !== runner) return;
    runner.close();
    this.#runners.delete(id);
    const job = this.#jobs?.get(id);
    if (job !== undefined) this.#runnerOf(id).want(job, "run");
    if (job !== undefined) this.#sync(false);
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (this.#jobs?.size === 0 && this.#runners.size === 0 && this.#isUp && !this.#isStale)
      this.#drained.resolve(undefined);
  }

  #lost(error: unknown): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#dependencies.logger.warn("the container engine does not answer", { error: describeError(error) });
    this.#connect();
  }

  #connect(): void {
    this.#connecting = this.#reconnect().catch(() => undefined);
  }

  /** Waits until the engine answers, however long that takes. */
  async #reconnect(): Promise<void> {
    const { engine, logger } = this.#dependencies;
    const { signal } = this.#abort;
    const backoff = { baseMs: 200, maximumMs: 10_000, attempts: Infinity, signal, isRetriable: () => true };
    const { version } = await retry(() => engine.ping(), backoff, this.#dependencies);
    logger.info("the container engine answers", { version });
    this.#isUp = true;
    this.#sync(this.#wasUp);
    this.#wasUp = true;
  }

  async #listen(): Promise<void> {
    const { engine, logger } = this.#dependencies;
    for await (const event of engine.events(this.#abort.signal)) {
      if (event.type === "resumed") this.#sync(true);
      else {
        const looked = this.#runners.get(event.job)?.look(event.id);
        looked?.catch((error: unknown) => {
          logger.debug("a container could not be looked at", { error: describeError(error) });
          this.#sync(false);
        });
      }
    }
  }

  /** Compares everything with what is thought to be; one comparison at a time, and another one when asked meanwhile. */
  #sync(wasAway: boolean): void {
    this.#isStale = true;
    this.#wasAway ||= wasAway;
    if (!this.#isUp || this.#abort.signal.aborted) return;
    if (this.#syncing !== undefined) {
      void this.#syncing.then(() => this.#isStale && this.#sync(false));
      return;
    }
    this.#syncing = this.#compare()
      .catch((error: unknown) => this.#lost(error))
      .finally(() => {
        this.#syncing = undefined;
        this.#planSync();
      });
  }

  #planSync(): void {
    this.#cancelSync();
    if (this.#abort.signal.aborted) return;
    this.#cancelSync = this.#dependencies.clock.schedule(this.#options.resyncMs, () => this.#sync(false));
  }

  async #compare(): Promise<void> {
    const wasAway = this.#wasAway;
    this.#isStale = false;
    this.#wasAway = false;
    const stamps = new Map([...this.#runners].map(([id, { stamp }]) => [id, stamp]));
    const listed = Map.groupBy(await this.#dependencies.engine.list(), ({ job }) => job);
    if (this.#jobs === undefined) return;
    for (const id of listed.keys()) {
      if (!this.#runners.has(id) && !this.#held.has(id)) this.#adoptOrphan(id, listed.get(id) ?? []);
    }
    for (const [id, runner] of this.#runners) await runner.observe(listed.get(id) ?? [], stamps.get(id) ?? 0, wasAway);
    this.#checkDrained();
  }

  #adoptOrphan(id: string, containers: readonly ListedContainer[]): void {
    this.#dependencies.logger.info("containers of a job that this node does not run are taken away", {
      job: id,
      containers: containers.map(({ container }) => container),
    });
    this.#runnerOf(id).end();
  }
}
