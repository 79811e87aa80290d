import type { Address, Hash } from "../protocol/bytes.js";
import type { ChainEvent } from "./chainEvent.js";
import { changeJob, type JobEvent, type JobState, type ResourceClass } from "./jobState.js";

/** A deed's node, and who owned the deed when it was associated: any change of owner ends the association. */
export interface NodeLink {
  readonly node: Address;
  readonly owner: Address;
  /** Unix seconds. */
  readonly associatedAt: bigint;
  readonly epoch: bigint;
}

export interface OperatorState {
  /** Unix seconds; the approval holds strictly before it, 0 when there is none. */
  readonly approvedUntil: number;
  readonly banned: boolean;
  /** Whether the last approval was of a business (KYB) rather than of a person. */
  readonly isBusiness: boolean;
}

export interface Oracle {
  readonly address: Address;
  readonly owner: Address;
  /** When it was added, Unix seconds. */
  readonly since: number;
}

export interface Commit {
  readonly epoch: bigint;
  readonly root: Hash;
  readonly previousRoot: Hash;
  readonly dataHash: Hash;
  readonly leafCount: bigint;
  readonly transactionHash: Hash;
  /** Time of its block, Unix seconds: it can be disproved for the activation delay from then on, and is active after that. */
  readonly committedAt: number;
  /** The oracles whose signatures it carried, ascending. */
  readonly signers: readonly Address[];
  /** The commit before it; undefined for the first. */
  readonly previous: Commit | undefined;
}

/**
 * What makes the oracles begin the undecided epochs anew, with those that are left: each disproved root, and each removal of
 * an oracle for any other reason. Without it an epoch could wait for ever for members that are gone.
 */
export interface Attempts {
  readonly count: number;
  /** Undefined before the first. */
  readonly last: LastAttempt | undefined;
}

export interface LastAttempt {
  /** Of its block, Unix seconds. */
  readonly timestamp: number;
  /** The set right after it; ascending. */
  readonly oracles: readonly Oracle[];
}

/** What the protocol's events add up to. Values are never changed: each event makes a new state. */
export interface ProtocolState {
  readonly links: ReadonlyMap<bigint, NodeLink>;
  /** The inverse of `links`. */
  readonly deedOfNode: ReadonlyMap<Address, bigint>;
  readonly operators: ReadonlyMap<Address, OperatorState>;
  readonly bannedDeeds: ReadonlySet<bigint>;
  /** Ascending by address. */
  readonly oracles: readonly Oracle[];
  /** Undefined before the first commit; disproved ones do not count. */
  readonly lastCommit: Commit | undefined;
  readonly attempts: Attempts;
  /** Oracles that have to answer → until when, Unix seconds. */
  readonly challenges: ReadonlyMap<Address, number>;
  /** All jobs ever created, by number; none where the deployment has no escrow. See `jobSelectors.ts`. */
  readonly jobs: ReadonlyMap<bigint, JobState>;
  /** Resource classes and add-ons by number. */
  readonly classes: ReadonlyMap<number, ResourceClass>;
}

/** The state before the first event. */
export const emptyState: ProtocolState = {
  links: new Map(),
  deedOfNode: new Map(),
  operators: new Map(),
  bannedDeeds: new Set(),
  oracles: [],
  lastCommit: undefined,
  attempts: { count: 0, last: undefined },
  challenges: new Map(),
  jobs: new Map(),
  classes: new Map(),
};

const unknownOperator: OperatorState = { approvedUntil: 0, banned: false, isBusiness: false };
/** As `OperatorApproved` tells it. */
const BUSINESS = 2;

/** The state after one more event. */
export function applyEvent(state: ProtocolState, event: ChainEvent): ProtocolState {
  return applyEvents(state, [event]);
}

/** The state after more events, in the order of the chain. Copies a part of the state at most once, whatever the number. */
export function applyEvents(state: ProtocolState, events: readonly ChainEvent[]): ProtocolState {
  if (events.length === 0) return state;
  const draft = new Draft(state);
  for (const event of events) apply(draft, event);
  return draft.finish();
}

/** A state under change: the maps are copied when first written. */
class Draft {
  readonly #base: ProtocolState;
  #links: Map<bigint, NodeLink> | undefined;
  #deedOfNode: Map<Address, bigint> | undefined;
  #operators: Map<Address, OperatorState> | undefined;
  #bannedDeeds: Set<bigint> | undefined;
  #jobs: Map<bigint, JobState> | undefined;
  #classes: Map<number, ResourceClass> | undefined;
  oracles: readonly Oracle[];
  lastCommit: Commit | undefined;
  attempts: Attempts;
  challenges: ReadonlyMap<Address, number>;

  constructor(base: ProtocolState) {
    this.#base = base;
    this.oracles = base.oracles;
    this.lastCommit = base.lastCommit;
    this.attempts = base.attempts;
    this.challenges = base.challenges;
  }

