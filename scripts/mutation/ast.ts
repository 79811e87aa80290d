/** A node of solc's syntax tree. `src` is `start:length:file`, in bytes of the source. */
export interface AstNode {
  readonly nodeType: string;
  readonly src: string;
  readonly [field: string]: unknown;
}

/** Half-open, in bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A node and where it stands: `field` of its parent, which is the last of `parents`. */
export interface Place {
  readonly node: AstNode;
  readonly parents: readonly AstNode[];
  readonly field: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

const isNode = (value: unknown): value is AstNode =>
  isObject(value) && typeof value["nodeType"] === "string" && typeof value["src"] === "string";

/** Every node below `node` and itself, in the order of the source's fields. */
export function* walk(node: AstNode, parents: readonly AstNode[] = [], field = ""): Generator<Place> {
  yield { node, parents, field };
  const line = [...parents, node];
  for (const [name, value] of Object.entries(node)) {
    for (const child of [value].flat()) if (isNode(child)) yield* walk(child, line, name);
  }
}

export function rangeOf({ src }: AstNode): Range {
  const [start, length] = src.split(":").map(Number);
  if (start === undefined || length === undefined) throw new Error(`a node's src is not start:length:file: ${src}`);
  return { start, end: start + length };
}

/** The node in `field`, where there is one. */
export function childOf(node: AstNode, field: string): AstNode | undefined {
  const child = node[field];
  return isNode(child) ? child : undefined;
}

export function childrenOf(node: AstNode, field: string): readonly AstNode[] {
  const children = node[field];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

/** The text in `field`, or nothing. */
export function textIn(node: AstNode, field: string): string {
  const text = node[field];
  return typeof text === "string" ? text : "";
}

/** solc's name of an expression's type, such as `uint256` or `int_const 7`. */
export function typeOf(node: AstNode): string {
  const descriptions = node["typeDescriptions"];
  return isObject(descriptions) && typeof descriptions["typeString"] === "string" ? descriptions["typeString"] : "";
}
