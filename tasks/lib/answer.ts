/** What a task found or did: the same content for machines and for people. */
export interface Answer {
  /** Printed with `--json`, and given to whoever runs the task from code. Amounts are wei. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Printed otherwise. */
  readonly lines: readonly string[];
}

/** JSON with bigints as decimal strings, which no reader rounds. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? part.toString() : part), 2);
}
