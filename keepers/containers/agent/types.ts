import type { Secret } from "../../core/secret.js";
import type { Hash } from "../../protocol/bytes.js";
import type { ClassResources } from "../../protocol/jobResources.js";
import type { JobSpec } from "../../protocol/jobSpec.js";

/** A job that this node is assigned to and may run: hash, class and secrets are checked by whoever asks for it. */
export interface DesiredJob {
  readonly jobId: bigint;
  /** What heartbeats call it (`serviceId`). */
  readonly assignment: Hash;
  readonly specHash: Hash;
  readonly spec: JobSpec;
  /** By name; everything that the specification asks for. */
  readonly secrets: ReadonlyMap<string, Secret>;
  /** What its class gives it on this node. */
  readonly allowance: ClassResources;
  /** Place of this node among those of the job, from 0: nodes with higher ones replace containers later. */
  readonly seat: number;
}

/** What a node does not need for its jobs at present, for two generations of a container to run at once. */
export interface Spare {
  /** Takes from it for a job, until `release`; undefined while there is not enough. */
  take(job: string, amount: ClassResources): boolean;
  release(job: string): void;
}

/** Where a container's port is reached from this machine. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Leads requests from outside to the containers of jobs. */
export interface Publisher {
  /**
   * New requests of a job go to `target` from now on, or are told to come later when there is none. Resolves when those under
   * way to what it was before have ended.
   */
  publish(jobId: bigint, name: string, target: Endpoint | undefined): Promise<void>;
  /** The same for a job that is served no longer. */
  withdraw(jobId: bigint): Promise<void>;
}
