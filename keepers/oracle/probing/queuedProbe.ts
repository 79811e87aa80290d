import { z } from "zod";
import { bytesToHex } from "../../protocol/bytes.js";
import { keccak } from "../../protocol/signing.js";
import { AwaitedTasks, type AwaitedTasksDependencies } from "../../queue/awaitedTasks.js";
import type { Probe, ProbeVerdict } from "./httpProbe.js";

/** An endpoint to be visited. */
export const probeTaskSchema = z.strictObject({ url: z.string() });
export type ProbeTask = z.output<typeof probeTaskSchema>;

export interface QueuedProbeOptions {
  /** After that long without an outcome a visit is made past the queue. Milliseconds. */
  readonly waitMs: number;
}

export interface QueuedProbeDependencies extends Omit<AwaitedTasksDependencies<ProbeTask, ProbeVerdict>, "work"> {
  readonly probe: Probe;
}

/**
 * Visits by way of a queue, one at a time for each endpoint. A queue that is away, slow or forgetful is no fault of an endpoint: then
 * it is visited without.
 */
export class QueuedProbe {
  readonly #probe: Probe;
  readonly #tasks: AwaitedTasks<ProbeTask, ProbeVerdict>;

  constructor(options: QueuedProbeOptions, { probe, ...dependencies }: QueuedProbeDependencies) {
    this.#probe = probe;
    const work = async ({ url }: ProbeTask, _run: unknown, isAwaited: boolean) =>
      isAwaited ? probe(url) : "NO_ENDPOINT";
    this.#tasks = new AwaitedTasks(options, { ...dependencies, work });
  }

  /** Never rejects. */
  readonly visit: Probe = async (url) => {
    const key = bytesToHex(keccak(new TextEncoder().encode(url)));
    try {
      return await this.#tasks.do({ url }, { key });
    } catch {
      return this.#probe(url);
    }
  };

  /** Idempotent. */
  close(): Promise<void> {
    return this.#tasks.close();
  }
}
