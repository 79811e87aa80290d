import { ConfigError, describeError, maskUrls } from "./errors.js";
import { readPrivateFile } from "./privateFile.js";
import type { VariableKind } from "./variableKinds.js";

/** Where variables come from: `process.env`, or a record in tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of a process: its name in the environment, what it may hold, and what it means when it is absent. */
export interface Variable<T> {
  readonly name: string;
  readonly kind: VariableKind<unknown>;
  readonly absent: "required" | "optional" | { readonly value: T };
  /** Brings the type along; never set. */
  readonly type?: T;
}

export type Specification = Readonly<Record<string, Variable<unknown>>>;

/** The configuration that a specification describes. */
export type Config<S extends Specification> = {
  readonly [K in keyof S]: S[K] extends Variable<infer T> ? T : never;
};

export interface ReadOptions {
  /** Environment variables that begin with this and that nobody knows are problems too: most are spelling mistakes. */
  readonly prefix?: string;
  /** Names with that prefix that belong to other processes. */
  readonly alsoKnown?: readonly string[];
}

const longestShown = 100;

/** A variable that must be there. */
export function required<T>(name: string, kind: VariableKind<T>): Variable<T> {
  return { name, kind, absent: "required" };
}

/** A variable that may be absent; then the configuration holds undefined. */
export function optional<T>(name: string, kind: VariableKind<T>): Variable<T | undefined> {
  return { name, kind, absent: "optional" };
}

/** A variable that may be absent; then the configuration holds `value`. */
export function withDefault<T>(name: string, kind: VariableKind<T>, value: NoInfer<T>): Variable<T> {
  return { name, kind, absent: { value } };
}

/** The environment of this process: the one place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/**
 * The configuration that `environment` gives. An empty variable counts as absent. A secret NAME may stand in a file that only its owner can
 * read, whose path NAME_FILE holds. Throws one ConfigError that lists every
 * variable at fault with what it got (secrets hidden) and what it wants.
 */
export function readConfig<S extends Specification>(
  specification: S,
  environment: Environment,
  options: ReadOptions = {},
): Config<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, variable] of Object.entries(specification)) {
    const text = textOf(variable, environment, problems);
    if (text !== undefined) values[key] = readVariable(variable, text, problems);
  }
  problems.push(...unknownVariables(specification, environment, options));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Config<S>;
}

/** Several readings as one: what each gives, or one ConfigError with the problems of all. */
export function readTogether<R extends Readonly<Record<string, () => unknown>>>(
  readings: R,
): { readonly [K in keyof R]: ReturnType<R[K]> } {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readings)) {
    try {
      values[name] = read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as { [K in keyof R]: ReturnType<R[K]> };
}

/** Undefined when its file is at fault, which is told. */
function textOf({ name, kind }: Variable<unknown>, environment: Environment, problems: string[]): string | undefined {
  const text = environment[name]?.trim() ?? "";
  const path = kind.secret ? (environment[`${name}_FILE`]?.trim() ?? "") : "";
  if (path === "") return text;
  if (text !== "") {
    problems.push(`${name}_FILE: given beside ${name}, wants only one of the two`);
    return undefined;
  }
  try {
    return readPrivateFile(path).trim();
  } catch (error) {
    problems.push(`${name}_FILE: ${describeError(error)}`);
    return undefined;
  }
}

function readVariable(variable: Variable<unknown>, text: string, problems: string[]): unknown {
  const { name, kind, absent } = variable;
  if (text === "") {
    if (absent === "required") problems.push(`${name}: missing, wants ${kind.wants}`);
    return typeof absent === "object" ? absent.value : undefined;
  }
  const result = kind.schema.safeParse(text);
  if (!result.success) problems.push(`${name}: got ${show(text, kind.secret)}, wants ${kind.wants}`);
  return result.data;
}

function show(text: string, secret: boolean): string {
  if (secret) return `a value of ${text.length} characters (hidden)`;
  const masked = maskUrls(text);
  return JSON.stringify(masked.length > longestShown ? `${masked.slice(0, longestShown)}…` : masked);
}

function unknownVariables(specification: Specification, environment: Environment, options: ReadOptions): string[] {
  const { prefix, alsoKnown = [] } = options;
  if (prefix === undefined) return [];
  const own = Object.values(specification).flatMap(({ name, kind }) => (kind.secret ? [name, `${name}_FILE`] : [name]));
  const known = new Set([...own, ...alsoKnown]);
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .sort()
    .map((name) => `${name}: unknown variable; this process reads ${[...known].sort().join(", ")}`);
}
