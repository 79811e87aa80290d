import type { AstNode, Place, Range } from "../ast.js";
import type { Source } from "../source.js";

/** What kind of mistake a mutant stands for. */
export type OperatorName =
  | "boundary"
  | "relation"
  | "arithmetic"
  | "logic"
  | "condition"
  | "guard"
  | "negation"
  | "assignment"
  | "literal"
  | "deletion"
  | "modifier"
  | "arguments"
  | "constant"
  | "sender"
  | "assembly";

/** One change of a source. */
export interface Edit extends Range {
  readonly operator: OperatorName;
  readonly replacement: string;
}

/** What operators look up besides the node: its source, and by which names others can be replaced. */
export interface Context {
  readonly source: Source;
  /** The other members of an enum, or another constant of the same type, by the id of the declaration. */
  readonly siblings: ReadonlyMap<number, string>;
}

/** All changes that it knows for the node at a place. */
export type Operator = (place: Place, context: Context) => readonly Edit[];

export const isA = (node: AstNode | undefined, ...types: string[]): boolean =>
  node !== undefined && types.includes(node.nodeType);
