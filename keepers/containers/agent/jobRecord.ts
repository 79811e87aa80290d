import type { Clock } from "../../core/clock.js";
import type { Random } from "../../core/random.js";
import { canonicalJson, type ContainerSpec } from "../../protocol/jobSpec.js";
import { registryAuth } from "./engineContainer.js";
import { generationOf, imageKeyOf, specKey } from "./generation.js";
import type { ImageBook, ImageWish } from "./imageBook.js";
import type { PlanInput, WantedContainer } from "./plan.js";
import { add, NOTHING, subtract, takesOf } from "./resources.js";
import { type Sighting, Sightings } from "./sightings.js";
import { summarize, type Summary } from "./summary.js";
import { afterEnding, afterFailure, type Ending, noTrouble, type Trouble, type TroubleOptions } from "./trouble.js";
import type { DesiredJob, Spare } from "./types.js";

export interface JobRecordOptions extends TroubleOptions {
  /** The job, as engine and heartbeats know it. */
  readonly job: string;
  /** Time by which each seat begins a replacement later than the one before it. Milliseconds. */
  readonly staggerMs: number;
}

export interface JobRecordDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly images: ImageBook;
  readonly spare: Spare;
}

const defaultStopSeconds = 10;
/** Containers that ended this long before an engine was back count as ended by the engine. */
const outageMs = 120_000;

/** What is known of a job: what it shall be, what there is of it, and what went wrong. It does nothing by itself. */
export class JobRecord {
  readonly sightings = new Sightings();
  readonly #options: JobRecordOptions;
  readonly #dependencies: JobRecordDependencies;
  readonly #troubles = new Map<string, Trouble>();
  #keys: ReadonlyMap<string, number> = new Map();
  #job: DesiredJob | undefined;
  #mode: PlanInput["mode"] = "run";
  /** Specification whose network and volumes are there. */
  #prepared: string | undefined;
  /** Of the job as a whole. */
  #trouble = noTrouble(undefined);
  #holdUntil = 0;
  #hasLease = false;

