/** JSON schemas of an API's parameters and answers: they check, document and serialise. */

export type Schema = Readonly<Record<string, unknown>>;

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
