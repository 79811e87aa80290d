import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import type { Disk } from "../../core/disk.js";
import { KeeperError } from "../../core/errors.js";
import { readJson, writeJson } from "../../core/files.js";
import { SerialQueue } from "../../core/serial.js";
import type { Hash } from "../../protocol/bytes.js";

export interface CommandStoreOptions {
  readonly path: string;
  /** Most commands that are remembered at a time; each is until it expires. */
  readonly capacity: number;
}

const fileSchema = z.object({
  /** Unix seconds by the digest of a command that was carried out. */
  done: z.record(z.string(), z.number()),
  stopped: z.array(z.string().regex(/^\d{1,77}$/u)),
});

const waitingWrites = 64;

/** What outlives the process: commands that must not be carried out twice, and jobs that their owners stopped. */
export class CommandStore {
  readonly #options: CommandStoreOptions;
  readonly #dependencies: { readonly disk: Disk; readonly clock: Pick<Clock, "now"> };
  readonly #writes = new SerialQueue({ limit: waitingWrites });
  readonly #done: Map<Hash, number>;
  readonly #stopped: Set<bigint>;

  private constructor(
    options: CommandStoreOptions,
    dependencies: { readonly disk: Disk; readonly clock: Pick<Clock, "now"> },
    kept: z.output<typeof fileSchema> | undefined,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#done = new Map(Object.entries(kept?.done ?? {}));
    this.#stopped = new Set((kept?.stopped ?? []).map(BigInt));
  }

  /** Rejects with what `readJson` does. */
  static async open(
    options: CommandStoreOptions,
    dependencies: { readonly disk: Disk; readonly clock: Pick<Clock, "now"> },
  ): Promise<CommandStore> {
    return new CommandStore(options, dependencies, await readJson(dependencies.disk, options.path, fileSchema));
  }

  isStopped(jobId: bigint): boolean {
    return this.#stopped.has(jobId);
  }

  /**
   * Resolves once the command is used up for good.
   * @throws KeeperError `COMMAND_REPLAYED`; `COMMANDS_FULL` (retriable) when too many wait for their expiry
   */
  async use(digest: Hash, expiresAt: number): Promise<void> {
    if (this.#done.has(digest)) throw new KeeperError("COMMAND_REPLAYED", "this command was given before");
    this.#forget();
    if (this.#done.size >= this.#options.capacity) {
      throw new KeeperError("COMMANDS_FULL", "too many commands in the last minutes", { retriable: true });
    }
    this.#done.set(digest, expiresAt);
    await this.#save();
  }

  /** Notes whether a job is stopped by its owner. */
  async setStopped(jobId: bigint, stopped: boolean): Promise<void> {
    if (stopped) this.#stopped.add(jobId);
    else this.#stopped.delete(jobId);
    await this.#save();
  }

  /** Forgets what jobs were stopped that this node does not have any more. */
  async keepOnly(jobIds: ReadonlySet<bigint>): Promise<void> {
    const gone = [...this.#stopped].filter((jobId) => !jobIds.has(jobId));
    for (const jobId of gone) this.#stopped.delete(jobId);
    if (gone.length > 0) await this.#save();
  }

  #forget(): void {
    const now = this.#dependencies.clock.now() / 1_000;
    for (const [digest, expiresAt] of this.#done) if (expiresAt < now) this.#done.delete(digest);
  }

  async #save(): Promise<void> {
    const { disk } = this.#dependencies;
    await this.#writes.run(() =>
      writeJson(disk, this.#options.path, {
        done: Object.fromEntries(this.#done),
        stopped: [...this.#stopped].map(String),
      }),
    );
  }
}
