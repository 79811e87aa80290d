import { childOf, childrenOf, rangeOf, textIn, typeOf, type AstNode, type Place, type Range } from "../ast.js";
import type { Source } from "../source.js";
import { isA, type Edit, type Operator, type OperatorName } from "./operator.js";

const BOUNDARY: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const RELATION: Readonly<Record<string, string>> = {
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
  "==": "!=",
  "!=": "==",
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "/",
  "**": "*",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "^": "&",
};
const ASSIGNMENT: Readonly<Record<string, readonly string[]>> = {
  "+=": ["-=", "="],
  "-=": ["+=", "="],
  "*=": ["/=", "="],
  "/=": ["*=", "="],
  "|=": ["&=", "="],
  "&=": ["|=", "="],
  "^=": ["="],
  "<<=": [">>="],
  ">>=": ["<<="],
};

/** Functions that do not care about the order of two arguments. */
const COMMUTATIVE = /(^|\.)(min|max)$/;

function between(left: AstNode, right: AstNode): Range {
  return { start: rangeOf(left).end, end: rangeOf(right).start };
}

/** The operator between two operands, blanks and all. */
function reoperated(source: Source, range: Range, from: string, to: string, operator: OperatorName): Edit {
  return { ...range, operator, replacement: source.slice(range).replace(from, () => to) };
}

function operandsOf(node: AstNode, left: string, right: string): [AstNode, AstNode] {
  const operands = [childOf(node, left), childOf(node, right)] as const;
  if (!operands[0] || !operands[1]) throw new Error(`${node.nodeType} at ${node.src} lacks an operand`);
  return [operands[0], operands[1]];
}

const binary: Operator = ({ node }, { source }) => {
  if (!isA(node, "BinaryOperation")) return [];
  const [left, right] = operandsOf(node, "leftExpression", "rightExpression");
  const symbol = textIn(node, "operator");
  if (symbol === "&&" || symbol === "||") {
    return [left, right].map((kept) => ({ ...rangeOf(node), operator: "logic", replacement: source.of(kept) }));
  }
  const tables = [
    ["boundary", BOUNDARY],
    ["relation", RELATION],
    ["arithmetic", ARITHMETIC],
  ] as const;
  return tables.flatMap(([operator, table]) => {
    const other = table[symbol];
    return other === undefined ? [] : [reoperated(source, between(left, right), symbol, other, operator)];
  });
};

const assignment: Operator = ({ node }, { source }) => {
  if (!isA(node, "Assignment")) return [];
  const [left, right] = operandsOf(node, "leftHandSide", "rightHandSide");
  const symbol = textIn(node, "operator");
  return (ASSIGNMENT[symbol] ?? []).map((other) =>
    reoperated(source, between(left, right), symbol, other, "assignment"),
  );
};

const isStepOfLoop = ({ parents, field }: Place): boolean =>
  field === "loopExpression" || (isA(parents.at(-1), "ExpressionStatement") && isA(parents.at(-2), "ForStatement"));

const unary: Operator = (place, { source }) => {
  const { node } = place;
  const operand = childOf(node, "subExpression");
  if (!isA(node, "UnaryOperation") || !operand) return [];
  const symbol = textIn(node, "operator");
  const range = rangeOf(node);
  if (["!", "~", "-"].includes(symbol)) return [{ ...range, operator: "negation", replacement: source.of(operand) }];
  if ((symbol !== "++" && symbol !== "--") || isStepOfLoop(place)) return [];
  const other = symbol === "++" ? "--" : "++";
  return [{ ...range, operator: "arithmetic", replacement: source.of(node).replace(symbol, other) }];
};

/** Values that are true or false without being compared, where nothing else mutates them. */
const value: Operator = ({ node, field }, { source }) => {
  const isValue = ["expression", "initialValue", "rightHandSide"].includes(field);
  const isPlain = isA(node, "Identifier", "FunctionCall", "MemberAccess", "IndexAccess");
  if (!isValue || !isPlain || typeOf(node) !== "bool") return [];
  return [{ ...rangeOf(node), operator: "negation", replacement: `!${source.of(node)}` }];
};

const swappedArguments: Operator = ({ node }, { source }) => {
  if (!isA(node, "FunctionCall") || COMMUTATIVE.test(source.of(childOf(node, "expression") ?? node))) return [];
  const all = childrenOf(node, "arguments");
  return all.slice(1).flatMap((right, index): Edit[] => {
    const left = all[index] as AstNode;
    const [first, second] = [source.of(left), source.of(right)];
    if (typeOf(left) !== typeOf(right) || first === second) return [];
    const replacement = second + source.slice(between(left, right)) + first;
    return [{ start: rangeOf(left).start, end: rangeOf(right).end, operator: "arguments", replacement }];
  });
};

const sender: Operator = ({ node }, { source }) =>
  isA(node, "MemberAccess") && source.of(node) === "msg.sender"
    ? [{ ...rangeOf(node), operator: "sender", replacement: "tx.origin" }]
    : [];

export const EXPRESSIONS: readonly Operator[] = [binary, assignment, unary, value, swappedArguments, sender];
