import { LEAF_ENTRY_BYTES } from "../protocol/leafFile.js";

const NODE_BYTES = 32;
/** Of an entry: what it is found by. */
export const KEY_BYTES = 33;
/** Magic, version, hash of the leaf file, count of leaves. */
export const TREE_HEADER_BYTES = 8 + 1 + 32 + 4;
/** Entries between two keys of the index. */
export const BLOCK_ENTRIES = 128;

/** A place in a file, in bytes. */
export interface Place {
  readonly position: number;
  readonly length: number;
}

/**
 * Where everything stands in a tree file:
 *
 *     header ‖ index: first key of each block ‖ upper nodes ‖ entries, as in the leaf file ‖ pages
 *
 * The upper half of the tree's levels stands by itself, in the array's order. Below each node of its last level hangs a
 * subtree, whose nodes are one page: level by level, in the array's order, with room for a full one. So a path from a leaf to
 * the root lies in one page and in the upper nodes.
 */
export class TreeLayout {
  readonly leaves: number;
  /** Everything before the entries: what is kept at hand. */
  readonly headBytes: number;
  readonly blocks: number;
  /** Nodes that stand before the pages. */
  readonly upperNodes: number;
  readonly upperAt: number;
  readonly pages: number;
  readonly pageNodes: number;
  readonly fileBytes: number;
  readonly #upperDepth: number;
  readonly #pageHeight: number;
  readonly #pagesAt: number;

  /** @param leaves at least 1 */
  constructor(leaves: number) {
    const deepest = depthOf(2 * leaves - 2);
    this.leaves = leaves;
    this.#upperDepth = Math.ceil(deepest / 2);
    this.#pageHeight = deepest - this.#upperDepth;
    this.blocks = Math.ceil(leaves / BLOCK_ENTRIES);
    this.upperNodes = 2 ** (this.#upperDepth + 1) - 1;
    this.upperAt = TREE_HEADER_BYTES + this.blocks * KEY_BYTES;
    this.headBytes = this.upperAt + this.upperNodes * NODE_BYTES;
    this.#pagesAt = this.headBytes + leaves * LEAF_ENTRY_BYTES;
    this.pageNodes = 2 ** (this.#pageHeight + 1) - 2;
    this.pages = this.#pageHeight === 0 ? 0 : 2 ** this.#upperDepth;
    this.fileBytes = this.#pagesAt + this.pages * this.pageNodes * NODE_BYTES;
  }

  /** Entries `first` to before `end`. */
  entries(first: number, end: number): Place {
    return { position: this.headBytes + first * LEAF_ENTRY_BYTES, length: (end - first) * LEAF_ENTRY_BYTES };
  }

  page(page: number): Place {
    const length = this.pageNodes * NODE_BYTES;
    return { position: this.#pagesAt + page * length, length };
  }

  /** In which page a node stands, and at which byte of it; undefined for the upper nodes. */
  inPage(node: number): { readonly page: number; readonly at: number } | undefined {
    const level = depthOf(node) - this.#upperDepth;
    if (level <= 0) return undefined;
    const subtree = ((node + 1) >> level) - 1;
    const place = this.#firstOf(subtree, level);
    return { page: subtree - (2 ** this.#upperDepth - 1), at: (place.at + node - place.first) * NODE_BYTES };
  }

  /** The runs of neighbouring nodes that a page is made of, and at which byte of it each begins; without those that are not there. */
  runsOf(page: number): { readonly first: number; readonly end: number; readonly at: number }[] {
    const subtree = page + 2 ** this.#upperDepth - 1;
    return Array.from({ length: this.#pageHeight }, (_, index) => {
      const { first, at } = this.#firstOf(subtree, index + 1);
      const end = Math.min(first + 2 ** (index + 1), 2 * this.leaves - 1);
      return { first, end: Math.max(first, end), at: at * NODE_BYTES };
    });
  }

  /** The first node of a level under a subtree's root, and its number within the page. */
  #firstOf(subtree: number, level: number): { readonly first: number; readonly at: number } {
    return { first: (subtree + 1) * 2 ** level - 1, at: 2 ** level - 2 };
  }
}

/** Levels above a node. */
function depthOf(node: number): number {
  return 31 - Math.clz32(node + 1);
}
