import { globSync, readFileSync } from "node:fs";
import ts from "typescript";

/** Which argument of a constructor is the code. */
const CODE_AT: Readonly<Record<string, number>> = { KeeperError: 0, ApiError: 1, SdkError: 0 };
const BASES = /\bextends (?:KeeperError|ApiError|SdkError)\b/u;
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/u;
/** Types whose members are codes, and the table of what the HTTP server itself refuses. */
const CODE_TYPE = /(?:Error|Refusal)Code$/u;
const CODE_TABLE = "codes";

/** A code that is not written where the error is made, and is not found by the rules here either. */
export interface Unresolved {
  readonly path: string;
  readonly text: string;
}

/**
 * Every error code in the sources: literals given to error classes, directly, by way of a function's parameter, by `super`, or as
 * the `code` of an object; members of the types of codes; the server's own table.
 */
export class ErrorCodes {
  readonly codes = new Set<string>();
  readonly unresolved: Unresolved[] = [];
  readonly #sources: readonly ts.SourceFile[];

  constructor(patterns: readonly string[]) {
    this.#sources = globSync([...patterns])
      .sort()
      .map((path) => ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true));
    for (const source of this.#sources) this.#visit(source, source);
  }

  #visit(node: ts.Node, source: ts.SourceFile): void {
    if (ts.isNewExpression(node)) this.#made(node, source);
    if (ts.isTypeAliasDeclaration(node) && CODE_TYPE.test(node.name.text)) this.#literalsIn(node.type);
    if (ts.isVariableDeclaration(node) && node.name.getText() === CODE_TABLE) this.#literalsIn(node);
    if (ts.isPropertyAssignment(node) && node.name.getText() === "code") this.#take(node.initializer);
    if (ts.isClassDeclaration(node) && BASES.test(node.getText().split("{")[0] ?? "")) this.#fromSuper(node);
    ts.forEachChild(node, (child) => this.#visit(child, source));
  }

  #made(node: ts.NewExpression, source: ts.SourceFile): void {
    const at = CODE_AT[node.expression.getText()];
    const code = at === undefined ? undefined : node.arguments?.[at];
    if (code === undefined || this.#take(code)) return;
    if (ts.isIdentifier(code) && (this.#fromCallers(node, code.text, source) || this.#fromConstant(node, code.text)))
      return;
    this.unresolved.push({ path: source.fileName, text: code.getText() });
  }

  #take(node: ts.Expression): boolean {
    if (!ts.isStringLiteral(node) || !CODE.test(node.text)) return false;
    this.codes.add(node.text);
    return true;
  }

  /** The parameter of that name of the function around: what its callers give for it. */
  #fromCallers(node: ts.Node, parameter: string, source: ts.SourceFile): boolean {
    const around = ts.findAncestor(node, (each) => ts.isFunctionDeclaration(each) || ts.isMethodDeclaration(each));
    if (!around || !(ts.isFunctionDeclaration(around) || ts.isMethodDeclaration(around))) return false;
    const at = around.parameters.findIndex(({ name }) => name.getText() === parameter);
    const name = around.name?.getText();
    if (at < 0 || name === undefined) return false;
    const isExported = ts.getModifiers(around)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
    for (const each of isExported ? this.#sources : [source]) this.#calls(each, name, at);
    return true;
  }

  /** A constant of that name in the same block. */
  #fromConstant(node: ts.Node, name: string): boolean {
    const block = ts.findAncestor(node, ts.isBlock);
    const lines = block?.statements.filter(ts.isVariableStatement) ?? [];
    const declared = lines.flatMap(({ declarationList }) => [...declarationList.declarations]);
    const initializer = declared.find((each) => each.name.getText() === name)?.initializer;
    if (!initializer || !ts.isConditionalExpression(initializer)) return false;
    this.#literalsIn(initializer);
    return true;
  }

  #calls(node: ts.Node, name: string, at: number): void {
    if (ts.isCallExpression(node) && new RegExp(`(?:^|\\.)${name}$`, "u").test(node.expression.getText())) {
      const code = node.arguments[at];
      if (code) this.#take(code);
    }
    ts.forEachChild(node, (child) => this.#calls(child, name, at));
  }

  #fromSuper(node: ts.Node): void {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      for (const argument of node.arguments) this.#take(argument);
    }
    ts.forEachChild(node, (child) => this.#fromSuper(child));
  }

  #literalsIn(node: ts.Node): void {
    if (ts.isStringLiteral(node) && CODE.test(node.text)) this.codes.add(node.text);
    ts.forEachChild(node, (child) => this.#literalsIn(child));
  }
}
