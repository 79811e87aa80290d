import type { Address } from "../../protocol/bytes.js";
import { CERTIFIED_VOTE_BYTES } from "../../protocol/oracleBodies.js";
import { ENVELOPE_BYTES, messageDigest, type MessageOf, type OracleContext } from "../../protocol/oracleMessages.js";
import { valueBytes, valueId } from "../../protocol/oracleValue.js";
import { quorum } from "../../protocol/quorum.js";
import { recoverAddress } from "../../protocol/signing.js";
import { MOST_ORACLES } from "./sizes.js";
import { ACCEPT, refuse, type Verdict } from "./verdict.js";
import type { EpochView } from "./views.js";

/** A round, a value with a report of every oracle, and a vote of each. */
export const DECISION_BYTES = ENVELOPE_BYTES + 4 + valueBytes(MOST_ORACLES) + 2 + MOST_ORACLES * CERTIFIED_VOTE_BYTES;

/** The oracle set that a certificate must convince. */
export interface CertificateRules {
  readonly context: OracleContext;
  readonly epoch: bigint;
  readonly attempt: number;
  /** The oracle set at the epoch's links block. */
  readonly members: readonly Address[];
}

/** The first DECISION that proves itself counts, whoever sends it; later ones say nothing new. */
export function validateDecision(
  message: MessageOf<"decision">,
  { config, decision }: EpochView,
): Verdict<"duplicate" | "bad-certificate"> {
  if (decision) return refuse("duplicate");
  return isDecisionProven(config, message) ? ACCEPT : refuse("bad-certificate");
}

/**
 * Whether a DECISION proves itself: a quorum of different members, and each signature is that member's PRECOMMIT of this
 * epoch, round and value. Who sends it does not matter. One bad signature spoils it, which bounds the work on a forged one.
 */
export function isDecisionProven(rules: CertificateRules, decision: MessageOf<"decision">): boolean {
  const { epoch, attempt, round, value, certificate } = decision;
  const oracles = new Set(certificate.map(({ oracle }) => oracle));
  if (epoch !== rules.epoch || attempt !== rules.attempt) return false;
  if (oracles.size !== certificate.length) return false;
  if (oracles.size < quorum(rules.members.length)) return false;
  if (![...oracles].every((oracle) => rules.members.includes(oracle))) return false;
  const id = valueId(epoch, value);
  return certificate.every(({ oracle, signature }) => {
    const vote = { kind: "precommit", epoch, attempt, sender: oracle, round, valueId: id } as const;
    return recoverAddress(messageDigest(rules.context, vote), signature) === oracle;
  });
}
