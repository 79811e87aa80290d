import type { Address, Hash } from "../../protocol/bytes.js";
import type { MessageOf, OracleContext } from "../../protocol/oracleMessages.js";
import type { EpochReport } from "../../protocol/typedData.js";

/** A vote that counts. */
interface KnownVote {
  readonly valueId: Hash;
}

/** What is known of one member. */
export interface MemberView {
  readonly seal: { readonly reportHash: Hash } | undefined;
  readonly report: object | undefined;
  /** A report that came before its seal. */
  readonly early: object | undefined;
}

/** What is known of one round. */
export interface RoundView {
  readonly proposal: { readonly id: Hash; readonly message: MessageOf<"proposal"> } | undefined;
  readonly prevotes: ReadonlyMap<Address, readonly KnownVote[]>;
  readonly precommits: ReadonlyMap<Address, readonly KnownVote[]>;
}

/** An epoch's agreement as messages are judged by it; the consensus machine's state is one. */
export interface EpochView {
  readonly config: {
    readonly context: OracleContext;
    readonly epoch: bigint;
    readonly attempt: number;
    readonly members: readonly Address[];
    /** Round `r` is led by `leaders[r mod n]`. */
    readonly leaders: readonly Address[];
    readonly subjectsHash: Hash;
    readonly subjectCount: number;
  };
  /** −1 before the first round. */
  readonly round: number;
  readonly members: ReadonlyMap<Address, MemberView>;
  readonly rounds: ReadonlyMap<number, RoundView>;
  readonly decision: object | undefined;
}

/** What an oracle can be asked for. */
export interface RequestView {
  /** Whether it is this oracle's to answer, as far as it knows. */
  readonly holds: (request: MessageOf<"request">) => boolean;
  /** Whether the answer is on its way already. */
  readonly isAnswering: (request: MessageOf<"request">) => boolean;
  /** How many answers to this oracle are on their way. */
  readonly pendingOf: (sender: Address) => number;
}

/** Decided reports on their way to the chain. */
export interface SubmissionView {
  /** The last epoch on the chain; −1 before the first. */
  readonly committed: bigint;
  /** The first epoch that is not decided here. */
  readonly next: bigint;
  /** What is signed for an epoch; undefined when this oracle waits for no signatures of it. */
  readonly digestOf: (epoch: bigint) => Uint8Array | undefined;
}

/** Leaf files that are asked for. */
export interface LeavesView {
  readonly context: OracleContext;
  /** What this oracle itself lacks, by hash. */
  readonly wanted: ReadonlyMap<Hash, { readonly report: EpochReport }>;
  /** What this oracle was asked for lately: see `answerKey`. */
  readonly due: { has(key: string): boolean; readonly size: number };
}