  constructor(options: JobRecordOptions, dependencies: JobRecordDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get mode(): PlanInput["mode"] {
    return this.#mode;
  }

  get job(): DesiredJob | undefined {
    return this.#job;
  }

  /** Before then nothing is to be tried. Milliseconds since 1970. */
  get notBefore(): number {
    return this.#trouble.notBefore;
  }

  /** What the job is to be from now on. */
  want(job: DesiredJob, mode: "run" | "stop"): void {
    const before = this.#job;
    const hasChanged = before !== undefined && before.specHash !== job.specHash;
    const hasTurned = this.#mode !== mode || before?.secrets.size !== job.secrets.size;
    this.#job = job;
    this.#mode = mode;
    if (hasChanged) this.hold();
    if (hasChanged || hasTurned) this.forgive();
    this.#keys = new Map(job.spec.containers.map((each) => [each.name, specKey(each, job.spec)]));
    this.#dependencies.images.set(new Map(job.spec.containers.map((each) => [each.name, wishOf(each, job)])));
    this.adoptImages();
  }

  /** Nothing is to be left of it. */
  end(): void {
    this.#mode = "gone";
    this.forgive();
    this.#dependencies.images.close();
  }

  prepared(specHash: string): void {
    this.#prepared = specHash;
  }

  /** Nodes of a job replace its containers one after the other. */
  hold(): void {
    this.#holdUntil = this.#dependencies.clock.now() + (this.#job?.seat ?? 0) * this.#options.staggerMs;
  }

  /** Somebody changed something: whatever failed before is tried at once. */
  forgive(): void {
    this.#troubles.clear();
    this.#trouble = noTrouble(undefined);
  }

  /** A step that concerns the job as a whole went well, or did not. */
  stepped(problem: string | undefined): void {
    this.#trouble =
      problem === undefined
        ? noTrouble(undefined)
        : afterFailure(this.#trouble, problem, this.#now(), ...this.#rules());
  }

  /** Something about a container as wanted did not work. */
  failed(name: string, reason: string): void {
    this.#change(name, (trouble) => afterFailure(trouble, reason, this.#now(), ...this.#rules()));
  }

  /** A container ended by itself, or has to be ended; failures of an older generation are nobody's any more. */
  ended({ name, generation }: Sighting, ending: Ending, restart: ContainerSpec["restart"]): void {
    if (generation !== this.generationOf(name)) return;
    this.#change(name, (trouble) => afterEnding(trouble, ending, restart, ...this.#rules()));
  }

  /** The engine was away, and took containers with it: but for those that are to run once, they neither failed nor finished. */
  excuse(): Sighting[] {
    const since = this.#now() - outageMs;
    for (const [name, { finished, finishedAt }] of this.#troubles) {
      if (this.#isRestarted(name) && finished !== undefined && finishedAt >= since) this.#troubles.delete(name);
    }
    return this.sightings.running.filter(({ name, isEnding }) => !isEnding && this.#isRestarted(name));
  }

  /** Containers that run as wanted tell which image is in use. */
  adoptImages(): void {
    for (const { name, generation, state } of this.sightings.all.toReversed()) {
      const key = imageKeyOf(generation, this.#keys.get(name) ?? -1);
      if (key !== undefined && state !== "created") this.#dependencies.images.adopt(name, key);
    }
  }

  container(name: string): ContainerSpec | undefined {
    return this.#job?.spec.containers.find((each) => each.name === name);
  }

  /** What the container as wanted is known by; undefined while its image is not known. */
  generationOf(name: string): number | undefined {
    const image = this.#dependencies.images.image(name);
    const key = this.#keys.get(name);
    return image === undefined || key === undefined ? undefined : generationOf(key, image.key);
  }

  /** Failures of one generation are not those of the next. */
  troubleOf(name: string, generation = this.generationOf(name)): Trouble {
    const trouble = this.#troubles.get(name);
    return trouble === undefined || trouble.generation !== generation ? noTrouble(generation) : trouble;
  }

  /** What is known of a container besides what the engine tells. */
  knownOf(name: string): Pick<Sighting, "takes" | "stopSeconds"> {
    const container = this.container(name);
    if (container === undefined) return { takes: NOTHING, stopSeconds: defaultStopSeconds };
    return { takes: takesOf(container), stopSeconds: container.stopSeconds };
  }

  input(): PlanInput {
    const job = this.#job;
    const wanted = (job?.spec.containers ?? []).map((each) => this.#wanted(each));
    const volumesMiB = job?.spec.volumes.reduce((sum, { sizeMiB }) => sum + sizeMiB, 0) ?? 0;
    const own = subtract(job?.allowance ?? NOTHING, { ...NOTHING, diskMiB: volumesMiB });
    return {
      mode: this.#mode,
      wanted,
      seen: this.sightings.all,
      prepared: this.#prepared !== undefined && this.#prepared === job?.specHash,
      allowance: add(own, this.#lease(wanted)),
      holdUntil: this.#holdUntil,
      now: this.#now(),
    };
  }

  summary(): Summary {
    const wanted = (this.#job?.spec.containers ?? []).map((each) => this.#wanted(each));
    const conditions = new Map(
      wanted.map(({ name, generation }) => [
        name,
        { trouble: this.troubleOf(name, generation), pull: this.#dependencies.images.trouble(name) },
      ]),
    );
    const plan = { mode: this.#mode, wanted, seen: this.sightings.all };
    return summarize({ plan, conditions, reason: this.#trouble.reason });
  }

  /** Gives back what was lent for a replacement. */
  close(): void {
    for (const each of this.sightings.all) each.unwatch();
    this.#dependencies.images.close();
    this.#dependencies.spare.release(this.#options.job);
  }

  #wanted(container: ContainerSpec): WantedContainer {
    const { name, after, stopSeconds, volumes, gpus } = container;
    const generation = this.generationOf(name);
    const { finished, notBefore } = this.troubleOf(name, generation);
    return {
      ...{ name, after, stopSeconds, generation, notBefore },
      hasImage: this.#dependencies.images.image(name)?.id !== undefined,
      takes: takesOf(container),
      alone: gpus > 0 || volumes.some(({ readOnly }) => !readOnly),
      finished: finished !== undefined,
    };
  }

  /** Room beside the job's own for the largest of its containers, while an older generation of one runs. */
  #lease(wanted: readonly WantedContainer[]): PlanInput["allowance"] {
    const { spare } = this.#dependencies;
    const isReplacing = wanted.some(({ name, generation }) =>
      this.sightings.running.some((each) => each.name === name && each.generation !== generation),
    );
    const most = (part: keyof PlanInput["allowance"]): number => Math.max(0, ...wanted.map(({ takes }) => takes[part]));
    const amount = { milliCpu: most("milliCpu"), memoryMiB: most("memoryMiB"), diskMiB: most("diskMiB") };
    if (isReplacing) this.#hasLease ||= spare.take(this.#options.job, amount);
    else if (this.#hasLease) {
      spare.release(this.#options.job);
      this.#hasLease = false;
    }
    return this.#hasLease ? amount : NOTHING;
  }

  #isRestarted(name: string): boolean {
    return this.container(name)?.restart !== "never";
  }

  #change(name: string, change: (trouble: Trouble) => Trouble): void {
    this.#troubles.set(name, change(this.troubleOf(name)));
  }

  #rules(): [TroubleOptions, Random] {
    return [this.#options, this.#dependencies.random];
  }

  #now(): number {
    return this.#dependencies.clock.now();
  }
}

function wishOf(container: ContainerSpec, job: DesiredJob): ImageWish {
  const { image, pull, updateSeconds } = container;
  const auth = registryAuth(container, job);
  const updateMs = updateSeconds === undefined ? undefined : updateSeconds * 1_000;
  const secretsHash = auth === undefined ? undefined : job.spec.secretsHash;
  const identity = canonicalJson({
    image,
    pull,
    updateSeconds,
    server: auth?.server,
    user: auth?.username,
    secretsHash,
  });
  return { image, pull, auth, updateMs, identity };
}
