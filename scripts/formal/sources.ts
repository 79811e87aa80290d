import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** The part of the compiler's JavaScript interface that is used here. */
export interface Compiler {
  compile(
    input: string,
    callbacks?: {
      import?: (path: string) => { contents: string } | { error: string };
      smtSolver?: (query: string) => { contents: string };
    },
  ): string;
}

interface AstNode {
  readonly nodeType: string;
  readonly name?: string;
  readonly src: string;
  readonly nodes?: readonly AstNode[];
}

const require = createRequire(import.meta.url);

/** The compiler that builds the contracts, with its model checker. */
export const compiler = (): Compiler => require("solc") as Compiler;

const MODELS = "formal/model";
/** What stands in for packages whose assembly the checker cannot read. Each model says what it assumes. */
const REPLACED: Readonly<Record<string, string>> = {
  "@openzeppelin/contracts/utils/math/Math.sol": `${MODELS}/Math.sol`,
  "@openzeppelin/contracts/utils/math/SafeCast.sol": `${MODELS}/SafeCast.sol`,
  "solady/src/utils/FixedPointMathLib.sol": `${MODELS}/FixedPointMathLib.sol`,
};

/**
 * A source as the checker reads it. Of our contracts private functions become internal and external ones public, so that a
 * harness can call them, and `revert Error(…)` becomes `revert()`, because the checker does not know that an error of one's own
 * ends the call. None of this changes what they compute. Line numbers stay.
 */
export function read(path: string): string {
  const file = /^(contracts|formal)\//.test(path) ? path : `node_modules/${path}`;
  const text = readFileSync(file, "utf8");
  if (file === path) return forChecker(path.startsWith("formal/") ? extract(text) : opened(path, text));
  return text;
}

function forChecker(text: string): string {
  return Object.entries(REPLACED).reduce((done, [from, to]) => done.replaceAll(`"${from}"`, `"${to}"`), text);
}

function opened(path: string, text: string): string {
  const reachable = path.includes("/interfaces/") ? text : text.replace(/\bexternal\b/g, "public");
  return reachable
    .replace(/\bprivate\b/g, "internal")
    .replace(/\brevert\s+[A-Z]\w*\([^;]*\);/g, (all) => `revert();${all.replace(/[^\n]/g, "")}`);
}

/**
 * Puts the named structs and functions of a contract in place of a line `// from contracts/x/Y.sol: a, b`. So a proof is about
 * the very code, and not about all that its contract inherits, which is too much for the checker.
 * @throws Error that names what is not there
 */
function extract(text: string): string {
  return text.replace(/^ *\/\/ from (\S+): (.+)$/gm, (_line, path: string, names: string) => {
    const source = readFileSync(path, "utf8");
    const parts = definitionsOf(source);
    return names
      .split(",")
      .map((name) => {
        const part = parts.get(name.trim());
        if (part === undefined) throw new Error(`${path} defines no ${name.trim()}, which a proof asks for`);
        return opened(path, part).replace(/\boverride\b(\([^)]*\))?/, "");
      })
      .join("\n");
  });
}

const parsed = new Map<string, Map<string, string>>();

function definitionsOf(source: string): Map<string, string> {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const bytes = Buffer.from(source);
  const found = new Map<string, string>();
  for (const contract of (parse(source).nodes ?? []).filter(({ nodeType }) => nodeType === "ContractDefinition")) {
    for (const { name, src } of contract.nodes ?? []) {
      const [start = 0, length = 0] = src.split(":").map(Number);
      const isVariable = bytes[start + length] === ";".charCodeAt(0);
      if (name) found.set(name, bytes.subarray(start, start + length + (isVariable ? 1 : 0)).toString());
    }
  }
  parsed.set(source, found);
  return found;
}

/** The syntax tree of a source, without looking at what it imports. */
export function parse(source: string): AstNode {
  const input = {
    language: "Solidity",
    sources: { "a.sol": { content: source } },
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(compiler().compile(JSON.stringify(input))) as {
    sources?: Record<string, { ast?: AstNode }>;
    errors?: readonly { formattedMessage: string }[];
  };
  const ast = output.sources?.["a.sol"]?.ast;
  if (ast === undefined)
    throw new Error((output.errors ?? []).map(({ formattedMessage }) => formattedMessage).join("\n"));
  return ast;
}

/** A property to prove: a contract whose assertions must hold for all inputs, or a query that must be unsatisfiable. */
export interface Property {
  readonly name: string;
  readonly file: string;
  /** In words, for the table. */
  readonly claim: string;
}

/** All properties of `formal/`, in the order of their files. */
export function properties(): Property[] {
  return [
    ...globSync("formal/*.sol").sort().flatMap(contractsOf),
    ...globSync("formal/*.smt2").sort().flatMap(queriesOf),
  ];
}

function contractsOf(file: string): Property[] {
  const text = readFileSync(file, "utf8");
  const found = [...text.matchAll(/((?:^\/\/\/.*\n)+)contract (\w+)/gm)];
  return found.map(([, comment = "", name = ""]) => ({ name, file, claim: words(comment, "///") }));
}

/** A file of queries is one of blocks, each with a comment `; Name: claim` above its `(push)`. */
function queriesOf(file: string): Property[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^; (\w+): ((?:.*\n)(?:;.*\n)*)\(push\)/gm)].map(([, name = "", claim = ""]) => ({
    name,
    file,
    claim: words(`;${claim}`, ";"),
  }));
}

const words = (comment: string, prefix: string): string =>
  comment
    .split("\n")
    .map((line) => line.slice(prefix.length).trim())
    .join(" ")
    .replace(/@notice|@custom:\S+.*/g, "")
    .trim();
