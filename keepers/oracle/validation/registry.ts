import type { OracleKind } from "../../protocol/oracleBodies.js";
import type { MessageOf } from "../../protocol/oracleMessages.js";
import { DECISION_BYTES, validateDecision } from "./decision.js";
import { leavesBytes, validateLeaves } from "./leaves.js";
import { validatePrecommit } from "./precommit.js";
import { validatePrevote } from "./prevote.js";
import { PROPOSAL_BYTES, validateProposal } from "./proposal.js";
import { reportBytes, validateReport } from "./report.js";
import { REQUEST_BYTES, validateRequest } from "./request.js";
import { SEAL_BYTES, validateSeal } from "./seal.js";
import { SIGNATURE_MESSAGE_BYTES, validateSignature } from "./signature.js";
import type { SizeLimits } from "./sizes.js";
import type { Verdict } from "./verdict.js";
import type { EpochView, LeavesView, RequestView, SubmissionView } from "./views.js";
import { VOTE_BYTES } from "./vote.js";

/** Messages of one flow share a limit of how many are looked at: see `FloodGate`. */
export type Flow = "votes" | "values" | "requests" | "files";

/** By what a kind is judged. */
interface Views {
  readonly seal: EpochView;
  readonly report: EpochView;
  readonly proposal: EpochView;
  readonly prevote: EpochView;
  readonly precommit: EpochView;
  readonly signature: SubmissionView;
  readonly request: RequestView;
  readonly decision: EpochView;
  readonly leaves: LeavesView;
}

/** Everything that is asked of a kind, apart from what all have in common (`envelope.ts`). */
export interface KindRules<Kind extends OracleKind> {
  /** Length of the largest message of an honest oracle, envelope included. */
  readonly maximumBytes: (limits: SizeLimits) => number;
  readonly flow: Flow;
  readonly validate: (message: MessageOf<Kind>, view: Views[Kind]) => Verdict;
}

/** The validators by kind: one that lacks does not compile. */
export const KIND_RULES: { readonly [Kind in OracleKind]: KindRules<Kind> } = {
  seal: { maximumBytes: () => SEAL_BYTES, flow: "votes", validate: validateSeal },
  report: { maximumBytes: reportBytes, flow: "values", validate: validateReport },
  proposal: { maximumBytes: () => PROPOSAL_BYTES, flow: "values", validate: validateProposal },
  prevote: { maximumBytes: () => VOTE_BYTES, flow: "votes", validate: validatePrevote },
  precommit: { maximumBytes: () => VOTE_BYTES, flow: "votes", validate: validatePrecommit },
  signature: { maximumBytes: () => SIGNATURE_MESSAGE_BYTES, flow: "votes", validate: validateSignature },
  request: { maximumBytes: () => REQUEST_BYTES, flow: "requests", validate: validateRequest },
  decision: { maximumBytes: () => DECISION_BYTES, flow: "values", validate: validateDecision },
  leaves: { maximumBytes: leavesBytes, flow: "files", validate: validateLeaves },
};
