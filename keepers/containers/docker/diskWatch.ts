import type Docker from "dockerode";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Address } from "../../protocol/bytes.js";
import { isOf, labelFilter, limitOf, type Labels } from "./labels.js";
import type { Volumes } from "./volumes.js";

export interface DiskWatchOptions {
  readonly node: Address;
  /** Between two looks. Milliseconds. */
  readonly everyMs: number;
}

interface Watched {
  readonly Id: string;
  readonly Labels: Labels;
  readonly SizeRw?: number;
  readonly Mounts: readonly { readonly Name?: string }[];
}

/** Measuring volumes reads them from end to end. */
const LOOKS_PER_VOLUME_LOOK = 12;

/**
 * Kills containers that wrote more than they may, where no file system holds them to it. Between two looks a container can
 * go over its limit by what its disk takes in that time.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #docker: Docker;
  readonly #volumes: Volumes;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #written = new Map<string, number>();
  #looks = 0;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(
    options: DiskWatchOptions,
    dependencies: { docker: Docker; volumes: Volumes; clock: Clock; logger?: Logger },
  ) {
    this.#options = options;
    this.#docker = dependencies.docker;
    this.#volumes = dependencies.volumes;
    this.#clock = dependencies.clock;
    this.#logger = dependencies.logger;
  }

  /** Looks from now on. Idempotent. */
  start(): void {
    if (this.#cancel !== undefined || this.#closed) return;
    this.#cancel = this.#clock.schedule(this.#options.everyMs, async () => {
      await this.look().catch((error: unknown) => {
        this.#logger?.warn("disks cannot be watched", { error: describeError(error) });
      });
      this.#cancel = undefined;
      this.start();
    });
  }

  /** Bytes that a container had written outside its volumes at the last look; 0 before the first. */
  writtenBy(id: string): number {
    return this.#written.get(id) ?? 0;
  }

  /** Measures what runs, and kills what is over its limit. */
  async look(): Promise<void> {
    const running = await this.#running();
    const full = await this.#fullVolumes();
    this.#written.clear();
    for (const { Id: id, SizeRw: written = 0, Labels: labels, Mounts: mounts } of running) {
      this.#written.set(id, written);
      const over = written > (limitOf(labels) ?? Infinity) || mounts.some(({ Name: name }) => full.has(name ?? ""));
      if (over) await this.#kill(id, written);
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #running(): Promise<Watched[]> {
    const filters = labelFilter(this.#options.node);
    const found = (await this.#docker.listContainers({ size: true, filters })) as Watched[];
    return found.filter(({ Labels: labels }) => isOf(this.#options.node, labels));
  }

  async #fullVolumes(): Promise<ReadonlySet<string>> {
    const due = this.#looks % LOOKS_PER_VOLUME_LOOK === 0;
    this.#looks += 1;
    if (!due || (await this.#volumes.sized())) return new Set();
    const limits = await this.#volumes.watched();
    if (limits.size === 0) return new Set();
    const { Volumes: sizes } = (await this.#docker.df()) as {
      Volumes: { Name: string; UsageData: { Size: number } }[] | null;
    };
    const over = (sizes ?? []).filter(
      ({ Name: name, UsageData: usage }) => usage.Size > (limits.get(name) ?? Infinity),
    );
    return new Set(over.map(({ Name: name }) => name));
  }

  async #kill(id: string, written: number): Promise<void> {
    this.#logger?.warn("a container filled its disk and is ended", { id, written });
    await this.#docker.getContainer(id).kill({ signal: "SIGKILL" });
  }
}
