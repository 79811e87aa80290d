import { KeeperError } from "../core/errors.js";
import type { Address } from "../protocol/bytes.js";
import type { Refusal } from "./session.js";

/** Whose refusal is explained. */
export interface Applicant {
  readonly node: Address;
  /** The operator that the node says it works for, when it was told. */
  readonly operator?: Address | undefined;
}

interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
}

type Explain = (applicant: Applicant) => Explanation;

const explanations: Readonly<Record<string, Explain>> = {
  NODE_NOT_ASSOCIATED: ({ node }) => ({
    meaning: `node ${node} is not associated with any deed`,
    remedy:
      "Associate it with a deed of yours, say ND:5: npx hardhat node:consent ND:5 --out consent.json where the node's key is, then npx hardhat node:associate --consent consent.json where the owner's key is (npx hardhat deed:list shows your deeds)",
  }),
  DEED_NOT_OWNED: ({ node, operator }) => ({
    meaning: `the deed that node ${node} is associated with does not belong to ${operator ?? "its operator"}`,
    remedy:
      "Correct OPERATOR_ADDRESS when it names the wrong owner; otherwise buy a deed (npx hardhat deed:buy) and associate the node with it (npx hardhat node:associate)",
  }),
  OPERATOR_NOT_APPROVED: ({ operator }) => ({
    meaning: `the deed's owner${named(operator)} is not an approved operator, or the approval has expired`,
    remedy:
      "Pass or renew the identity check; compliance then approves the owner (npx hardhat operator:approve <owner>)",
  }),
  OPERATOR_BANNED: ({ operator }) => ({
    meaning: `the deed's owner${named(operator)} is banned: it neither earns nor claims`,
    remedy: "Ask compliance for the reason, which is recorded in the OperatorRegistry; only they can lift the ban",
  }),
  DEED_BANNED: ({ node }) => ({
    meaning: `the deed that node ${node} is associated with is banned: it neither earns nor can be claimed for`,
    remedy:
      "Associate the node with another deed of yours (npx hardhat node:associate), or ask compliance about the ban",
  }),
};

/** A refusal in plain words: code, what it means, what the operator does about it. */
export function explainRefusal(refusal: Refusal, applicant: Applicant): string {
  const explain = Object.hasOwn(explanations, refusal.code) ? explanations[refusal.code] : undefined;
  const said = `oracle ${refusal.oracle} says: ${refusal.message}`;
  if (explain === undefined) return `${refusal.code}: ${said}. This version of the node does not know this reason`;
  const { meaning, remedy } = explain(applicant);
  return `${refusal.code}: ${meaning}. ${remedy}. (${said})`;
}

/** The node must not run: an oracle refused it. `code` is the reason; the message says what to do about it. */
export class NodeRefusedError extends KeeperError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, applicant: Applicant) {
    super(refusal.code, explainRefusal(refusal, applicant));
    this.name = "NodeRefusedError";
    this.refusal = refusal;
  }
}

function named(operator: Address | undefined): string {
  return operator === undefined ? "" : ` ${operator}`;
}
