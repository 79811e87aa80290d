import { type Address } from "../../protocol/bytes.js";
import { messageDigest, type MessageOf, type OracleContext } from "../../protocol/oracleMessages.js";
import { quorum } from "../../protocol/quorum.js";
import { type Value, valueId } from "../../protocol/oracleValue.js";
import { recoverAddress } from "../../protocol/signing.js";
import { votesFor, type VoteSet } from "./votes.js";

/** The oracle set that a certificate must convince. */
export interface CertificateRules {
  readonly context: OracleContext;
  readonly epoch: bigint;
  /** The oracle set at the epoch's links block. */
  readonly members: readonly Address[];
}

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
  return { kind: "decision", epoch: rules.epoch, sender, round, value, certificate };
}

/**
 * Whether a DECISION proves itself: a quorum of different members, and each signature is that member's PRECOMMIT of this
 * epoch, round and value. Who sends it does not matter. One bad signature spoils it, which bounds the work on a forged one.
 */
export function isDecisionProven(rules: CertificateRules, decision: MessageOf<"decision">): boolean {
  const { epoch, round, value, certificate } = decision;
  const oracles = new Set(certificate.map(({ oracle }) => oracle));
  if (epoch !== rules.epoch || oracles.size !== certificate.length) return false;
  if (oracles.size < quorum(rules.members.length)) return false;
  if (![...oracles].every((oracle) => rules.members.includes(oracle))) return false;
  const id = valueId(epoch, value);
  return certificate.every(({ oracle, signature }) => {
    const vote = { kind: "precommit", epoch, sender: oracle, round, valueId: id } as const;
    return recoverAddress(messageDigest(rules.context, vote), signature) === oracle;
  });
}
