import { childOf, childrenOf, rangeOf, textIn, type AstNode, type Place } from "../ast.js";
import { isA, type Edit, type Operator } from "./operator.js";

const DELETABLE = ["ExpressionStatement", "EmitStatement", "RevertStatement", "Return", "Continue", "Break"];

/** What a function without its last statement returns anyway. */
const NOTHING = ["0", "false", "address(0)", "bytes32(0)"];

const isRevert = (body: AstNode | undefined): boolean => {
  if (!body || !isA(body, "Block")) return isA(body, "RevertStatement");
  const statements = childrenOf(body, "statements");
  return statements.length === 1 && isRevert(statements[0]);
};

const isGuard = (node: AstNode | undefined): boolean =>
  node !== undefined && isA(node, "IfStatement") && !childOf(node, "falseBody") && isRevert(childOf(node, "trueBody"));

const condition: Operator = ({ node }) => {
  const asked = childOf(node, "condition");
  if (!asked || !isA(node, "IfStatement", "Conditional")) return [];
  const range = rangeOf(asked);
  if (isGuard(node)) return [{ ...range, operator: "guard", replacement: "false" }];
  return ["true", "false"].map((replacement): Edit => ({ ...range, operator: "condition", replacement }));
};

/** A guard's revert goes with its condition, a loop's steps make it endless, and what returns nothing is missed by nobody. */
const isKept = ({ node, parents, field }: Place, text: string): boolean => {
  if (field === "loopExpression" || field === "initializationExpression") return true;
  if (isA(node, "RevertStatement") && parents.slice(-2).some(isGuard)) return true;
  return isA(node, "Return") && NOTHING.includes(text);
};

const deletion: Operator = (place, { source }) => {
  const { node } = place;
  const returned = childOf(node, "expression");
  if (!isA(node, ...DELETABLE) || isKept(place, returned ? source.of(returned) : "")) return [];
  return [{ ...source.throughSemicolon(rangeOf(node)), operator: "deletion", replacement: "{}" }];
};

const modifier: Operator = ({ node }) =>
  isA(node, "ModifierInvocation") && textIn(node, "kind") === "modifierInvocation"
    ? [{ ...rangeOf(node), operator: "modifier", replacement: "" }]
    : [];

export const STATEMENTS: readonly Operator[] = [condition, deletion, modifier];
