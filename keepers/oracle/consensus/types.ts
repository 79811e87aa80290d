import { type Address, type Hash } from "../../protocol/bytes.js";
import {
  type DecodedOracleMessage,
  type MessageOf,
  type OracleContext,
  type OracleMessage,
} from "../../protocol/oracleMessages.js";
import { type Commitment, type Value } from "../../protocol/oracleValue.js";
import { type MessageCode } from "../validation/verdict.js";
import { type Timeouts } from "./timeouts.js";
import { type VoteSet } from "./votes.js";

/** A report that was sealed, opened and found to be about the right subjects. */
export interface OpenedReport {
  readonly oracle: Address;
  readonly reportHash: Hash;
  /** One for each link and seat. */
  readonly bytes: Uint8Array;
}

/** Everything about one epoch that is settled before its agreement begins. */
export interface EpochConfig {
  readonly context: OracleContext;
  readonly epoch: bigint;
  /** Written into every message; messages of another attempt are kept from the machine by whoever feeds it. */
  readonly attempt: number;
  /** The oracle set at the epoch's links block, ascending. */
  readonly members: readonly Address[];
  /** Round `r` is led by `leaders[r mod n]`. */
  readonly leaders: readonly Address[];
  /** An oracle outside the set follows and says nothing. */
  readonly me: Address;
  readonly subjectsHash: Hash;
  readonly subjectCount: number;
  readonly previousRoot: Hash;
  readonly timeouts: Timeouts;
  /** Pure: the next leaf file's commitment from these reports (ascending by oracle). See `Recomputation`. */
  readonly commitmentOf: (reports: readonly OpenedReport[]) => Commitment;
}

/** This oracle's own observation, salted. */
export interface OwnObservation {
  readonly salt: Hash;
  /** One for each link and seat, in the order of the subjects. */
  readonly bytes: Uint8Array;
}

export type TimeoutKind =
  "sealGather" | "sealing" | "openGather" | "opening" | "propose" | "prevote" | "precommit" | "resend";

/** A time-out that was asked for; it comes back unchanged as an event. `round` is zero for kinds without a round. */
export interface Timeout {
  readonly kind: TimeoutKind;
  readonly round: number;
}

/**
 * What happens to the machine. A message was decoded and its signature found to be its sender's; nothing more is assumed.
 * The shell delivers what it broadcasts to this machine too: an oracle's own vote counts once it is signed.
 */
export type Event =
  | { readonly type: "message"; readonly decoded: DecodedOracleMessage }
  | { readonly type: "timeout"; readonly timeout: Timeout };

/** Why a message was not used: bounded, for metrics. */
export type RejectCode = MessageCode;

/** Two messages of one member that no honest member signs both; both envelopes carry its signature. */
export interface Equivocation {
  readonly type: "evidence";
  readonly offence: "seal" | "report" | "proposal" | "prevote" | "precommit";
  readonly member: Address;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/** The epoch is decided; final. A value of reports goes on to be signed and committed. */
export interface Decided {
  readonly type: "decided";
  readonly decision: MessageOf<"decision">;
}

/**
 * What the shell does, strictly in order, waiting for each `persist` to be on disk before going on. When a `persist` fails,
 * the shell must drop the rest and stop voting: an oracle that forgets what it said may contradict itself.
 */
export type Effect =
  | { readonly type: "persist"; readonly record: Uint8Array }
  /** To sign and publish, and to deliver back to this machine. */
  | { readonly type: "broadcast"; readonly message: OracleMessage }
  /** To publish as it is: another oracle's signed message that somebody lacks. */
  | { readonly type: "relay"; readonly envelope: Uint8Array }
  | { readonly type: "schedule"; readonly timeout: Timeout; readonly ms: number }
  | { readonly type: "reject"; readonly member: Address; readonly code: RejectCode }
  | Equivocation
  | Decided;

/** What is known of one member. */
export interface MemberState {
  /** Its first SEAL; `late` when it came after this oracle opened its own report, so that it may be a copy. */
  readonly seal: { readonly reportHash: Hash; readonly late: boolean; readonly envelope: Uint8Array } | undefined;
  readonly report: { readonly opened: OpenedReport; readonly envelope: Uint8Array } | undefined;
  /** A REPORT that came before its SEAL, as messages do; one, and judged when the seal comes. */
  readonly early: DecodedOracleMessage | undefined;
  /** It signed two seals, or a report other than the sealed one: its reports are not proposed any more. */
  readonly cheated: boolean;
  /** Highest round it spoke in, of any message, counted or not; −1 before. */
  readonly highestRound: number;
}

/** A value that a quorum prevoted for. */
export interface ValidValue {
  readonly round: number;
  readonly id: Hash;
  readonly value: Value;
  /** The quorum's PREVOTE envelopes, to show to those who missed them. */
  readonly prevotes: readonly Uint8Array[];
}

/** The lock of Tendermint: the last value that this oracle precommitted. */
export interface Lock {
  readonly round: number;
  readonly id: Hash;
}

export interface StoredProposal {
  readonly message: MessageOf<"proposal">;
  readonly id: Hash;
  readonly envelope: Uint8Array;
}

/** Things that happen once in a round. */
export type OncePerRound = "prevoteTimeout" | "precommitTimeout" | "polka" | "leaderAccused";

export interface RoundState {
  readonly proposal: StoredProposal | undefined;
  readonly prevotes: VoteSet;
  readonly precommits: VoteSet;
  readonly done: ReadonlySet<OncePerRound>;
}

export type Step = "propose" | "prevote" | "precommit";

/** The whole state of one epoch's agreement; a value: transitions make new ones. */
export interface EpochState {
  readonly config: EpochConfig;
  readonly quorum: number;
  /** Most members that may be Byzantine: fewer than a third. */
  readonly faults: number;
  readonly members: ReadonlyMap<Address, MemberState>;
  /** Collecting of reports goes on beside the rounds. */
  readonly collection: "sealing" | "opening" | "over";
  readonly ownReport: MessageOf<"report"> | undefined;
  /** −1 before the first round. */
  readonly round: number;
  readonly step: Step;
  readonly rounds: ReadonlyMap<number, RoundState>;
  readonly lock: Lock | undefined;
  readonly valid: ValidValue | undefined;
  /** Own SEAL, PROPOSALs and votes by kind and round: at most one each, ever. */
  readonly sent: ReadonlyMap<string, OracleMessage>;
  /** Time-outs of the collection that have passed or are running. */
  readonly timers: ReadonlySet<string>;
  /** Asked or answered since the last resend, to do neither twice. */
  readonly exchanged: ReadonlySet<string>;
  readonly decision: MessageOf<"decision"> | undefined;
}

/** The outcome of a transition. */
export interface Transition {
  readonly state: EpochState;
  readonly effects: readonly Effect[];
}
