import { childrenOf, textIn, typeOf, walk, type AstNode, type Place } from "./ast.js";
import { frameOf, type Frame } from "./frames.js";
import { ASSEMBLY } from "./operators/assembly.js";
import { EXPRESSIONS } from "./operators/expressions.js";
import { LITERALS } from "./operators/literals.js";
import { isA, type Context, type Edit } from "./operators/operator.js";
import { STATEMENTS } from "./operators/statements.js";
import { Source } from "./source.js";

/** One wrong version of a contract. */
export interface Mutant extends Edit {
  /** Says where and what in words that outlive edits elsewhere in the file. */
  readonly key: string;
  readonly file: string;
  /** Contract and function. */
  readonly scope: string;
  /** From one. */
  readonly line: number;
  readonly original: string;
  /** What a switch can be put around, if anything. */
  readonly frame: Frame | undefined;
}

const OPERATORS = [...EXPRESSIONS, ...LITERALS, ...STATEMENTS, ...ASSEMBLY];

const SCOPES = ["ContractDefinition", "FunctionDefinition", "ModifierDefinition"];

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

function scopeOf(parents: readonly AstNode[]): string {
  const names = parents
    .filter((parent) => isA(parent, ...SCOPES))
    .map((parent) => textIn(parent, "name") || textIn(parent, "kind"));
  return names.join(".");
}

/** For each member of an enum and each constant, the name of the next one that could stand in its place. */
export function siblingsIn(units: readonly AstNode[]): Map<number, string> {
  const siblings = new Map<number, string>();
  for (const { node } of units.flatMap((unit) => [...walk(unit)])) {
    for (const group of groupsOf(node)) {
      group.forEach((member, index) => {
        const next = group[(index + 1) % group.length] as AstNode;
        if (next !== member) siblings.set(Number(member["id"]), textIn(next, "name"));
      });
    }
  }
  return siblings;
}

function groupsOf(node: AstNode): readonly (readonly AstNode[])[] {
  if (isA(node, "EnumDefinition")) return [childrenOf(node, "members")];
  if (!isA(node, "ContractDefinition")) return [];
  const constants = childrenOf(node, "nodes").filter((member) => member["constant"] === true);
  return Object.values(Object.groupBy(constants, typeOf)).map((group) => group ?? []);
}

/** All mutants of one file, in the order of its text. */
export function mutantsOf(file: string, text: string, unit: AstNode, siblings: Context["siblings"]): Mutant[] {
  const source = new Source(text);
  const seen = new Map<string, number>();
  const mutants = new Map<string, Mutant>();
  for (const place of walk(unit)) {
    for (const edit of editsAt(place, { source, siblings })) {
      const spot = `${edit.start}:${edit.end}:${edit.replacement}`;
      if (!mutants.has(spot)) mutants.set(spot, mutantOf(file, source, place, edit, seen));
    }
  }
  return [...mutants.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

function editsAt(place: Place, context: Context): Edit[] {
  return OPERATORS.flatMap((operator) => operator(place, context)).filter(
    (edit) => context.source.slice(edit) !== edit.replacement,
  );
}

function mutantOf(file: string, source: Source, place: Place, edit: Edit, seen: Map<string, number>): Mutant {
  const scope = scopeOf(place.parents);
  const line = source.lineAt(edit.start);
  const original = oneLine(source.slice(edit));
  const change = edit.replacement === "" ? "nothing" : oneLine(edit.replacement);
  const name = `${file} ${scope} | ${line.text} | ${original} -> ${change}`;
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  const key = times === 1 ? name : `${name} | ${times}`;
  return { ...edit, key, file, scope, line: line.number, original, frame: frameOf(place, edit, source) };
}

/** The file's text with the mistake in it. */
export function mutate(text: string, mutant: Edit): string {
  return new Source(text).replaced(mutant, mutant.replacement);
}
