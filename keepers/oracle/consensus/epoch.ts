import { decodeMessage, type OracleMessage } from "../../protocol/oracleMessages.js";
import { quorum } from "../../protocol/quorum.js";
import { onVote } from "./ballots.js";
import { isDecisionProven } from "./certificate.js";
import { onResend } from "./catchUp.js";
import { applyRules } from "./machine.js";
import { type JournalRecord, readRecord } from "./records.js";
import { startRound } from "./rounds.js";
import { sealOwnReport, startTimer } from "./sealing.js";
import {
  type EpochConfig,
  type EpochState,
  type OwnObservation,
  type Step,
  type Transition,
  type ValidValue,
} from "./types.js";
import { sentKey, update, type Work } from "./work.js";

/**
 * Begins an epoch's agreement. Without an observation (own availability below 250, or not measured) the oracle votes and
 * seals nothing.
 * @throws RangeError when the configuration contradicts itself
 */
export function startEpoch(config: EpochConfig, observation?: OwnObservation): Transition {
  return restoreEpoch(config, [], observation);
}

/**
 * Goes on after a crash from what was persisted, in the order in which it was persisted; any prefix will do. What was said
 * is said again, never contradicted: the sealed report is the one on disk, whatever is observed now, and the lock holds. A
 * decided epoch reports its decision again.
 * @throws EncodingError when a record is of another chain, ledger, epoch or attempt; RangeError when the configuration contradicts itself
 */
export function restoreEpoch(
  config: EpochConfig,
  records: readonly Uint8Array[],
  observation?: OwnObservation,
): Transition {
  checkObservation(config, observation);
  const work: Work = { state: newState(config), effects: [] };
  for (const record of records) remember(work, readRecord(config, record));
  const { decision } = work.state;
  if (decision) {
    if (isDecisionProven(config, decision)) return { state: work.state, effects: [{ type: "decided", decision }] };
    // It was decided by another set, before the chain reorganised: it takes a quorum of this one.
    update(work, { decision: undefined });
  }
  work.effects.length = 0;
  startTimer(work, "sealing", config.timeouts.sealing);
  resumeRound(work);
  onResend(work);
  sealOwnReport(work, observation);
  applyRules(work);
  return work;
}

function newState(config: EpochConfig): EpochState {
  checkConfig(config);
  const size = config.members.length;
  return {
    config,
    quorum: quorum(size),
    faults: Math.floor((size - 1) / 3),
    members: new Map(),
    collection: "sealing",
    ownReport: undefined,
    round: -1,
    step: "propose",
    rounds: new Map(),
    lock: undefined,
    valid: undefined,
    sent: new Map(),
    timers: new Set(),
    exchanged: new Set(),
    decision: undefined,
  };
}

function checkConfig({ members, leaders }: EpochConfig): void {
  const isAscending = members.every((member, index) => index === 0 || (members[index - 1] as string) < member);
  if (members.length === 0 || !isAscending) throw new RangeError("members: want at least one, strictly ascending");
  if ([...leaders].sort().join() !== members.join()) throw new RangeError("leaders: want the members in another order");
}

function checkObservation({ subjectCount }: EpochConfig, observation: OwnObservation | undefined): void {
  const length = observation?.bytes.length ?? subjectCount;
  if (length !== subjectCount) throw new RangeError(`observation: got ${length} bytes, want ${subjectCount}`);
}

function remember(work: Work, record: JournalRecord): void {
  if (record.type === "message") return rememberMessage(work, record.message);
  rememberValid(work, record.valid, record.locked);
}

function rememberMessage(work: Work, message: OracleMessage): void {
  switch (message.kind) {
    case "report":
      return update(work, { ownReport: message });
    case "decision":
      return update(work, { decision: message });
    default:
      update(work, { sent: new Map(work.state.sent).set(sentKey(message), message) });
  }
}

/** The quorum's prevotes are counted again, for other leaders may refer to them. */
function rememberValid(work: Work, valid: ValidValue, locked: boolean): void {
  const { round } = valid;
  update(work, locked ? { round, valid, lock: { round, id: valid.id } } : { round, valid });
  for (const envelope of valid.prevotes) {
    const decoded = decodeMessage(envelope, work.state.config.context);
    if (decoded.message.kind === "prevote") onVote(work, decoded, decoded.message);
  }
}

/** The last round spoken in, in the step of what was said there. */
function resumeRound(work: Work): void {
  const { sent } = work.state;
  const rounds = [...sent.values()].flatMap((message) => ("round" in message ? [message.round] : []));
  const round = Math.max(work.state.round, ...rounds);
  if (round < 0) return;
  startRound(work, round);
  const step: Step = sent.has(`precommit ${round}`)
    ? "precommit"
    : sent.has(`prevote ${round}`)
      ? "prevote"
      : "propose";
  update(work, { step });
}
