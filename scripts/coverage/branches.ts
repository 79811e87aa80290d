/**
 * Branch coverage for Solidity: Hardhat counts statements only, so the outcomes of decisions are made visible to it. Each
 * condition is wrapped in a call that reports which way it went and returns it unchanged, on the same line, so that line
 * numbers stay what they are.
 */

/** A node of the compiler's syntax tree, as far as it is looked at here. `src` is `start:length:file`, in bytes. */
interface AstNode {
  readonly nodeType: string;
  readonly src: string;
  readonly [key: string]: unknown;
}

/** One decision in the source; it has two outcomes, `id` and `id + 1`. */
export interface Decision {
  readonly id: number;
  readonly line: number;
  readonly kind: "if" | "?:" | "&&" | "||" | "try";
}

export interface Instrumented {
  readonly source: string;
  readonly decisions: readonly Decision[];
}

interface Edit {
  readonly at: number;
  readonly text: string;
  /** Edits at one place: what opens an inner expression comes after what opens the outer one, and closes before it. */
  readonly depth: number;
}

export const LIBRARY = "__Branches";

/**
 * The source with its decisions wrapped, numbered from `firstId` on.
 * @param ast The compiler's tree of exactly this source. @param importPath Where the library is, seen from this file.
 */
export function instrument(source: string, ast: unknown, firstId: number, importPath: string): Instrumented {
  const bytes = Buffer.from(source);
  const decisions: Decision[] = [];
  const edits: Edit[] = [];
  const open = (node: AstNode, kind: Decision["kind"]): number => {
    const id = firstId + 2 * decisions.length;
    const line = bytes.subarray(0, rangeOf(node).start).toString().split("\n").length;
    decisions.push({ id, line, kind });
    return id;
  };
  walk(ast, 0, (node, depth) => {
    const condition = conditionOf(node);
    if (condition !== undefined) {
      const id = open(node, condition.kind);
      const { start, end } = rangeOf(condition.node);
      edits.push({ at: start, text: `${LIBRARY}.decided(`, depth }, { at: end, text: `, ${id})`, depth: -depth });
    }
    if (node.nodeType !== "TryStatement") return;
    const id = open(node, "try");
    const [success, ...others] = (node["clauses"] as AstNode[]).map((clause) => clause["block"] as AstNode);
    const report = (block: AstNode, outcome: number): Edit => ({
      at: rangeOf(block).start + 1,
      text: ` ${LIBRARY}.reached(${outcome});`,
      depth,
    });
    if (success !== undefined) edits.push(report(success, id));
    for (const other of others) edits.push(report(other, id + 1));
  });
  if (decisions.length === 0) return { source, decisions };
  return { source: `${apply(bytes, edits)}import {${LIBRARY}} from "${importPath}";\n`, decisions };
}

/** The condition whose outcomes are counted. Of `a && b` it is `a`: what `b` gives is the outcome of what is around both. */
function conditionOf(node: AstNode): { node: AstNode; kind: Decision["kind"] } | undefined {
  switch (node.nodeType) {
    case "IfStatement":
      return { node: node["condition"] as AstNode, kind: "if" };
    case "Conditional":
      return { node: node["condition"] as AstNode, kind: "?:" };
    case "BinaryOperation": {
      const operator = node["operator"];
      if (operator !== "&&" && operator !== "||") return undefined;
      return { node: node["leftExpression"] as AstNode, kind: operator };
    }
    default:
      return undefined;
  }
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === "object" && value !== null && "nodeType" in value && "src" in value;

/** Goes through a tree, parents first. Inline assembly has no decisions that are counted. */
function walk(value: unknown, depth: number, visit: (node: AstNode, depth: number) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (isNode(value)) {
    if (value.nodeType === "InlineAssembly") return;
    visit(value, depth);
  }
  for (const child of Object.values(value)) walk(child, depth + 1, visit);
}

function rangeOf(node: AstNode): { start: number; end: number } {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
}

function apply(bytes: Buffer, edits: readonly Edit[]): string {
  const parts: Buffer[] = [];
  let done = 0;
  for (const edit of [...edits].sort((a, b) => a.at - b.at || a.depth - b.depth)) {
    parts.push(bytes.subarray(done, edit.at), Buffer.from(edit.text));
    done = edit.at;
  }
  return Buffer.concat([...parts, bytes.subarray(done)]).toString();
}
