import type { SeededRandom } from "../../keepers/core/random.js";
import type { EpochState, OpenedReport } from "../../keepers/oracle/consensus/types.js";
import { type Address, bytesToHex, type Hash } from "../../keepers/protocol/bytes.js";
import {
  type DecodedOracleMessage,
  type MessageOf,
  type OracleMessage,
  reportHash,
} from "../../keepers/protocol/oracleMessages.js";
import { type ReportsValue, type Value, valueId } from "../../keepers/protocol/oracleValue.js";
import type { SigningKey } from "../../keepers/protocol/signing.js";
import { CONTEXT } from "../context.js";

/**
 * A Byzantine oracle: the real one runs inside and follows the epochs; what it would say is handed to a behaviour, which
 * says something else. It signs with its own key only: using another's would be forgery, which cryptography rules out.
 */
export interface Puppet {
  readonly key: SigningKey;
  readonly random: SeededRandom;
  /** All other oracles. */
  readonly others: readonly Address[];
  /** The agreement under way, as the oracle inside sees it. */
  readonly state: () => EpochState | undefined;
  /** Sends bytes to all others, or to those given. */
  readonly send: (bytes: Uint8Array, to?: readonly Address[]) => void;
  /** Signs with its own key and sends; the message's sender may be anybody, the signature then is worthless. */
  readonly say: (message: OracleMessage, to?: readonly Address[]) => void;
}

/** How a message's report or value is named. */
export function hashOf(report: MessageOf<"report">): Hash {
  return reportHash(CONTEXT, report);
}

export function idOf({ epoch, value }: MessageOf<"proposal">): Hash {
  return valueId(epoch, value);
}

export interface Behaviour {
  /** Instead of saying it. */
  onSay(decoded: DecodedOracleMessage): void;
  /** Something from another oracle came in. */
  onHear?(decoded: DecodedOracleMessage): void;
}

export type MakeBehaviour = (puppet: Puppet) => Behaviour;

export function randomHash({ random }: Puppet): Hash {
  return bytesToHex(random.bytes(32));
}

/** Some of the others: each by the toss of a coin. */
export function someOf({ others, random }: Puppet): Address[] {
  return others.filter(() => random.next() < 0.5);
}

export function pick<T>({ random }: Puppet, items: readonly T[]): T {
  return items[random.integer(items.length)] as T;
}

/** The reports that the oracle inside has opened, ascending by oracle. */
export function openedReports(state: EpochState): OpenedReport[] {
  return state.config.members.flatMap((member) => state.members.get(member)?.report?.opened ?? []);
}

/** A value that honest oracles find right, from a set of reports drawn at random; undefined with fewer than a quorum. */
export function rightValue({ random }: Puppet, state: EpochState): ReportsValue | undefined {
  const reports = openedReports(state);
  if (reports.length < state.quorum) return undefined;
  while (reports.length > state.quorum && random.next() < 0.7) reports.splice(random.integer(reports.length), 1);
  return valueOf(state, reports);
}

export function valueOf({ config }: EpochState, reports: readonly OpenedReport[]): ReportsValue {
  const set = reports.map(({ oracle, reportHash }) => ({ oracle, reportHash }));
  return { type: "reports", previousRoot: config.previousRoot, ...config.commitmentOf(reports), set };
}

/** Another value than the one given: a right one if there is, else a skip. */
export function otherValue(puppet: Puppet, value: Value): Value {
  const state = puppet.state();
  const other = state && rightValue(puppet, state);
  if (!other || (value.type === "reports" && other.root === value.root)) return { type: "skip" };
  return other;
}
