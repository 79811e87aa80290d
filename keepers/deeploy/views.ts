import type { Address, Hash } from "../protocol/bytes.js";
import type { ContainerState } from "../protocol/heartbeat.js";
import type { ClassResources } from "../protocol/jobResources.js";
import type { CommandAnswer, SignedCommand } from "../protocol/nodeCommand.js";

/** A place of a job and the Node Deed that has or had it. */
export interface Seat {
  readonly tokenId: number;
  /** `serviceId` of the job and the deed: under this heartbeats and leaves know it. */
  readonly assignment: Hash;
  /** First epoch that it is paid for, and the first that it is not any more. */
  readonly from: bigint;
  readonly to: bigint | undefined;
}

/** A job as the chain has it. */
export interface Job {
  readonly jobId: bigint;
  readonly owner: Address;
  readonly specHash: Hash;
  readonly classId: number;
  readonly gpu: number;
  /** Places, taken or not. */
  readonly nodes: number;
  readonly epochs: number;
  /** First epoch that is paid; undefined before the first assignment. */
  readonly start: bigint | undefined;
  /** Wei per epoch and node. */
  readonly rate: bigint;
  /** Wei: all that was ever paid in. */
  readonly deposit: bigint;
  /** Assignments so far. */
  readonly sequence: number;
  readonly isOver: boolean;
  /** Of those that serve now. */
  readonly seats: readonly Seat[];
}

/** A class of the catalog, or an add-on to one. */
export interface CatalogClass extends ClassResources {
  readonly classId: number;
  readonly name: string;
  /** US dollars per epoch and node, 8 decimals. */
  readonly price: bigint;
  readonly isGpu: boolean;
  readonly isOffered: boolean;
}

/** Something that happened to a job: a contract's event by its name, or `NodeState`. Values are plain JSON. */
export interface JobEvent {
  readonly type: string;
  readonly jobId: bigint;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The jobs and the catalog, as of the newest block that was read. */
export interface JobsView {
  /** The epoch that runs. */
  readonly epoch: bigint;
  job(jobId: bigint): Job | undefined;
  /** Ascending by number. */
  jobsOf(owner: Address): readonly Job[];
  /** Whether a job that is not over names this specification. */
  needsSpec(specHash: Hash): boolean;
  readonly classes: readonly CatalogClass[];
  /** The node that is associated with a Node Deed. */
  nodeOf(tokenId: number): Address | undefined;
  /** Calls for each event of a job from now on, until the function given back is called. */
  onEvent(jobId: bigint, listener: (event: JobEvent) => void): () => void;
}

/** What has to be asked of the chain at the moment. Everything rejects with a retriable KeeperError when it is away. */
export interface EscrowReader {
  /** `JobEscrow.rightsOf`. */
  rightsOf(owner: Address, delegate: Address): Promise<number>;
  /** Wei per epoch and node; undefined when the catalog does not offer that. */
  rateOf(classId: number, gpu: number): Promise<bigint | undefined>;
}

/** A call that an account may send; all of it is on the JobEscrow or on R1. */
export interface Call {
  readonly to: Address;
  readonly data: string;
}

/** Deeploy's own account, which sends what owners made it a delegate for. It pays gas and nothing else. */
export interface DelegateAccount {
  readonly address: Address;
  /** Rejects with what `TransactionSender.send` does. */
  send(label: string, call: Call): Promise<{ readonly txHash: Hash }>;
}

/** How a node says that a job stands on it. */
export interface ServiceState {
  readonly state: ContainerState;
  /** When this was heard, milliseconds since 1970. */
  readonly heardAt: number;
}

/** What nodes say in their heartbeats. */
export interface ServiceStates {
  stateOf(node: Address, assignment: Hash): ServiceState | undefined;
  /** Calls for each change of what a node says of an assignment, until the function given back is called. */
  onChange(listener: (change: StateChange) => void): () => void;
}

export interface StateChange extends ServiceState {
  readonly node: Address;
  readonly assignment: Hash;
}

/** A node that offers itself, as it says. */
export interface OfferedNode {
  readonly node: Address;
  readonly tokenId: number;
  readonly country: string;
  readonly tags: readonly string[];
  readonly capacity: ClassResources & { readonly gpus: number };
  /** Basis points. */
  readonly load: number;
  /** URL of its gateway, when it has one. */
  readonly gateway: string | undefined;
  /** Milliseconds since 1970. */
  readonly heardAt: number;
}

export interface Inventory {
  /** Ascending by token id. */
  readonly nodes: readonly OfferedNode[];
  offerOf(node: Address): OfferedNode | undefined;
}

/** Carries wallets' requests to nodes. */
export interface Relay {
  /**
   * The node's answer, piece by piece, up to its last one or until `signal` aborts. Throws KeeperError `NODE_SILENT`, `ANSWER_BROKEN` or
   * what publishing rejects with.
   */
  ask(node: Address, command: SignedCommand, signal: AbortSignal): AsyncIterable<CommandAnswer>;
}
