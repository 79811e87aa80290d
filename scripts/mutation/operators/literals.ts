import { childOf, rangeOf, textIn, typeOf, type AstNode, type Place } from "../ast.js";
import { isA, type Edit, type Operator } from "./operator.js";

/** The one type that literals are converted to and from which other literals than zero cannot be. */
const BYTES_CONVERSION = /^bytes\d*$/;

const number = ({ node, parents }: Place, text: string): string[] => {
  const parent = parents.at(-1);
  const isAddress = typeOf(node).startsWith("address");
  if (isAddress || isA(parent, "ArrayTypeName")) return [];
  const target = childOf(parent as AstNode, "expression");
  if (textIn(parent as AstNode, "kind") === "typeConversion" && target && isBytes(target)) {
    return text === "0" ? ["uint256(1)"] : [];
  }
  return text === "0" ? ["1"] : [`(${text} + 1)`, `(${text} - 1)`];
};

const isBytes = (target: AstNode): boolean => {
  const name = childOf(target, "typeName");
  return name !== undefined && BYTES_CONVERSION.test(textIn(name, "name"));
};

const replacementsOf = (place: Place, text: string): string[] => {
  const kind = textIn(place.node, "kind");
  if (kind === "number") return number(place, text);
  if (kind === "bool") return [text === "true" ? "false" : "true"];
  const isText = kind === "string" || kind === "unicodeString";
  return isText && textIn(place.node, "value") !== "" ? ['"mutant"'] : [];
};

const literal: Operator = (place, { source }) => {
  if (!isA(place.node, "Literal")) return [];
  const range = rangeOf(place.node);
  return replacementsOf(place, source.of(place.node)).map((replacement): Edit => ({
    ...range,
    operator: "literal",
    replacement,
  }));
};

const largest: Operator = ({ node }, { source }) => {
  const isLargest = isA(node, "MemberAccess") && /^type\(u?int\d*\)\.max$/.test(source.of(node));
  return isLargest ? [{ ...rangeOf(node), operator: "literal", replacement: `(${source.of(node)} - 1)` }] : [];
};

/** Another constant of the same type, or another member of the enum. */
const sibling: Operator = ({ node, parents }, { source, siblings }) => {
  const other = siblings.get(Number(node["referencedDeclaration"]));
  if (other === undefined || !isA(node, "Identifier", "MemberAccess")) return [];
  if (parents.some((parent) => isA(parent, "VariableDeclaration") && parent["constant"] === true)) return [];
  const object = childOf(node, "expression");
  const replacement = object ? `${source.of(object)}.${other}` : other;
  return [{ ...rangeOf(node), operator: "constant", replacement }];
};

export const LITERALS: readonly Operator[] = [literal, largest, sibling];
