import type { ChainFollower } from "../../chain/chainFollower.js";
import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Assignment } from "../../protocol/assignment.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { Signer } from "../../protocol/signing.js";
import type { Ballots, Elected } from "./ballots.js";

/** Brings to the chain what a quorum signed. */
export interface AssignmentSender {
  /**
   * Resolves when mined. Rejects with a `KeeperError`; one that is not retriable is a refusal by the contract.
   * @param signatures compact, ascending by signer
   */
  assign(assignment: Assignment, signatures: readonly Uint8Array[]): Promise<void>;
}

export interface DispatchOptions {
  readonly key: Signer;
  readonly stageMs: number;
}

export interface DispatchDependencies {
  readonly ballots: Pick<Ballots, "electedFor">;
  readonly follower: Pick<ChainFollower, "view">;
  readonly sender: AssignmentSender;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What became of transactions. */
export const DISPATCH_OUTCOMES = ["sent", "refused", "failed"] as const;
export type DispatchOutcome = (typeof DISPATCH_OUTCOMES)[number];

interface Turn {
  readonly sequence: number;
  cancel: Cancel;
  isDue: boolean;
  isSending: boolean;
  /** What the escrow refused: it would do so again. */
  refused: Hash | undefined;
}

/**
 * Sends assignments, one transaction for each job at a time. Of the oracles each has its place in an order that turns with job
 * and sequence, and waits for those before it; the wait begins with the first quorum for a sequence, so that an oracle which
 * is down holds a job up once and not at every decision. The chain is looked at first.
 */
export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #dependencies: DispatchDependencies;
  readonly #turns = new Map<bigint, Turn>();
  readonly #outcomes: Record<DispatchOutcome, number> = { sent: 0, refused: 0, failed: 0 };
  #isClosed = false;

  constructor(options: DispatchOptions, dependencies: DispatchDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Transactions of this oracle so far. */
  get outcomes(): Readonly<Record<DispatchOutcome, number>> {
    return { ...this.#outcomes };
  }

  /** Something was signed for the job. */
  consider(jobId: bigint): void {
    const elected = this.#electedFor(jobId);
    if (elected === undefined || this.#isClosed) return;
    const turn = this.#turnOf(elected.assignment);
    if (turn.isDue && !turn.isSending && turn.refused !== elected.digest) void this.#send(turn, elected);
  }

  /** The chain moved: forgets what is done, and looks again at the rest. */
  poke(): void {
    const { state } = this.#dependencies.follower.view;
    for (const [jobId, { sequence, cancel }] of this.#turns) {
      if (state.jobs.get(jobId)?.sequence === sequence) continue;
      cancel();
      this.#turns.delete(jobId);
    }
    for (const jobId of [...this.#turns.keys()]) this.consider(jobId);
  }

  /** What was sent stays sent. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const { cancel } of this.#turns.values()) cancel();
    this.#turns.clear();
  }

  #electedFor(jobId: bigint): Elected | undefined {
    const { state, block } = this.#dependencies.follower.view;
    const job = state.jobs.get(jobId);
    const oracles = state.oracles.map(({ address }) => address);
    const elected = job && this.#dependencies.ballots.electedFor(jobId, job.sequence, oracles);
    return elected && elected.assignment.deadline >= BigInt(block.timestamp) ? elected : undefined;
  }

  #turnOf({ jobId, sequence }: Assignment): Turn {
    const known = this.#turns.get(jobId);
    if (known?.sequence === sequence) return known;
    known?.cancel();
    const { clock, follower } = this.#dependencies;
    const { key, stageMs } = this.#options;
    const oracles = follower.view.state.oracles.map(({ address }) => address);
    const stage = stageOf(key.address, oracles, jobId, sequence);
    const begin = (): void => {
      turn.isDue = true;
      this.consider(jobId);
    };
    const cancel = stage === 0 ? () => undefined : clock.schedule(stage * stageMs, begin);
    const turn: Turn = { sequence, cancel, isDue: stage === 0, isSending: false, refused: undefined };
    this.#turns.set(jobId, turn);
    return turn;
  }

  async #send(turn: Turn, { assignment, digest, signatures }: Elected): Promise<void> {
    const { sender, clock, logger } = this.#dependencies;
    const { jobId, leaving, joining } = assignment;
    turn.isSending = true;
    try {
      await sender.assign(assignment, signatures);
      this.#outcomes.sent += 1;
      logger.info("nodes were assigned", { jobId: jobId.toString(), leaving: [...leaving], joining: [...joining] });
    } catch (error) {
      turn.refused = digest;
      this.#report(assignment, error);
    }
    if (this.#isClosed) return;
    // The chain shows it soon, which ends the turn. Only if it does not it is tried again, at a block after this.
    turn.cancel = clock.schedule(this.#options.stageMs, () => void (turn.isSending = false));
  }

  #report({ jobId, sequence }: Assignment, error: unknown): void {
    if (this.#isClosed || this.#dependencies.follower.view.state.jobs.get(jobId)?.sequence !== sequence) return;
    const isRefusal = error instanceof KeeperError && !error.retriable;
    this.#outcomes[isRefusal ? "refused" : "failed"] += 1;
    const message = isRefusal ? "the escrow refused an assignment" : "an assignment was not sent";
    this.#dependencies.logger.warn(message, { jobId: jobId.toString(), error: describeError(error) });
  }
}

/** Place in the order of those who send: ascending from an oracle that job and sequence choose. */
function stageOf(me: Address, oracles: readonly Address[], jobId: bigint, sequence: number): number {
  const size = oracles.length;
  const first = Number((jobId + BigInt(sequence)) % BigInt(Math.max(1, size)));
  const at = oracles.indexOf(me);
  return at < 0 ? size : (at - first + size) % size;
}
