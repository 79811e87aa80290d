import { z } from "zod";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Disk } from "../../core/disk.js";
import { readJson, writeJson } from "../../core/files.js";
import type { Logger } from "../../core/logger.js";
import { type DeedId, DeedKind, parseDeedId } from "../../protocol/deedId.js";
import type { AssignedJob, JobChain } from "./types.js";

export interface SeatsOptions {
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number;
  /** Milliseconds between two readings of all jobs known, whatever was heard of them. */
  readonly auditMs: number;
  /** Newest blocks that are looked at again each time, because others may take their place. */
  readonly overlap: number;
  /** Most blocks to ask for at once. */
  readonly range: number;
  /** File that keeps where the looking ended. */
  readonly path: string;
}

export interface SeatsDependencies {
  readonly chain: Pick<JobChain, "fromBlock" | "head" | "changes" | "assignment">;
  /** The deed that the node works for now, and the running epoch; undefined while that is not known. */
  readonly standing: () => { readonly deed: DeedId; readonly epoch: bigint } | undefined;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told whenever the jobs of this node are others than before, and once at first. */
  readonly onChange: (jobs: readonly AssignedJob[]) => void;
}

const fileSchema = z.object({
  tokenId: z.int(),
  block: z.int().min(0),
  jobs: z.array(z.string().regex(/^\d{1,77}$/u)).max(10_000),
});

/**
 * The jobs that the chain has assigned to this node's deed. It reads what happened to jobs since it last looked, a call for each look,
 * and then only the jobs that it is about; where it ended is on disk, so that the past is read once.
 */
export class Seats {
  readonly #options: SeatsOptions;
  readonly #dependencies: SeatsDependencies;
  readonly #known = new Map<bigint, AssignedJob>();
  #tokenId: number | undefined;
  /** Last block looked at. */
  #block = -1;
  #range: number;
  #auditAt = 0;
  #told: string | undefined;
  #isFailing = false;
  #isClosed = false;
  #cancel: Cancel = () => undefined;

  constructor(options: SeatsOptions, dependencies: SeatsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#range = options.range;
  }

  /** Begins to look; resolves after the first look, well or not. */
  async start(): Promise<void> {
    await this.#poll();
  }

  /** Idempotent; a look that is under way is ignored. */
  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #poll(): Promise<void> {
    const { clock, logger } = this.#dependencies;
    try {
      await this.#look();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) logger.warn("this node's jobs could not be read", { error: describeError(error) });
      this.#isFailing = true;
    }
    if (!this.#isClosed) this.#cancel = clock.schedule(this.#options.pollMs, () => this.#poll());
  }

  async #look(): Promise<void> {
    const standing = this.#dependencies.standing();
    if (standing === undefined) return;
    const { kind, tokenId } = parseDeedId(standing.deed);
    if (kind === DeedKind.NODE) await this.#follow(Number(tokenId));
    this.#tell(standing.epoch);
  }

  async #follow(tokenId: number): Promise<void> {
    await this.#serveAs(tokenId);
    const head = await this.#dependencies.chain.head();
    const touched = await this.#touchedTo(head);
    for (const jobId of touched) await this.#read(jobId);
    if (!this.#isClosed) await this.#save(head, touched.size > 0);
  }

  /** Another deed has other jobs: what is known is forgotten. */
  async #serveAs(tokenId: number): Promise<void> {
    if (this.#tokenId === tokenId) return;
    this.#known.clear();
    const kept = await readJson(this.#dependencies.disk, this.#options.path, fileSchema).catch(() => undefined);
    const isOurs = kept?.tokenId === tokenId;
    this.#block = isOurs ? kept.block : this.#dependencies.chain.fromBlock - 1;
    for (const jobId of isOurs ? kept.jobs : []) await this.#read(BigInt(jobId));
    this.#tokenId = tokenId;
  }

  /** Jobs that have to be read, because something happened to them up to the newest block. */
  async #touchedTo(head: number): Promise<Set<bigint>> {
    const { chain, clock } = this.#dependencies;
    const touched = new Set<bigint>();
    if (clock.now() >= this.#auditAt) {
      for (const jobId of this.#known.keys()) touched.add(jobId);
      this.#auditAt = clock.now() + this.#options.auditMs;
    }
    let from = Math.max(chain.fromBlock, Math.min(this.#block, head) + 1 - this.#options.overlap);
    while (from <= head) {
      const to = Math.min(head, from + this.#range - 1);
      for (const { jobId, tokenIds } of await this.#changes(from, to)) {
        if (this.#known.has(jobId) || tokenIds.includes(this.#tokenId as number)) touched.add(jobId);
      }
      from = to + 1;
    }
    return touched;
  }

  /** Servers refuse large answers in many ways: after a failure less is asked for. */
  async #changes(from: number, to: number): ReturnType<JobChain["changes"]> {
    try {
      const changes = await this.#dependencies.chain.changes(from, to);
      this.#range = Math.min(this.#options.range, this.#range * 2);
      return changes;
    } catch (error) {
      this.#range = Math.max(1, Math.floor((to - from + 1) / 2));
      if (to === from) throw error;
      const middle = from + this.#range - 1;
      return [...(await this.#changes(from, middle)), ...(await this.#changes(middle + 1, to))];
    }
  }

  async #read(jobId: bigint): Promise<void> {
    const standing = this.#dependencies.standing();
    if (standing === undefined) throw new KeeperError("NO_SESSION", "the session ended meanwhile", { retriable: true });
    const tokenId = Number(parseDeedId(standing.deed).tokenId);
    const assigned = await this.#dependencies.chain.assignment(jobId, tokenId);
    if (assigned.to > standing.epoch) this.#known.set(jobId, assigned);
    else this.#known.delete(jobId);
  }

  async #save(head: number, hasChanged: boolean): Promise<void> {
    const isFar = head - this.#block >= this.#options.overlap;
    this.#block = head;
    if (!hasChanged && !isFar) return;
    const jobs = [...this.#known.keys()].map(String);
    await writeJson(this.#dependencies.disk, this.#options.path, { tokenId: this.#tokenId, block: head, jobs });
  }

  #tell(epoch: bigint): void {
    const jobs = [...this.#known.values()].filter(({ to }) => to > epoch);
    jobs.sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
    const text = JSON.stringify(jobs, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
    if (this.#isClosed || text === this.#told) return;
    this.#told = text;
    this.#dependencies.onChange(jobs);
  }
}
