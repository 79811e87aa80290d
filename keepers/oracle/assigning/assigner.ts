import { isOver } from "../../chain/jobSelectors.js";
import type { BlockRef } from "../../chain/chainReader.js";
import type { ChainFollower } from "../../chain/chainFollower.js";
import type { Commit, ProtocolState } from "../../chain/protocolState.js";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import {
  type Assignment,
  assignmentData,
  assignmentTopic,
  encodeAssignmentMessage,
} from "../../protocol/assignment.js";
import { type Address, bytesToHex, type Hash } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import { compactSignature, type Signer } from "../../protocol/signing.js";
import { typedDataBytes, typedDataDigest } from "../../protocol/typedData.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import { TokenBuckets } from "../tokenBuckets.js";
import type { AdvertBook } from "./advertBook.js";
import { validateAssignment } from "./assignmentValidator.js";
import { Ballots } from "./ballots.js";
import { decide, type Decision } from "./decision.js";
import type { SeatHealth } from "./health.js";
import type { ServiceRecord } from "./reputation.js";
import { type AssignmentSender, Dispatch } from "./dispatch.js";
import type { SpecBook } from "./specBook.js";
import { type AssignmentCode, VerdictTally } from "./verdict.js";

export interface AssignerOptions {
  readonly chainId: bigint;
  readonly escrow: Address;
  readonly key: Signer;
  readonly epochClock: EpochClock;
  /** Every so many blocks the oracles decide. */
  readonly everyBlocks: number;
  /** From a decision block's time to the assignment's deadline, seconds. An older block decides nothing. */
  readonly lifetimeSeconds: number;
  /** The head start of each oracle that sends before the next one. Milliseconds. */
  readonly stageMs: number;
  /** Assignments in one decision. */
  readonly most: number;
  /** How old a commit is before reputations follow it: whoever decided its epoch has its leaf file by then. Seconds. */
  readonly settledSeconds: number;
}

export const defaultAssignerOptions = {
  everyBlocks: 5,
  lifetimeSeconds: 120,
  stageMs: 5_000,
  most: 64,
  settledSeconds: 60,
} as const;

export interface AssignerDependencies {
  readonly bus: Pick<MessageBus, "publish" | "subscribe">;
  /** Started. */
  readonly follower: Pick<ChainFollower, "view" | "stateAt" | "subscribe">;
  readonly adverts: Pick<AdvertBook, "offerAt" | "prune">;
  readonly specs: Pick<SpecBook, "of">;
  /** Reputations; undefined for a commit whose leaf file is not here. */
  readonly records: { of(commit: Commit): Promise<ServiceRecord | undefined> };
  readonly health: Pick<SeatHealth, "look">;
  readonly sender: AssignmentSender;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AssignerStatus {
  /** Of the last decision block; undefined before the first. */
  readonly decidedAt: number | undefined;
  /** Jobs that lacked nodes which there were not. */
  readonly unplaced: number;
  /** Assignments that this oracle signed. */
  readonly signed: number;
  /** Decision blocks at which it could not decide. */
  readonly abstained: number;
}

/** How often seats are looked at. Milliseconds. */
const LOOK_MS = 5_000;
/** Ahead of this oracle's clock, seconds: whatever the chain's and the others' clocks say. */
const MOST_AHEAD = 60;
const MOST_ORACLES = 128;
const NOTHING_FAILS: ReadonlySet<Hash> = new Set();
const NO_DECISION: Decision = { assignments: [], unplaced: [] };

/**
 * Decides with the other oracles which nodes serve which job. At every decision block each of them works out the same from
 * the chain and from what the nodes offer, signs it and publishes the signature; whoever sees a quorum sends it in its turn.
 * There are no rounds: an oracle that saw something else signs something else, and all decide anew at the next block, until
 * the chain has it. The escrow takes one assignment for each sequence, whatever else was signed.
 */
export class Assigner {
  readonly tally = new VerdictTally<AssignmentCode>();
  readonly dispatch: Dispatch;
  readonly #options: AssignerOptions;
  readonly #dependencies: AssignerDependencies;
  readonly #ballots = new Ballots();
  readonly #buckets: TokenBuckets;
  #status: AssignerStatus = { decidedAt: undefined, unplaced: 0, signed: 0, abstained: 0 };
  #failing: ReadonlySet<Hash> = NOTHING_FAILS;
  #unsubscribe: Promise<Unsubscribe> | undefined;
  #forget: () => void = () => undefined;
  #cancelLook: Cancel = () => undefined;
  /** The newest decision block: what an older one leads to is not signed any more. */
  #newest: Hash | undefined;
  #working: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: AssignerOptions, dependencies: AssignerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    const perSecond = (4 * options.most) / options.lifetimeSeconds;
    this.#buckets = new TokenBuckets({ burst: 8 * options.most, perSecond, capacity: MOST_ORACLES }, dependencies);
    this.dispatch = new Dispatch(options, { ...dependencies, ballots: this.#ballots });
  }

  get status(): AssignerStatus {
    return this.#status;
  }

  /** Begins to listen and to decide; rejects as `MessageBus.subscribe` does. */
  async start(): Promise<void> {
    const { bus, follower } = this.#dependencies;
    this.#unsubscribe ??= bus.subscribe(assignmentTopic(this.#options.chainId, "+"), this.#hear);
    await this.#unsubscribe;
    if (this.#isClosed) return;
    this.#forget = follower.subscribe((notification) => {
      if (notification.type === "block") this.#onBlock(notification.block);
      else if (notification.type === "reorg") this.dispatch.poke();
    });
    this.#look();
  }

