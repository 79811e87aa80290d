import type { ProtocolState } from "../../chain/protocolState.js";
import {
  assignmentDigest,
  type AssignmentMessage,
  assignmentTopic,
  decodeAssignmentMessage,
  MAX_ASSIGNMENT_BYTES,
} from "../../protocol/assignment.js";
import { type Address, bytesToHex, EncodingError } from "../../protocol/bytes.js";
import { recoverCompact } from "../../protocol/signing.js";
import type { TokenBuckets } from "../tokenBuckets.js";
import type { Ballot, Ballots } from "./ballots.js";
import type { AssignmentCode } from "./verdict.js";

/** What the verdict depends on besides topic and bytes. */
export interface AssignmentRules {
  readonly chainId: bigint;
  readonly escrow: Address;
  readonly me: Address;
  readonly oracles: readonly Address[];
  readonly jobs: ProtocolState["jobs"];
  readonly ballots: Pick<Ballots, "isSuperseded">;
  /** One for each oracle. */
  readonly buckets: TokenBuckets;
  /** Unix seconds. */
  readonly now: number;
  /** Latest deadline that an honest oracle signs now, Unix seconds. */
  readonly latest: number;
}

export type AssignmentVerdict =
  | { readonly outcome: "accept"; readonly ballot: Ballot }
  | { readonly outcome: "refuse"; readonly code: AssignmentCode };

/**
 * Decides about each message under an assignment topic, cheapest questions first, the signature last. The broker lets an
 * oracle publish under its own topic only, and nobody passes on what others signed, so the topic says who has to have signed.
 * A message for the sequence after the chain's next one is early and is not kept: its sender decides again soon.
 * Never throws.
 */
export function validateAssignment(topic: string, payload: Uint8Array, rules: AssignmentRules): AssignmentVerdict {
  const oracle = publisherOf(topic, rules.chainId);
  const unwelcome = checkSender(oracle, payload.length, rules);
  if (oracle === undefined || unwelcome !== undefined) return refuse(unwelcome ?? "wrong-topic");
  const message = decode(payload);
  if (message === undefined) return refuse("malformed");
  const wrong = checkPlace(message, rules) ?? checkDeadline(message, oracle, rules);
  if (wrong !== undefined) return refuse(wrong);
  const { assignment, signature } = message;
  const digest = assignmentDigest({ chainId: rules.chainId, verifyingContract: rules.escrow }, assignment);
  if (recoverCompact(digest, signature) !== oracle) return refuse("forged");
  return { outcome: "accept", ballot: { oracle, assignment, digest: bytesToHex(digest), signature } };
}

function checkSender(oracle: Address | undefined, length: number, rules: AssignmentRules): AssignmentCode | undefined {
  if (length > MAX_ASSIGNMENT_BYTES) return "oversized";
  if (oracle === undefined) return "wrong-topic";
  if (oracle === rules.me) return "own";
  if (!rules.oracles.includes(oracle)) return "not-an-oracle";
  return rules.buckets.take(oracle) ? undefined : "flooding";
}

function checkPlace({ chainId, escrow, assignment }: AssignmentMessage, rules: AssignmentRules) {
  if (chainId !== rules.chainId || escrow !== rules.escrow) return "wrong-chain";
  const job = rules.jobs.get(assignment.jobId);
  if (job === undefined) return "unknown-job";
  return assignment.sequence === job.sequence ? undefined : "other-sequence";
}

function checkDeadline({ assignment }: AssignmentMessage, oracle: Address, { now, latest, ballots }: AssignmentRules) {
  if (assignment.deadline < BigInt(now)) return "expired";
  if (assignment.deadline > BigInt(latest)) return "far-deadline";
  return ballots.isSuperseded({ oracle, assignment }) ? "superseded" : undefined;
}

function publisherOf(topic: string, chainId: bigint): Address | undefined {
  const prefix = assignmentTopic(chainId, "");
  return topic.startsWith(prefix) ? topic.slice(prefix.length) : undefined;
}

function refuse(code: AssignmentCode): AssignmentVerdict {
  return { outcome: "refuse", code };
}

function decode(payload: Uint8Array): AssignmentMessage | undefined {
  try {
    return decodeAssignmentMessage(payload);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
