import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

const IMPORT = /^\s*import\s+(?:[^"';]*from\s+)?["']([^"']+)["']/gm;

/** Solidity sources by the names that solc knows them by: paths of this project, or of a package. */
export class SourceTree {
  readonly #texts: Map<string, string>;
  readonly #closures = new Map<string, readonly string[]>();

  /** `texts` are known already, whatever the files say by now. */
  constructor(
    private readonly root: string,
    texts: Iterable<readonly [string, string]> = [],
  ) {
    this.#texts = new Map(texts);
  }

  /** All sources that were asked for. */
  texts(): (readonly [string, string])[] {
    return [...this.#texts];
  }

  /** The text of a source, as it was when it was first asked for. */
  text(name: string): string {
    let text = this.#texts.get(name);
    if (text === undefined) {
      const path = [join(this.root, name), join(this.root, "node_modules", name)].find((one) => existsSync(one));
      if (path === undefined) throw new Error(`there is no Solidity source ${name}`);
      text = readFileSync(path, "utf8");
      this.#texts.set(name, text);
    }
    return text;
  }

  /** What a source imports itself. */
  imports(name: string): string[] {
    return [...this.text(name).matchAll(IMPORT)].map(([, path]) => {
      const imported = path as string;
      return imported.startsWith(".") ? posix.join(posix.dirname(name), imported) : imported;
    });
  }

  /** A source and all that it needs, sorted. */
  closure(name: string): readonly string[] {
    const known = this.#closures.get(name);
    if (known) return known;
    const found = new Set([name]);
    for (const one of found) for (const imported of this.imports(one)) found.add(imported);
    const closure = [...found].sort();
    this.#closures.set(name, closure);
    return closure;
  }

  /** Changes whenever any of the sources, or anything they need, does. */
  digest(...names: readonly string[]): string {
    const hash = createHash("sha256");
    for (const name of [...new Set(names.flatMap((one) => this.closure(one)))].sort()) {
      hash.update(JSON.stringify([name, this.text(name)]));
    }
    return hash.digest("hex").slice(0, 32);
  }
}