  /** Says and sends nothing more. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    this.#cancelLook();
    this.dispatch.close();
    const unsubscribe = await this.#unsubscribe?.catch(() => undefined);
    await unsubscribe?.();
    await this.#working;
  }

  #look(): void {
    this.#cancelLook = this.#dependencies.clock.schedule(LOOK_MS, () => this.#look());
    const { state, block } = this.#dependencies.follower.view;
    this.#failing = this.#dependencies.health.look(state, this.#epochAt(block));
  }

  #onBlock(block: BlockRef): void {
    this.#ballots.prune((assignment) => this.#isOpen(assignment));
    this.dispatch.poke();
    if (block.number % this.#options.everyBlocks !== 0 || !this.#isRecent(block)) return;
    this.#newest = block.hash;
    this.#dependencies.adverts.prune();
    this.#working = this.#working
      .then(() => this.#decideAt(block))
      .catch((error: unknown) => this.#abstain(block, error));
  }

  /** Not a block that was read late, while the chain was caught up with. */
  #isRecent({ timestamp }: BlockRef): boolean {
    return timestamp + this.#options.lifetimeSeconds / 2 > this.#now;
  }

  async #decideAt(block: BlockRef): Promise<void> {
    if (!this.#isCurrent(block)) return;
    const state = this.#dependencies.follower.stateAt(block.number);
    const { assignments, unplaced } = state.jobs.size === 0 ? NO_DECISION : await this.#decide(block, state);
    if (!this.#isCurrent(block)) return;
    this.#status = { ...this.#status, decidedAt: block.number, unplaced: unplaced.length };
    if (!this.#isMember()) return;
    for (const assignment of assignments) if (this.#isCurrent(block)) await this.#sign(assignment);
  }

  #isCurrent({ hash }: BlockRef): boolean {
    return !this.#isClosed && this.#newest === hash;
  }

  async #decide(block: BlockRef, state: ProtocolState): Promise<Decision> {
    const { specs, records, adverts } = this.#dependencies;
    const epoch = this.#epochAt(block);
    const live = [...state.jobs.values()].filter((job) => !isOver(job, epoch));
    const wishes = await specs.of(new Set(live.map(({ specHash }) => specHash)));
    const commit = this.#settledCommit(state, block);
    const record = commit && (await records.of(commit));
    if (commit !== undefined && record === undefined) {
      throw new Error(`the leaf file of epoch ${commit.epoch} is not here, and with it nobody's reputation`);
    }
    const offerOf = (node: Address) => adverts.offerAt(node, block.timestamp * 1_000);
    return decide({ block, state, epoch, wishes, offerOf, record, failing: this.#failing }, this.#options);
  }

  #settledCommit({ lastCommit }: ProtocolState, { timestamp }: BlockRef): Commit | undefined {
    let commit = lastCommit;
    while (commit !== undefined && commit.committedAt + this.#options.settledSeconds > timestamp)
      commit = commit.previous;
    return commit;
  }

  #abstain({ number }: BlockRef, error: unknown): void {
    this.#status = { ...this.#status, abstained: this.#status.abstained + 1 };
    this.#dependencies.logger.warn("this oracle decides about no job at this block", {
      block: number,
      error: describeError(error),
    });
  }

  async #sign(assignment: Assignment): Promise<void> {
    const { chainId, escrow, key } = this.#options;
    if (!this.#isOpen(assignment) || this.#ballots.isSuperseded({ oracle: key.address, assignment })) return;
    const data = assignmentData({ chainId, verifyingContract: escrow }, assignment);
    const signature = compactSignature(await key.signBytes(typedDataBytes(data)));
    if (this.#isClosed) return;
    const digest = typedDataDigest(data);
    this.#status = { ...this.#status, signed: this.#status.signed + 1 };
    this.#ballots.add({ oracle: key.address, assignment, digest: bytesToHex(digest), signature });
    const message = encodeAssignmentMessage({ chainId, escrow, assignment, signature });
    const { bus, logger } = this.#dependencies;
    bus.publish(assignmentTopic(chainId, key.address), message, { qos: 1 }).catch((error: unknown) => {
      logger.debug("a signed assignment was not delivered", { error: describeError(error) });
    });
    this.dispatch.consider(assignment.jobId);
  }

  readonly #hear = (topic: string, payload: Uint8Array): void => {
    if (this.#isClosed) return;
    const { chainId, escrow, key, lifetimeSeconds } = this.#options;
    const { state, block } = this.#dependencies.follower.view;
    const now = Math.min(block.timestamp, this.#now);
    const verdict = validateAssignment(topic, payload, {
      ...{ chainId, escrow, me: key.address, now, ballots: this.#ballots, buckets: this.#buckets },
      ...{ oracles: oraclesOf(state), jobs: state.jobs },
      latest: Math.max(block.timestamp, this.#now) + lifetimeSeconds + MOST_AHEAD,
    });
    this.tally.count(verdict.outcome === "accept" ? "accepted" : verdict.code);
    if (verdict.outcome !== "accept") return;
    this.#ballots.add(verdict.ballot);
    this.dispatch.consider(verdict.ballot.assignment.jobId);
  };

  #isOpen({ jobId, sequence, deadline }: Assignment): boolean {
    const { state, block } = this.#dependencies.follower.view;
    return state.jobs.get(jobId)?.sequence === sequence && deadline >= BigInt(block.timestamp);
  }

  #isMember(): boolean {
    return oraclesOf(this.#dependencies.follower.view.state).includes(this.#options.key.address);
  }

  #epochAt({ timestamp }: BlockRef): bigint {
    return this.#options.epochClock.epochAt(timestamp);
  }

  get #now(): number {
    return Math.floor(this.#dependencies.clock.now() / 1_000);
  }
}

function oraclesOf({ oracles }: ProtocolState): readonly Address[] {
  return oracles.map(({ address }) => address);
}
