import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, errorCode } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import type { ContainerEngine, ContainerId, ContainerStatus, ListedContainer } from "../engine.js";
import { attend, type AttendanceDependencies } from "./attendance.js";
import { engineContainer } from "./engineContainer.js";
import type { Gate } from "./gate.js";
import { ImageBook } from "./imageBook.js";
import { JobRecord, type JobRecordOptions } from "./jobRecord.js";
import { type Action, plan, type PlanInput } from "./plan.js";
import { Publication, type PublicationOptions } from "./publication.js";
import { sight, type Sighting } from "./sightings.js";
import type { Summary } from "./summary.js";
import type { DesiredJob, Publisher, Spare } from "./types.js";

export interface JobRunnerDependencies extends AttendanceDependencies {
  readonly engine: ContainerEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Bound the pulls, and everything else that is asked of the engine, of all jobs. */
  readonly pulls: Gate;
  readonly actions: Gate;
  readonly spare: Spare;
  readonly publisher?: Publisher | undefined;
  readonly isEngineUp: () => boolean;
  readonly engineFailed: (error: unknown) => void;
  /** What is there has to be listed again: it is not what it was thought to be. */
  readonly resync: () => void;
  /** Nothing is left of the job. */
  readonly gone: () => void;
}

export type JobRunnerOptions = JobRecordOptions & PublicationOptions;

/** Errors that tell of a container that is not as it was thought to be. */
const surprises = ["CONTAINER_NOT_FOUND", "CONTAINER_EXISTS", "CONTAINER_NOT_RUNNING"];

