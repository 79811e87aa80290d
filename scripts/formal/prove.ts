import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { compiler, type Property, read } from "./sources.js";

/** `proved`: for all inputs. `open`: the solver gave up. `refuted`: it found inputs. `vacuous`: no input gets there at all. */
export type Verdict = "proved" | "open" | "refuted" | "vacuous";

export interface Proof {
  readonly property: Property;
  readonly verdict: Verdict;
  /** Assertions, and additions, products, differences and quotients that cannot fail. */
  readonly obligations: number;
  readonly seconds: number;
  /** Where it failed, and with which inputs if they are known. */
  readonly details: readonly string[];
}

interface Finding {
  readonly severity: string;
  readonly message: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
}

export interface Limits {
  /** For one question to the solver. */
  readonly seconds: number;
}

export const SOLVER = "z3";

/** Tries to prove one property. @throws Error when a harness does not compile, or there is no solver */
export function prove(property: Property, limits: Limits): Proof {
  const started = performance.now();
  const result = property.file.endsWith(".smt2") ? proveQuery(property, limits) : proveContract(property, limits);
  return { property, seconds: (performance.now() - started) / 1000, ...result };
}

type Result = Pick<Proof, "verdict" | "obligations" | "details">;

function proveContract(property: Property, limits: Limits): Result {
  const source = read(property.file);
  const findings = check(property, source, limits);
  const failed = findings.filter(({ message }) => !message.endsWith("check is safe!"));
  const details = failed.map((finding) => `${place(finding)}: ${finding.message.split("\n")[0] ?? ""}`);
  const obligations = findings.length - failed.length;
  if (failed.some(({ message }) => message.includes("happens here")))
    return { verdict: "refuted", obligations, details };
  if (failed.length > 0 || obligations === 0) return { verdict: "open", obligations, details };
  const hollow = check(property, source.replace(/\bassert\([^;]*\);/g, hollowed), limits).filter(({ message }) =>
    message.endsWith("Assertion violation check is safe!"),
  );
  const ours = hollow.filter(({ sourceLocation }) => sourceLocation?.file === property.file);
  if (ours.length === 0) return { verdict: "proved", obligations, details };
  return { verdict: "vacuous", obligations, details: ours.map((finding) => `${place(finding)}: no input gets here`) };
}

function check(property: Property, source: string, limits: Limits): Finding[] {
  const input = {
    language: "Solidity",
    sources: { [property.file]: { content: source } },
    settings: {
      evmVersion: "cancun",
      outputSelection: { "*": { "*": [] } },
      modelChecker: {
        engine: "bmc",
        contracts: { [property.file]: [property.name] },
        targets: ["assert", ...(source.includes("@custom:only-assertions") ? [] : ARITHMETIC)],
        solvers: ["smtlib2"],
        showProvedSafe: true,
        showUnproved: true,
      },
    },
  };
  const output = compiler().compile(JSON.stringify(input), {
    import: (path) => ({ contents: read(path) }),
    smtSolver: (query) => ({ contents: ask(query, limits) }),
  });
  const { errors = [] } = JSON.parse(output) as { errors?: Finding[] };
  const broken = errors.filter(({ severity }) => severity === "error");
  if (broken.length > 0) throw new Error(`${property.file}: ${broken.map(({ message }) => message).join("; ")}`);
  return errors.filter(({ message }) => /^BMC: .*(check is safe!|happens? here|interaction)/.test(message));
}

/** As long as what it replaces, so that places stay what they are. */
const hollowed = (assertion: string): string => `assert(false);${" ".repeat(Math.max(0, assertion.length - 14))}`;

const ARITHMETIC = ["overflow", "underflow", "divByZero"];

function place({ sourceLocation }: Finding): string {
  if (sourceLocation === undefined) return "?";
  const line = Buffer.from(read(sourceLocation.file)).subarray(0, sourceLocation.start).toString().split("\n").length;
  return `${sourceLocation.file}:${line}`;
}

/** A query of a `.smt2` file holds when its block is unsatisfiable, and its assumptions alone are satisfiable. */
function proveQuery({ file, name }: Property, limits: Limits): Result {
  const text = readFileSync(file, "utf8");
  const head = text.slice(0, text.indexOf("(push)"));
  const start = text.indexOf("(push)", text.indexOf(`; ${name}:`));
  const block = text.slice(start, text.indexOf("(pop)", start) + "(pop)".length);
  const answer = ask(head + block, limits);
  if (answer.startsWith("sat"))
    return { verdict: "refuted", obligations: 0, details: [`${file}: ${name} is satisfiable`] };
  if (!answer.startsWith("unsat")) return { verdict: "open", obligations: 0, details: [`${file}: ${answer.trim()}`] };
  const assumptions = head + block.replace(/^\(assert \(not [^]*?\n(?=\(check-sat\))/m, "");
  if (ask(assumptions, limits).startsWith("unsat")) {
    return { verdict: "vacuous", obligations: 1, details: [`${file}: ${name} assumes what cannot be`] };
  }
  return { verdict: "proved", obligations: 1, details: [] };
}

function ask(query: string, { seconds }: Limits): string {
  const { stdout, error } = spawnSync(SOLVER, ["-smt2", "-in", `-T:${seconds}`], { input: query, maxBuffer: 2 ** 30 });
  if (error !== undefined)
    throw new Error(`${SOLVER} cannot be started: ${error.message}. It is the Debian package z3.`);
  const answer = stdout.toString();
  return /^(sat|unsat)/.test(answer) ? answer : `unknown\n${answer}`;
}
