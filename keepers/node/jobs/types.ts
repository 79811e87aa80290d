import type { Address, Hash } from "../../protocol/bytes.js";
import type { ClassResources } from "../../protocol/jobResources.js";

/** A job that the chain assigned to this node's deed. */
export interface AssignedJob {
  readonly jobId: bigint;
  readonly owner: Address;
  readonly specHash: Hash;
  readonly classId: number;
  /** Add-on; zero for none. */
  readonly gpu: number;
  /** First epoch that is not paid any more, and so not run. */
  readonly to: bigint;
  /** Place of the deed among those of the job, from 0, ascending by token id. */
  readonly seat: number;
}

/** Something that happened to a job on chain. */
export interface JobChange {
  readonly jobId: bigint;
  /** Node Deeds that joined or left. */
  readonly tokenIds: readonly number[];
}

/** What jobs need of the chain. All reject with `RPC_FAILED` (retriable). */
export interface JobChain {
  /** Contract that the domain of EIP-712 names. */
  readonly jobEscrow: Address;
  /** First block that can hold a change. */
  readonly fromBlock: number;
  /** Number of the newest block. */
  head(): Promise<number>;
  /** Changes in blocks `from` to `to`, both included. */
  changes(from: number, to: number): Promise<readonly JobChange[]>;
  /** The assignment of a deed as it is now; `to` is zero when there is none. */
  assignment(jobId: bigint, tokenId: number): Promise<AssignedJob>;
  /** Undefined when there is no such class. */
  classOf(classId: number): Promise<ClassResources | undefined>;
  /** Sum of `JobRight`s that a delegate has over the jobs of an owner. */
  rightsOf(owner: Address, delegate: Address): Promise<number>;
  /** Whether a smart-contract wallet takes a signature for its own (ERC-1271); false for an account without code. */
  isValidSignature(account: Address, digest: Hash, signature: string): Promise<boolean>;
}
