import { createRequire } from "node:module";

import type { AstNode, Range } from "./ast.js";
import type { SourceTree } from "./sourceTree.js";

/** A contract as the test runner takes it; bytecode is hex, empty but for `0x` when nothing can be deployed. */
export interface Artifact {
  readonly id: { readonly name: string; readonly source: string; readonly solcVersion: string };
  readonly contract: { readonly abi: string; readonly bytecode: string; readonly deployedBytecode: string };
}

interface Output {
  readonly errors?: readonly SolcError[];
  readonly sources: Readonly<Record<string, { readonly ast: AstNode }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>;
}

interface SolcError {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number; readonly end: number };
}

interface CompiledContract {
  readonly abi: unknown;
  readonly evm: {
    readonly bytecode: { readonly object: string };
    readonly deployedBytecode: { readonly object: string };
  };
}

type Find = (name: string) => { readonly contents: string } | { readonly error: string };

interface Solc {
  version(): string;
  compile(input: string, callbacks: { readonly import: Find }): string;
}

/** solc does not compile the sources. */
export class CompileError extends Error {
  constructor(readonly errors: readonly SolcError[]) {
    super(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  }

  /** Where in `file`. */
  placesIn(file: string): Range[] {
    return this.errors.flatMap(({ sourceLocation: place }) => (place?.file === file ? [place] : []));
  }
}

const solc = createRequire(import.meta.url)("solc") as Solc;

const [SOLC_VERSION] = solc.version().split("+") as [string];

/** Without the optimizer and by the old code generator, which is ten times as fast: what a contract does is the same. */
const SETTINGS = {
  optimizer: { enabled: false },
  evmVersion: "cancun",
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

const BYTECODE = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];

/** `changed` stands in for the sources of those names. */
function compile(tree: SourceTree, entries: readonly string[], changed: ReadonlyMap<string, string>, outputs: unknown) {
  const textOf = (name: string): string => changed.get(name) ?? tree.text(name);
  const find: Find = (name) => {
    try {
      return { contents: textOf(name) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  const sources = Object.fromEntries(entries.map((name) => [name, { content: textOf(name) }]));
  const input = { language: "Solidity", sources, settings: { ...SETTINGS, outputSelection: outputs } };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find })) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new CompileError(errors);
  return output;
}

/** The contracts that stand in `entries`. @throws CompileError with solc's words */
export function compileContracts(
  tree: SourceTree,
  entries: readonly string[],
  changed: ReadonlyMap<string, string> = new Map(),
): Artifact[] {
  const outputs = Object.fromEntries(entries.map((name) => [name, { "*": BYTECODE }]));
  const { contracts = {} } = compile(tree, entries, changed, outputs);
  return Object.entries(contracts).flatMap(([source, named]) =>
    Object.entries(named).map(([name, { abi, evm }]) => ({
      id: { name, source, solcVersion: SOLC_VERSION },
      contract: {
        abi: JSON.stringify(abi),
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
      },
    })),
  );
}

/** The syntax trees of `entries`, with the ids of one compiler run. @throws CompileError with solc's words */
export function parse(tree: SourceTree, entries: readonly string[]): Map<string, AstNode> {
  const { sources } = compile(tree, entries, new Map(), { "*": { "": ["ast"] } });
  return new Map(Object.entries(sources).map(([name, { ast }]) => [name, ast]));
}
