import { type DecodedOracleMessage } from "../../protocol/oracleMessages.js";
import { validatePlace } from "../validation/place.js";
import { onProposal, onVote } from "./ballots.js";
import { answerLaggard, decideWhenAgreed, onDecision, onRequest, onResend } from "./catchUp.js";
import { onRoundTimeout, ROUND_RULES } from "./rounds.js";
import { endCollection, onCollectionTimeout, onReport, onSeal, openWhenSealed } from "./sealing.js";
import { type EpochState, type Event, type Timeout, type Transition } from "./types.js";
import { asksForDecision, reject, type Work } from "./work.js";

const RULES: readonly ((work: Work) => boolean)[] = [decideWhenAgreed, openWhenSealed, endCollection, ...ROUND_RULES];

/**
 * One step of an epoch's agreement: what happened, to the new state and what is to be done about it, in order. A function
 * of its arguments alone: no clock, no chance, no input or output; the same events give the same effects everywhere.
 */
export function transition(state: EpochState, event: Event): Transition {
  const work: Work = { state, effects: [] };
  if (event.type === "message") onMessage(work, event.decoded);
  else onTimeout(work, event.timeout);
  applyRules(work);
  return work;
}

/** Applies the rules until none has anything to do. A decided epoch has no rules left. */
export function applyRules(work: Work): void {
  while (!work.state.decision && RULES.some((rule) => rule(work)));
}

function onMessage(work: Work, decoded: DecodedOracleMessage): void {
  const { message } = decoded;
  const place = validatePlace(message, work.state);
  if (place.outcome !== "accept") {
    if (place.code === "not-a-member" && asksForDecision(message)) answerLaggard(work, message, false);
    return reject(work, message.sender, place.code);
  }
  const before = work.state;
  dispatch(work, decoded);
  if (before.decision) answerLaggard(work, message, work.state !== before);
}

function dispatch(work: Work, decoded: DecodedOracleMessage): void {
  const { message } = decoded;
  switch (message.kind) {
    case "seal":
      return onSeal(work, decoded, message);
    case "report":
      return onReport(work, decoded, message);
    case "proposal":
      return onProposal(work, decoded, message);
    case "prevote":
    case "precommit":
      return onVote(work, decoded, message);
    case "decision":
      return onDecision(work, message);
    case "request":
      return onRequest(work, message);
    default:
      return reject(work, message.sender, "not-for-agreement");
  }
}

function onTimeout(work: Work, timeout: Timeout): void {
  if (timeout.kind === "resend") return onResend(work);
  if (work.state.decision) return;
  if (timeout.kind === "propose" || timeout.kind === "prevote" || timeout.kind === "precommit") {
    return onRoundTimeout(work, timeout);
  }
  onCollectionTimeout(work, timeout.kind);
}
