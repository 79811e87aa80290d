import { z } from "zod";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { readJson, writeJson } from "../core/files.js";
import type { Logger } from "../core/logger.js";
import { SerialQueue } from "../core/serial.js";
import { Outage } from "./outage.js";

export interface HeartbeatSequenceOptions {
  /** The file that outlives restarts; its folder must exist. */
  readonly path: string;
  /** How far ahead sequences are reserved. Sequences are milliseconds, so 60,000 means one write a minute. */
  readonly step: bigint;
}

interface Dependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

const fileSchema = z.strictObject({ reserved: z.string().regex(/^\d{1,20}$/u) });

/** More callers than a sender ever has. */
const queueLimit = 64;

/**
 * The numbers that heartbeats carry: `max(last + 1, now)`. Never one twice, also not after a crash and with a clock set
 * back, because a range is on disk before its first number is used. When the disk fails, numbers are given all the same and
 * it is said so: a number used twice would only be ignored by the oracles, a heartbeat not sent costs its owner money.
 */
export class HeartbeatSequence {
  readonly #options: HeartbeatSequenceOptions;
  readonly #dependencies: Dependencies;
  readonly #queue = new SerialQueue({ limit: queueLimit });
  readonly #outage: Outage;
  #last: bigint;
  #reserved: bigint;
  #closing: Promise<void> | undefined;

  private constructor(options: HeartbeatSequenceOptions, dependencies: Dependencies, reserved: bigint) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#outage = new Outage({ what: "reserving heartbeat sequences" }, dependencies);
    this.#last = reserved;
    this.#reserved = reserved;
  }

  /** Continues after the highest number that can have been used. Rejects with `FILE_INVALID` or a disk error. */
  static async open(options: HeartbeatSequenceOptions, dependencies: Dependencies): Promise<HeartbeatSequence> {
    const found = await readJson(dependencies.disk, options.path, fileSchema);
    return new HeartbeatSequence(options, dependencies, BigInt(found?.reserved ?? 0));
  }

  /** The highest number given out. */
  get last(): bigint {
    return this.#last;
  }

  /** Rejects only when closed or asked by too many at once. */
  next(): Promise<bigint> {
    return this.#queue.run(async () => {
      const now = BigInt(Math.floor(this.#dependencies.clock.now()));
      const candidate = this.#last + 1n > now ? this.#last + 1n : now;
      if (candidate > this.#reserved) await this.#reserve(candidate + this.#options.step);
      this.#last = candidate;
      return candidate;
    });
  }

  /** Gives the unused part of the range back, so that restarts do not run ahead of the clock. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#reserve(this.#last));
    return this.#closing;
  }

  async #reserve(reserved: bigint): Promise<void> {
    try {
      await writeJson(this.#dependencies.disk, this.#options.path, { reserved: reserved.toString() });
      this.#reserved = reserved;
      this.#outage.succeeded();
    } catch (error) {
      this.#outage.failed(error);
    }
  }
}
