/** JSON schemas of the API's parameters and answers: they check, document and serialise. */

type Schema = Readonly<Record<string, unknown>>;

export const text = { type: "string" } as const;
export const whole = { type: "integer", minimum: 0 } as const;
export const decimal = {
  type: "string",
  pattern: "^[0-9]{1,78}$",
  description: "a whole number in decimal digits",
} as const;
export const addressText = { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } as const;
export const hashText = { type: "string", pattern: "^0x[0-9a-fA-F]{64}$" } as const;
export const signatureText = { type: "string", pattern: "^0x[0-9a-fA-F]{130}$" } as const;
export const deedText = {
  type: "string",
  pattern: "^[A-Za-z0-9:#-]{1,80}$",
  description: "ND:5, ND-5 or a DeedId in decimal digits",
} as const;

export function list(items: Schema, bounds: { readonly minItems?: number; readonly maxItems?: number } = {}): Schema {
  return { type: "array", items, ...bounds };
}

/** An object with exactly these properties, all of them required but those named. */
export function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", additionalProperties: false, properties, required };
}

const failure = { description: "what went wrong", ...object({ code: text, message: text }) };

/** The answers of a route: its own for 200, `{code, message}` for everything else. */
export function answers(ok: Schema, description = "the answer"): Schema {
  return { 200: { description, ...ok }, "4xx": failure, "5xx": failure };
}

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