  get links(): Map<bigint, NodeLink> {
    return (this.#links ??= new Map(this.#base.links));
  }

  get deedOfNode(): Map<Address, bigint> {
    return (this.#deedOfNode ??= new Map(this.#base.deedOfNode));
  }

  get operators(): Map<Address, OperatorState> {
    return (this.#operators ??= new Map(this.#base.operators));
  }

  get bannedDeeds(): Set<bigint> {
    return (this.#bannedDeeds ??= new Set(this.#base.bannedDeeds));
  }

  get jobs(): Map<bigint, JobState> {
    return (this.#jobs ??= new Map(this.#base.jobs));
  }

  get classes(): Map<number, ResourceClass> {
    return (this.#classes ??= new Map(this.#base.classes));
  }

  finish(): ProtocolState {
    return {
      links: this.#links ?? this.#base.links,
      deedOfNode: this.#deedOfNode ?? this.#base.deedOfNode,
      operators: this.#operators ?? this.#base.operators,
      bannedDeeds: this.#bannedDeeds ?? this.#base.bannedDeeds,
      oracles: this.oracles,
      lastCommit: this.lastCommit,
      attempts: this.attempts,
      challenges: this.challenges,
      jobs: this.#jobs ?? this.#base.jobs,
      classes: this.#classes ?? this.#base.classes,
    };
  }
}

type EventOf<Type extends ChainEvent["type"]> = Extract<ChainEvent, { type: Type }>;
type Handlers = { readonly [Type in ChainEvent["type"]]: (draft: Draft, event: EventOf<Type>) => void };

const handlers: Handlers = {
  NodeAssociated(draft, { deed, node, owner, epoch, timestamp }) {
    dissociate(draft, deed);
    draft.links.set(deed, { node, owner, associatedAt: BigInt(timestamp), epoch });
    draft.deedOfNode.set(node, deed);
  },
  NodeDissociated: (draft, { deed }) => dissociate(draft, deed),
  OperatorApproved: (draft, { operator, until, verification }) =>
    changeOperator(draft, operator, { approvedUntil: until, isBusiness: verification === BUSINESS }),
  OperatorRevoked: (draft, { operator }) => changeOperator(draft, operator, { approvedUntil: 0 }),
  OperatorBanned: (draft, { operator }) => changeOperator(draft, operator, { banned: true }),
  OperatorUnbanned: (draft, { operator }) => changeOperator(draft, operator, { banned: false }),
  DeedBanned: (draft, { deed }) => void draft.bannedDeeds.add(deed),
  DeedUnbanned: (draft, { deed }) => void draft.bannedDeeds.delete(deed),
  OracleAdded(draft, { oracle, owner, timestamp }) {
    const others = draft.oracles.filter(({ address }) => address !== oracle);
    const added = { address: oracle, owner, since: timestamp };
    draft.oracles = [...others, added].sort((a, b) => (a.address < b.address ? -1 : 1));
  },
  OracleRemoved(draft, { oracle, why, timestamp }) {
    draft.oracles = draft.oracles.filter(({ address }) => address !== oracle);
    endChallenge(draft, oracle);
    // Those who signed a disproved root go together, and the disproof itself counts for all of them.
    if (why !== "disproved") beginAnew(draft, timestamp);
  },
  OracleChallenged(draft, { oracle, deadline }) {
    draft.challenges = new Map(draft.challenges).set(oracle, deadline);
  },
  OracleAnswered: (draft, { oracle }) => endChallenge(draft, oracle),
  EpochCommitted(draft, { epoch, root, previousRoot, dataHash, leafCount, signers, transactionHash, timestamp }) {
    const signed = draft.oracles.filter((_, position) => ((signers >> BigInt(position)) & 1n) === 1n);
    const addresses = signed.map(({ address }) => address);
    const { lastCommit: previous } = draft;
    draft.lastCommit = {
      epoch,
      root,
      previousRoot,
      dataHash,
      leafCount,
      transactionHash,
      committedAt: timestamp,
      signers: addresses,
      previous,
    };
  },
  EpochDisproved(draft, { timestamp }) {
    draft.lastCommit = draft.lastCommit?.previous;
    beginAnew(draft, timestamp);
  },
  JobCreated: applyToJob,
  SpecChanged: applyToJob,
  JobExtended: applyToJob,
  JobScaled: applyToJob,
  JobClosed: applyToJob,
  NodesAssigned: applyToJob,
  NodesReleased: applyToJob,
  Settled: applyToJob,
  Refunded: applyToJob,
  ClassSet(draft, { classId, name, price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered }) {
    draft.classes.set(classId, { name, price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered });
  },
};

function apply<Type extends ChainEvent["type"]>(draft: Draft, event: EventOf<Type>): void {
  const handler = handlers[event.type] as (draft: Draft, event: EventOf<Type>) => void;
  handler(draft, event);
}

function applyToJob(draft: Draft, event: JobEvent): void {
  const job = changeJob(draft.jobs.get(event.jobId), event);
  if (job) draft.jobs.set(job.jobId, job);
}

function beginAnew(draft: Draft, timestamp: number): void {
  draft.attempts = { count: draft.attempts.count + 1, last: { timestamp, oracles: draft.oracles } };
}

function endChallenge(draft: Draft, oracle: Address): void {
  const others = new Map(draft.challenges);
  if (others.delete(oracle)) draft.challenges = others;
}

function dissociate(draft: Draft, deed: bigint): void {
  const link = draft.links.get(deed);
  if (link === undefined) return;
  draft.links.delete(deed);
  draft.deedOfNode.delete(link.node);
}

function changeOperator(draft: Draft, operator: Address, change: Partial<OperatorState>): void {
  const before = draft.operators.get(operator) ?? unknownOperator;
  draft.operators.set(operator, { ...before, ...change });
}
