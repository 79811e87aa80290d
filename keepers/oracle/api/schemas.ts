import { addressText, decimal, hashText, list, object, type Schema, text, whole } from "../../core/http/schemas.js";

export const deedText = {
  type: "string",
  pattern: "^[A-Za-z0-9:#-]{1,80}$",
  description: "ND:5, ND-5 or a DeedId in decimal digits",
} as const;

const epochText = {
  type: "string",
  pattern: "^(latest|pending|[0-9]{1,19})$",
  description:
    "a number; latest: the last active one, to claim against; pending: the one after it, while it can be disproved",
} as const;

const jobText = { type: "string", pattern: "^[0-9]{1,19}$", description: "a job's number" } as const;

export const epochParams = object({ epoch: epochText });
export const epochAndDeedParams = object({ epoch: epochText, deed: deedText });
export const serviceParams = object({ epoch: epochText, jobId: jobText });
export const serviceAndDeedParams = object({ epoch: epochText, jobId: jobText, deed: deedText });

/** For query strings, which are text: a bounded count. */
export function countText(largest: number): Schema {
  return { type: "string", pattern: "^[0-9]{1,9}$", description: `a number up to ${largest}` };
}

const activation = {
  active: { type: "boolean", description: "whether it can be claimed against" },
  activeFrom: { ...whole, description: "Unix seconds" },
} as const;

export const commitAnswer = object({
  epoch: whole,
  previousRoot: hashText,
  root: hashText,
  dataHash: hashText,
  leafCount: whole,
  txHash: hashText,
  signers: list(addressText),
  ...activation,
});

export const proofAnswer = object({
  epoch: whole,
  root: hashText,
  deed: decimal,
  name: text,
  cumulative: decimal,
  leaf: hashText,
  proof: list(hashText),
  ...activation,
});

export const serviceProofAnswer = object({
  epoch: whole,
  root: hashText,
  jobId: decimal,
  deed: decimal,
  name: text,
  tokenId: whole,
  cumulative: decimal,
  leaf: hashText,
  proof: list(hashText),
  ...activation,
});

export const serviceMultiproofAnswer = object({
  epoch: whole,
  root: hashText,
  jobId: decimal,
  deeds: list(decimal),
  tokenIds: list(whole),
  cumulatives: list(decimal),
  proof: list(hashText),
  proofFlags: list({ type: "boolean" }),
  ...activation,
});

export const multiproofAnswer = object({
  epoch: whole,
  root: hashText,
  deeds: list(decimal),
  cumulatives: list(decimal),
  proof: list(hashText),
  proofFlags: list({ type: "boolean" }),
  ...activation,
});
