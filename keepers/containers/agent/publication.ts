import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { ContainerId } from "../engine.js";
import type { JobRecord } from "./jobRecord.js";
import type { Endpoint, Publisher } from "./types.js";

export interface PublicationOptions {
  /** Where published ports listen. */
  readonly hostAddress: string;
}

export interface PublicationDependencies {
  readonly record: Pick<JobRecord, "job" | "mode" | "sightings">;
  /** Without one nothing is published. */
  readonly publisher?: Publisher | undefined;
  readonly logger: Logger;
}

/** What leads from outside to a job: to a container in good health, away from it before it ends, and nowhere meanwhile. */
export class Publication {
  readonly #options: PublicationOptions;
  readonly #dependencies: PublicationDependencies;
  #published: { readonly jobId: bigint; readonly text: string } | undefined;
  /** A container that is about to end. */
  #avoided: ContainerId | undefined;
  /** Resolves when nothing is under way any more to where it led before. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(options: PublicationOptions, dependencies: PublicationDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Leads to where the job is served now. */
  update(): void {
    const { publisher, record } = this.#dependencies;
    const { job, mode } = record;
    if (publisher === undefined || job === undefined) return;
    if (job.spec.ingress === undefined || mode === "gone") return this.#withdraw(publisher);
    const { name } = job.spec;
    const target = this.#target(job.spec.ingress);
    const text = JSON.stringify([name, target]);
    if (this.#published?.text === text) return;
    this.#published = { jobId: job.jobId, text };
    this.#settle(publisher.publish(job.jobId, name, target));
  }

  /** Does what ends a container, once nothing leads there. Rejects as `work` does. */
  async without(container: ContainerId, work: () => Promise<void>): Promise<void> {
    this.#avoided = container;
    try {
      this.update();
      await this.#settled;
      await work();
    } finally {
      this.#avoided = undefined;
      this.update();
    }
  }

  #withdraw(publisher: Publisher): void {
    if (this.#published === undefined) return;
    const { jobId } = this.#published;
    this.#published = undefined;
    this.#settle(publisher.withdraw(jobId));
  }

  #settle(next: Promise<void>): void {
    const reported = next.catch((error: unknown) => {
      this.#dependencies.logger.warn("a job could not be published", { error: describeError(error) });
    });
    this.#settled = Promise.all([this.#settled, reported]);
  }

  #target({ container, port }: { readonly container: string; readonly port: number }): Endpoint | undefined {
    const { running } = this.#dependencies.record.sightings;
    const serving = running.findLast(
      ({ id, name, health }) => name === container && health === "good" && id !== this.#avoided,
    );
    const hostPort = serving?.status?.ports.get(port);
    return hostPort === undefined ? undefined : { host: this.#options.hostAddress, port: hostPort };
  }
}