/** Keeps one job as it should be, one step at a time. Whatever happens leads to asking `plan` what is next. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #dependencies: JobRunnerDependencies;
  readonly #images: ImageBook;
  readonly #record: JobRecord;
  readonly #publication: Publication;
  #stamp = 0;
  /** Nothing is done before it is known what there is. */
  #isObserved = false;
  #isDirty = false;
  #isTurning = false;
  #isClosed = false;
  #cancelWake: Cancel = () => undefined;

  constructor(options: JobRunnerOptions, dependencies: JobRunnerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const { pulls: gate } = dependencies;
    this.#images = new ImageBook(options, { ...dependencies, gate, changed: (name) => this.#imageChanged(name) });
    this.#record = new JobRecord(options, { ...dependencies, images: this.#images });
    this.#publication = new Publication(options, { ...dependencies, record: this.#record });
  }

  get mode(): PlanInput["mode"] {
    return this.#record.mode;
  }

  get job(): DesiredJob | undefined {
    return this.#record.job;
  }

  /** Grows with every container that comes or goes: a list from before is not to be believed. */
  get stamp(): number {
    return this.#stamp;
  }

  get summary(): Summary {
    return this.#record.summary();
  }

  /** What the job is to be from now on; `mode` tells whether it runs, or was stopped by its owner. */
  want(job: DesiredJob, mode: "run" | "stop"): void {
    const hasChanged = this.job?.specHash !== job.specHash;
    this.#record.want(job, mode);
    if (hasChanged) this.#attendAgain();
    this.poke();
  }

  /** Ends everything, and takes away what there is of the job. */
  end(): void {
    this.#record.end();
    this.poke();
  }

  /** Ends the container, or all of them, and starts them again. */
  restart(container: string | undefined): void {
    for (const each of this.#record.sightings.running) {
      if (container === undefined || each.name === container) each.recycle = true;
    }
    this.#record.forgive();
    this.poke();
  }

  /** The container that serves under a name at present. */
  serving(container: string): ContainerStatus | undefined {
    return this.#record.sightings.serving(container)?.status;
  }

  /** The newest container of a name, running or not: its log is the one people want. */
  newest(container: string): ContainerId | undefined {
    const { sightings } = this.#record;
    return (sightings.serving(container) ?? sightings.all.findLast(({ name }) => name === container))?.id;
  }

  /**
   * Takes in what the engine says there is, unless that is old.
   * @param stamp from before the engine was asked
   * @param wasAway the engine was: what ended meanwhile did not end by itself
   */
  async observe(listed: readonly ListedContainer[], stamp: number, wasAway: boolean): Promise<void> {
    if (stamp !== this.#stamp || this.#isClosed) return;
    this.#dropAllBut(new Set(listed.map(({ id }) => id)));
    const excused = wasAway ? this.#record.excuse() : [];
    for (const each of excused) each.isEnding = true;
    for (const each of listed) await this.#compare(each);
    for (const each of excused) each.isEnding &&= each.state !== "running";
    this.#record.adoptImages();
    this.#isObserved = true;
    this.poke();
  }

  /** Looks at a container of which something was heard. */
  async look(id: ContainerId): Promise<void> {
    const sighting = this.#record.sightings.get(id);
    if (sighting === undefined) return;
    const status = await this.#dependencies.engine.inspect(id);
    if (this.#isClosed) return;
    if (status === undefined) this.#record.sightings.drop(id);
    else this.#apply(sighting, status);
    this.poke();
  }

  /** Asks what is next, now or as soon as the step under way is done. */
  poke(): void {
    this.#isDirty = true;
    if (this.#isClosed) return;
    this.#publication.update();
    if (!this.#isTurning) void this.#turn();
  }

  /** Idempotent; containers go on. */
  close(): void {
    this.#isClosed = true;
    this.#cancelWake();
    this.#record.close();
  }

  #dropAllBut(ids: ReadonlySet<ContainerId>): void {
    const { sightings } = this.#record;
    for (const { id } of sightings.all) if (!ids.has(id)) sightings.drop(id);
  }

  async #compare(listed: ListedContainer): Promise<void> {
    const { sightings } = this.#record;
    const known = sightings.get(listed.id);
    if (known === undefined) sightings.add(sight(listed, this.#record.knownOf(listed.container)));
    if (listed.state !== (known?.state ?? "created")) await this.look(listed.id);
  }

  async #turn(): Promise<void> {
    this.#isTurning = true;
    while (this.#isDirty && this.#mayAct()) {
      this.#isDirty = false;
      await this.#step();
    }
    this.#isTurning = false;
  }

  #mayAct(): boolean {
    return this.#isObserved && !this.#isClosed && this.#dependencies.isEngineUp();
  }

  async #step(): Promise<void> {
    this.#cancelWake();
    const input = this.#record.input();
    if (this.#record.notBefore > input.now) {
      this.#wakeAt(this.#record.notBefore);
      return;
    }
    const { action, pulls, wakeAt } = plan(input);
    for (const name of pulls) this.#images.need(name);
    if (wakeAt !== undefined) this.#wakeAt(wakeAt);
    if (action === undefined) return;
    this.#isDirty = true;
    try {
      await this.#perform(action);
      this.#record.stepped(undefined);
    } catch (error) {
      this.#failed(action, error);
    }
  }

  #wakeAt(at: number): void {
    const { clock } = this.#dependencies;
    this.#cancelWake = clock.schedule(at - clock.now(), () => this.poke());
  }

  #perform(action: Action): Promise<void> {
    const work = () => this.#dependencies.actions.run(() => this.#do(action));
    return action.kind === "stop" ? this.#publication.without(action.id, work) : work();
  }

  async #do(action: Action): Promise<void> {
    if (action.kind === "prepare") return this.#prepare();
    if (action.kind === "create") return this.#create(action.name);
    if (action.kind === "clean") return this.#clean();
    if (action.kind === "remove") return this.#remove(action.id);
    const { engine } = this.#dependencies;
    const sighting = this.#record.sightings.get(action.id);
    if (sighting === undefined) return;
    sighting.isEnding = action.kind === "stop";
    await (action.kind === "start" ? engine.start(action.id) : engine.stop(action.id, action.seconds));
    await this.look(action.id);
  }

  async #prepare(): Promise<void> {
    const { engine } = this.#dependencies;
    const { job } = this;
    if (job === undefined) return;
    await engine.ensureNetwork(this.#options.job);
    for (const { name, sizeMiB } of job.spec.volumes) await engine.ensureVolume(this.#options.job, name, sizeMiB);
    this.#record.prepared(job.specHash);
  }

  async #create(name: string): Promise<void> {
    const container = this.#record.container(name);
    const generation = this.#record.generationOf(name);
    const image = this.#images.image(name)?.id;
    const { job } = this;
    if (job === undefined || container === undefined || image === undefined || generation === undefined) return;
    this.#stamp += 1;
    const id = await this.#dependencies.engine.create(engineContainer(job, container, { image, generation }));
    this.#stamp += 1;
    this.#record.sightings.add(sight({ id, container: name, generation }, this.#record.knownOf(name)));
  }

  async #remove(id: ContainerId): Promise<void> {
    this.#stamp += 1;
    await this.#dependencies.engine.remove(id);
    this.#stamp += 1;
    this.#record.sightings.drop(id);
  }

  async #clean(): Promise<void> {
    const { engine, gone } = this.#dependencies;
    await engine.removeVolumes(this.#options.job);
    await engine.removeNetwork(this.#options.job);
    this.close();
    gone();
  }

  #failed(action: Action, error: unknown): void {
    const { logger, engineFailed, resync } = this.#dependencies;
    const code = errorCode(error) ?? "";
    const reason = describeError(error);
    if (code === "ENGINE_UNAVAILABLE") return engineFailed(error);
    logger.warn("a step of a job failed", { step: action.kind, code, reason });
    const isSurprise = surprises.includes(code);
    if (isSurprise) resync();
    if (code === "IMAGE_NOT_FOUND" && action.kind === "create") this.#images.forget(action.name);
    if (isSurprise || (action.kind !== "create" && action.kind !== "start")) this.#record.stepped(reason);
    else this.#record.failed(action.name, reason);
  }

  /** Takes in how a container is. */
  #apply(sighting: Sighting, status: ContainerStatus): void {
    const isNewRun = sighting.state !== "running" || sighting.status?.startedAt !== status.startedAt;
    sighting.status = status;
    sighting.state = status.state;
    if (status.state !== "running") return this.#applyEnd(sighting, status);
    if (!isNewRun) return;
    sighting.health = "starting";
    this.#attend(sighting, status);
  }

  #applyEnd(sighting: Sighting, { startedAt, exit }: ContainerStatus): void {
    const { readySince } = sighting;
    sighting.unwatch();
    sighting.readySince = undefined;
    sighting.recycle = false;
    if (exit === undefined || sighting.reckoned === startedAt) return;
    sighting.reckoned = startedAt;
    sighting.spent = exit.reason === "disk-full";
    if (!sighting.isEnding) this.#reckon(sighting, exit, readySince);
    sighting.isEnding = false;
  }

  #reckon(sighting: Sighting, exit: NonNullable<ContainerStatus["exit"]>, readySince: number | undefined): void {
    const { name } = sighting;
    const { code, reason: why, at } = exit;
    const container = this.#record.container(name);
    if (container === undefined || this.mode !== "run") return;
    const reason = why === "ended" ? `it ended with code ${code}` : `it was ended: ${why}`;
    this.#dependencies.logger.info("a container ended", { container: name, code, reason: why });
    this.#record.ended(sighting, { code, reason, at, readySince }, container.restart);
  }

  /** What is checked may have changed without the container. */
  #attendAgain(): void {
    for (const each of this.#record.sightings.running) if (each.status !== undefined) this.#attend(each, each.status);
  }

  #attend(sighting: Sighting, status: ContainerStatus): void {
    sighting.unwatch();
    const container = this.#record.container(sighting.name);
    if (container === undefined) return;
    const hasFailed = this.#record.troubleOf(sighting.name, sighting.generation).failures > 0;
    const onHealth = (good: boolean): void => this.#judge(sighting, good);
    const onNewCommit = (): void => {
      sighting.recycle = true;
      this.poke();
    };
    sighting.unwatch = attend({ container, status, hasFailed, onHealth, onNewCommit }, this.#dependencies);
  }

  #judge(sighting: Sighting, good: boolean): void {
    const at = this.#dependencies.clock.now();
    const { readySince } = sighting;
    sighting.health = good ? "good" : "bad";
    if (good) sighting.readySince ??= at;
    else {
      const reason = "its health check failed";
      this.#dependencies.logger.info("a container is not healthy", { container: sighting.name });
      this.#record.ended(sighting, { code: 1, reason, at, readySince }, "always");
      sighting.readySince = undefined;
    }
    this.poke();
  }

  #imageChanged(name: string): void {
    if (this.#record.sightings.running.some((each) => each.name === name)) this.#record.hold();
    this.poke();
  }
}
