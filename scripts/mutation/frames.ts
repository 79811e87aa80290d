import { childOf, rangeOf, textIn, typeOf, type AstNode, type Place, type Range } from "./ast.js";
import { isA, type Edit } from "./operators/operator.js";
import type { Source } from "./source.js";

/**
 * The expression or statement around an edit that can be written twice, as it is and as it would be, with a switch between
 * them. What both are converted to first stands in `cast`: a choice between two literals is of a smaller type than either.
 */
export interface Frame extends Range {
  readonly kind: "expression" | "statement";
  readonly cast: string;
}

/** Values that a choice cannot be made of, because they are none yet or several. */
const CHOICELESS = /^(int_const|rational_const|tuple\(|type\(|function )/;

const SHIFTS = ["<<", ">>", "**"];

/** Undefined for an edit that has to be compiled by itself. */
export function frameOf(place: Place, edit: Edit, source: Source): Frame | undefined {
  if (edit.operator === "modifier" || edit.operator === "assembly") return undefined;
  const { node, parents } = place;
  if (edit.operator === "deletion") {
    const deleted = childOf(node, "expression");
    // A storage pointer that is not assigned in every case does not compile.
    return deleted && typeOf(deleted).includes(" storage ")
      ? undefined
      : { ...rangeOfEdit(edit), kind: "statement", cast: "" };
  }
  if (isA(node, "IfStatement", "Conditional")) return { ...rangeOfEdit(edit), kind: "expression", cast: "" };
  if (isA(node, "Literal") && textIn(node, "kind") === "number") return literalFrame(place);
  const parent = parents.at(-1);
  if (
    isA(node, "Assignment", "FunctionCall") &&
    isA(parent, "ExpressionStatement", "EmitStatement", "RevertStatement")
  ) {
    return { ...source.throughSemicolon(rangeOf(parent as AstNode)), kind: "statement", cast: "" };
  }
  return CHOICELESS.test(typeOf(node)) || isA(node, "Assignment")
    ? undefined
    : { ...rangeOf(node), kind: "expression", cast: "" };
}

const rangeOfEdit = ({ start, end }: Edit): Range => ({ start, end });

function literalFrame({ node, parents, field }: Place): Frame | undefined {
  const parent = parents.at(-1) as AstNode;
  const frame = { ...rangeOf(node), kind: "expression" } as const;
  if (textIn(parent, "kind") === "typeConversion") return { ...frame, ...rangeOf(parent), cast: "" };
  if (isA(parent, "UnaryOperation")) return undefined;
  if (!isA(parent, "BinaryOperation")) return { ...frame, cast: "" };
  if (CHOICELESS.test(typeOf(parent))) return undefined;
  if (SHIFTS.includes(textIn(parent, "operator")))
    return field === "rightExpression" ? { ...frame, cast: "" } : undefined;
  const other = childOf(parent, field === "rightExpression" ? "leftExpression" : "rightExpression");
  return /^uint\d+$/.test(other ? typeOf(other) : "") ? { ...frame, cast: typeOf(other as AstNode) } : undefined;
}
