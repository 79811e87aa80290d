import { childOf, rangeOf, textIn } from "../ast.js";
import { isA, type Operator } from "./operator.js";

const CALLS: Readonly<Record<string, string>> = {
  add: "sub",
  sub: "add",
  mul: "add",
  div: "mul",
  shr: "shl",
  shl: "shr",
};

const call: Operator = ({ node }) => {
  const name = childOf(node, "functionName");
  const other = name && isA(node, "YulFunctionCall") ? CALLS[textIn(name, "name")] : undefined;
  return name && other ? [{ ...rangeOf(name), operator: "assembly", replacement: other }] : [];
};

const literal: Operator = ({ node }, { source }) =>
  isA(node, "YulLiteral") && textIn(node, "kind") === "number"
    ? [{ ...rangeOf(node), operator: "assembly", replacement: `add(${source.of(node)}, 1)` }]
    : [];

export const ASSEMBLY: readonly Operator[] = [call, literal];
