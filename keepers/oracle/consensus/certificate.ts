import { type Address } from "../../protocol/bytes.js";
import { type MessageOf } from "../../protocol/oracleMessages.js";
import { type Value, valueId } from "../../protocol/oracleValue.js";
import { type CertificateRules } from "../validation/decision.js";
import { votesFor, type VoteSet } from "./votes.js";

export { type CertificateRules, isDecisionProven } from "../validation/decision.js";

/** What a DECISION is made of, besides its sender. */
export interface Certified {
  readonly round: number;
  readonly value: Value;
  readonly precommits: VoteSet;
}

/** The DECISION message of `sender` with everybody's precommit for the value; more than a quorum does no harm. */
export function decisionOf(rules: CertificateRules, sender: Address, certified: Certified): MessageOf<"decision"> {
  const { round, value, precommits } = certified;
  const certificate = votesFor(precommits, valueId(rules.epoch, value)).map(({ oracle, signature }) => ({
    oracle,
    signature,
  }));
  const { epoch, attempt } = rules;
  return { kind: "decision", epoch, attempt, sender, round, value, certificate };
}
