import type { ContainerAgent } from "../../containers/agent/agent.js";
import type { DesiredJob } from "../../containers/agent/types.js";
import type { Clock } from "../../core/clock.js";
import { describeError, errorCode, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { type BackoffOptions, retry } from "../../core/retry.js";
import type { Secret } from "../../core/secret.js";
import { type DeedId } from "../../protocol/deedId.js";
import { type ContainerReport, ContainerState } from "../../protocol/heartbeat.js";
import type { JobReport } from "../../protocol/nodeCommand.js";
import { secretNames } from "../../protocol/secrets.js";
import { serviceId } from "../../protocol/serviceId.js";
import { admit, type Offer } from "./admission.js";
import type { DeeployClient } from "./deeployClient.js";
import type { WorkQueue } from "../../queue/workQueue.js";
import type { Launch } from "./launches.js";
import type { SpecShelf } from "./specShelf.js";
import type { AssignedJob, JobChain } from "./types.js";

export interface JobDeskOptions {
  readonly offer: Offer;
  /** Waits between attempts to queue a launch. */
  readonly backoff: BackoffOptions;
}

export interface JobDeskDependencies {
  readonly agent: Pick<ContainerAgent, "setJobs" | "reports" | "report">;
  readonly chain: Pick<JobChain, "classOf">;
  readonly specs: Pick<SpecShelf, "get" | "keepOnly">;
  readonly deeploy: Pick<DeeployClient, "secrets">;
  /** For it alone; closed by whoever opened it. */
  readonly launches: Pick<WorkQueue<Launch>, "add" | "process">;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly isStopped: (jobId: bigint) => boolean;
}

/** What no waiting helps against, as long as the chain names the same specification. */
const finalCodes = new Set(["SPEC_INVALID", "CLASS_UNKNOWN", "CLASS_EXCEEDED", "NO_GPU"]);

/** A job on its way from the chain to the agent. */
interface Entry {
  assigned: AssignedJob;
  assignment: string;
  /** The last of it that could be run; while another specification is fetched it goes on running. */
  desired?: DesiredJob;
  /** Why what the chain says now does not run. */
  problem?: { readonly message: string; readonly isFinal: boolean };
}

/**
 * Turns what the chain assigns into what the agent runs: fetches specification and secrets, checks that they are what the chain names
 * and no more than what the job pays for, and hands over what passes. What does not is failed, and says why.
 */
export class JobDesk {
  readonly #options: JobDeskOptions;
  readonly #dependencies: JobDeskDependencies;
  readonly #entries = new Map<bigint, Entry>();
  readonly #abort = new AbortController();
  #isTold = false;

  constructor(options: JobDeskOptions, dependencies: JobDeskDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    dependencies.launches.process((launch) => this.#launch(launch));
  }

  /** All jobs that the chain assigns to this deed now. */
  setAssigned(jobs: readonly AssignedJob[], deed: DeedId): void {
    this.#isTold = true;
    const ids = new Set(jobs.map(({ jobId }) => jobId));
    for (const jobId of this.#entries.keys()) {
      if (ids.has(jobId)) continue;
      this.#entries.delete(jobId);
      this.#dependencies.logger.info("a job is not this node's any more", { jobId });
    }
    for (const assigned of jobs) this.#take(assigned, deed);
    this.handOver();
    void this.#tidy(jobs);
  }

  /** What the agent is to run, as it is now. */
  handOver(): void {
    if (!this.#isTold) return;
    const entries = [...this.#entries.values()];
    const desired = entries.flatMap((entry) => entry.desired ?? []);
    const stopped = new Set(desired.map(({ jobId }) => jobId).filter((jobId) => this.#dependencies.isStopped(jobId)));
    const pending = entries.filter((entry) => entry.desired === undefined && entry.problem?.isFinal !== true);
    this.#dependencies.agent.setJobs(desired, {
      stopped,
      held: new Set(pending.map(({ assigned }) => assigned.jobId)),
    });
  }

  /** What the agent is to run. */
  get desired(): readonly DesiredJob[] {
    return [...this.#entries.values()].flatMap((entry) => entry.desired ?? []);
  }

  /** Who owns a job that runs here; undefined for others. */
  ownerOf(jobId: bigint): string | undefined {
    return this.#entries.get(jobId)?.assigned.owner;
  }

  /** Names of a job's containers, in their order. */
  containersOf(jobId: bigint): string[] {
    return this.#entries.get(jobId)?.desired?.spec.containers.map(({ name }) => name) ?? [];
  }

  /** What heartbeats say. */
  reports(): ContainerReport[] {
    const known = new Map(this.#dependencies.agent.reports().map((report) => [report.assignment, report.state]));
    return [...this.#entries.values()].map(({ assignment, problem }) => {
      const state =
        known.get(assignment) ?? (problem?.isFinal === true ? ContainerState.FAILED : ContainerState.STARTING);
      return { assignment, state };
    });
  }

  /** How a job stands, for people. */
  report(jobId: bigint): JobReport | undefined {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) return undefined;
    const { problem } = entry;
    const reason = problem === undefined ? {} : { reason: problem.message };
    const report = this.#dependencies.agent.report(jobId);
    if (report !== undefined) return { ...report, ...reason };
    return { state: problem?.isFinal === true ? "FAILED" : "STARTING", ...reason, containers: [] };
  }

  /** Idempotent; the agent keeps what it has. */
  close(): void {
    this.#abort.abort(new KeeperError("CLOSED", "the node is closing", { retriable: true }));
  }

  #take(assigned: AssignedJob, deed: DeedId): void {
    const { jobId } = assigned;
    const known = this.#entries.get(jobId);
    if (known === undefined) {
      this.#entries.set(jobId, { assigned, assignment: serviceId(jobId, deed) });
      this.#dependencies.logger.info("a job was assigned to this node", { jobId, specHash: assigned.specHash });
      void this.#queue(assigned);
      return;
    }
    const hasChanged = known.assigned.specHash !== assigned.specHash;
    known.assigned = assigned;
    if (known.desired !== undefined) known.desired = { ...known.desired, seat: assigned.seat };
    if (hasChanged) void this.#queue(assigned);
  }

  /** Without the queue nothing is launched: it is asked for as long as it takes. */
  async #queue({ jobId, specHash, seat }: AssignedJob): Promise<void> {
    const { launches, logger } = this.#dependencies;
    const key = String(jobId);
    const onRetry = (error: unknown): void => {
      logger.warn("a launch could not be queued yet", { jobId, error: describeError(error) });
    };
    const options = { ...this.#options.backoff, attempts: Infinity, signal: this.#abort.signal, onRetry };
    await retry(() => launches.add({ jobId: key, specHash, seat }, { key }), options, this.#dependencies).catch(
      (error: unknown) => {
        if (this.#abort.signal.aborted) return;
        logger.error("a launch was not queued", { jobId, error: describeError(error) });
      },
    );
  }

  /** What is not this node's any more, or has another specification by now, is none of its business. */
  async #launch({ jobId, specHash }: Launch): Promise<void> {
    const entry = this.#entries.get(BigInt(jobId));
    if (entry?.assigned.specHash === specHash) await this.#load(entry);
  }

  /** Gets what a job needs. Rejects with a retriable error while something of it is not to be had. */
  async #load(entry: Entry): Promise<void> {
    const { assigned } = entry;
    const { specHash } = assigned;
    const isCurrent = (): boolean =>
      this.#entries.get(assigned.jobId) === entry &&
      entry.assigned.specHash === specHash &&
      !this.#abort.signal.aborted;
    try {
      const desired = await this.#desired(entry, assigned);
      if (!isCurrent()) return;
      entry.desired = desired;
      const lacking = secretNames(desired.spec).length > desired.secrets.size;
      if (!lacking) delete entry.problem;
    } catch (error) {
      if (!isCurrent()) return;
      this.#failed(entry, error);
    }
    this.handOver();
    const { problem } = entry;
    if (problem !== undefined && !problem.isFinal) {
      throw new KeeperError("JOB_NOT_READY", problem.message, { retriable: true });
    }
  }

  async #desired(entry: Entry, assigned: AssignedJob): Promise<DesiredJob> {
    const { specs, chain } = this.#dependencies;
    const { jobId, specHash, classId, seat } = assigned;
    const { signal } = this.#abort;
    const spec = await specs.get(specHash, signal);
    const allowance = admit(assigned, spec, await chain.classOf(classId), this.#options.offer);
    const secrets = await this.#secrets(entry, { jobId, specHash, spec });
    return { jobId, assignment: entry.assignment, specHash, spec, secrets, allowance, seat };
  }

  /**
   * None while nobody gives them: what runs already goes on without them, and only what has to be made anew waits.
   */
  async #secrets(
    entry: Entry,
    { jobId, specHash, spec }: Pick<DesiredJob, "jobId" | "specHash" | "spec">,
  ): Promise<ReadonlyMap<string, Secret>> {
    const { deeploy } = this.#dependencies;
    try {
      return await deeploy.secrets(jobId, specHash, spec, this.#abort.signal);
    } catch (error) {
      entry.problem = { message: describeError(error), isFinal: false };
      return new Map();
    }
  }

  #failed(entry: Entry, error: unknown): void {
    const { jobId } = entry.assigned;
    const isFinal = finalCodes.has(errorCode(error) ?? "");
    const message = describeError(error);
    this.#dependencies.logger.warn("a job cannot be run", { jobId, code: errorCode(error), message, isFinal });
    entry.problem = { message, isFinal };
    if (isFinal) delete entry.desired;
  }

  async #tidy(jobs: readonly AssignedJob[]): Promise<void> {
    try {
      await this.#dependencies.specs.keepOnly(new Set(jobs.map(({ specHash }) => specHash)));
    } catch (error) {
      this.#dependencies.logger.debug("old specifications could not be removed", { error: describeError(error) });
    }
  }
}
