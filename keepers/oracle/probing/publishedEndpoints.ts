import type { JobState } from "../../chain/jobState.js";
import type { ProtocolState } from "../../chain/protocolState.js";
import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { type Address, bytesToHex, type Hash } from "../../protocol/bytes.js";
import { decodeJobSpec, type JobSpec } from "../../protocol/jobSpec.js";
import { keccak } from "../../protocol/signing.js";
import type { Seat } from "../../protocol/subjects.js";
import type { Endpoints } from "./prober.js";

export interface PublishedEndpointsOptions {
  /** After a specification that was not to be had. Milliseconds. */
  readonly retryMs: number;
  /** Most specifications that are remembered. */
  readonly capacity: number;
}

export interface PublishedEndpointsDependencies {
  readonly state: () => Pick<ProtocolState, "jobs" | "links">;
  /** What nodes said of themselves last. */
  readonly adverts: { lastOf(node: Address): { readonly gateway: string } | undefined };
  /** A specification's bytes; nobody has to be trusted. */
  readonly fetchSpec: (hash: Hash) => Promise<Uint8Array | undefined>;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** What a job publishes: the path to visit, or nothing; `until`: not known, and not to be asked for before. Milliseconds. */
type Known = { readonly path: string | undefined } | { readonly until: number };

/** Where jobs are published: what their specifications say, at the gateway that the node itself advertises. */
export class PublishedEndpoints implements Endpoints {
  readonly #options: PublishedEndpointsOptions;
  readonly #dependencies: PublishedEndpointsDependencies;
  readonly #known = new Map<Hash, Known>();

  constructor(options: PublishedEndpointsOptions, dependencies: PublishedEndpointsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Undefined too for a node that said nothing of itself lately: how it does is told by its heartbeats. */
  endpointOf({ jobId, deed }: Seat): { readonly url: string | undefined } | undefined {
    const { jobs, links } = this.#dependencies.state();
    const path = this.#pathOf(jobs.get(jobId));
    const link = links.get(deed);
    const advert = link && this.#dependencies.adverts.lastOf(link.node);
    if (path === undefined || advert === undefined) return undefined;
    const { gateway } = advert;
    return { url: gateway === "" ? undefined : `${gateway.replace(/\/$/u, "")}/jobs/${jobId}${path}` };
  }

  #pathOf(job: JobState | undefined): string | undefined {
    if (job === undefined) return undefined;
    const known = this.#known.get(job.specHash);
    if (known && "path" in known) return known.path;
    const now = this.#dependencies.clock.now();
    if (known && now < known.until) return undefined;
    this.#remember(job.specHash, { until: now + this.#options.retryMs });
    void this.#learn(job.specHash);
    return undefined;
  }

  async #learn(hash: Hash): Promise<void> {
    const { fetchSpec, logger } = this.#dependencies;
    try {
      const bytes = await fetchSpec(hash);
      if (bytes === undefined || bytesToHex(keccak(bytes)) !== hash) return;
      const { ingress }: JobSpec = decodeJobSpec(bytes);
      this.#remember(hash, { path: ingress?.probePath });
    } catch (error) {
      logger.debug("what a job publishes is not known yet", { hash, error: describeError(error) });
    }
  }

  /** The oldest goes: it is asked for again if it is still of use. */
  #remember(hash: Hash, known: Known): void {
    this.#known.delete(hash);
    this.#known.set(hash, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#options.capacity && oldest !== undefined) this.#known.delete(oldest);
  }
}
