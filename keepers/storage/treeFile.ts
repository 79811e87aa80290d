import type { Disk, DiskFile } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";
import { bytesToHex, type Hash, hexToBytes } from "../protocol/bytes.js";
import { leafHash, type LeafKind } from "../protocol/leaf.js";
import { LEAF_ENTRY_BYTES, LEAF_FILE_HEADER_BYTES } from "../protocol/leafFile.js";
import { hashPair, MerkleTree, type Multiproof, multiproofNodes, proofNodes } from "../protocol/merkleTree.js";
import { BLOCK_ENTRIES, KEY_BYTES, type Place, TREE_HEADER_BYTES, TreeLayout } from "./treeLayout.js";

const MAGIC = Buffer.from("R1TREES1");
const NODE_BYTES = 32;

/** Which tree is meant. */
export interface TreeIdentity {
  /** keccak256 of the leaf file. */
  readonly dataHash: Hash;
  readonly root: Hash;
  readonly leafCount: number;
}

/** A leaf that the file has. */
export interface FoundLeaf {
  readonly index: number;
  readonly kind: LeafKind;
  readonly id: bigint;
  readonly cumulative: bigint;
}

/**
 * A leaf file and its tree on disk, laid out so that a proof takes two small reads whatever the number of leaves, and only the
 * head of the file is kept in memory. It can be made again from the leaf file at any time. Nobody needs to trust its bytes:
 * each proof is checked against the root before it is given out.
 */
export class TreeFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #identity: TreeIdentity;
  readonly #layout: TreeLayout;
  readonly #head: Buffer;

  private constructor(disk: Disk, path: string, identity: TreeIdentity, layout: TreeLayout, head: Uint8Array) {
    this.#disk = disk;
    this.#path = path;
    this.#identity = identity;
    this.#layout = layout;
    this.#head = bufferOf(head);
  }

  /** Undefined when the file is not there, or about something else. Rejects when the disk cannot be read. */
  static async open(disk: Disk, path: string, identity: TreeIdentity): Promise<TreeFile | undefined> {
    if (identity.leafCount < 1) return undefined;
    const layout = new TreeLayout(identity.leafCount);
    const head = await withFile(disk, path, (file) => file.read(0, layout.headBytes));
    const isMeant = head.length === layout.headBytes && bufferOf(head).indexOf(headerOf(identity)) === 0;
    return isMeant ? new TreeFile(disk, path, identity, layout, head) : undefined;
  }

  /** Writes the file in place of what was there: after a crash it has the old bytes or the new ones. */
  static async write(disk: Disk, path: string, identity: TreeIdentity, content: TreeContent): Promise<TreeFile> {
    const layout = new TreeLayout(identity.leafCount);
    const bytes = encode(layout, identity, content);
    await writeFileAtomic(disk, path, bytes);
    return new TreeFile(disk, path, identity, layout, bytes.slice(0, layout.headBytes));
  }

  /** Does some reading while the file is open. */
  read<T>(work: (reader: TreeReader) => Promise<T>): Promise<T> {
    return withFile(this.#disk, this.#path, (file) =>
      work(new TreeReader(file, this.#identity, this.#layout, this.#head)),
    );
  }
}

/** What a tree file is made of. */
export interface TreeContent {
  /** The bytes of the leaf file, valid. */
  readonly leafFile: Uint8Array;
  readonly tree: MerkleTree;
}

/** Leaves and proofs of an open tree file. All methods reject with `STORAGE_CORRUPT` when the bytes do not lead to the root. */
export class TreeReader {
  readonly #file: DiskFile;
  readonly #identity: TreeIdentity;
  readonly #layout: TreeLayout;
  readonly #head: Buffer;
  /** By position: several leaves may stand in one place. */
  readonly #parts = new Map<number, Promise<Buffer>>();

  constructor(file: DiskFile, identity: TreeIdentity, layout: TreeLayout, head: Buffer) {
    this.#file = file;
    this.#identity = identity;
    this.#layout = layout;
    this.#head = head;
  }

  /** A leaf, not proven yet; undefined when there is none, which its neighbours then prove. */
  async find(kind: LeafKind, id: bigint): Promise<FoundLeaf | undefined> {
    const key = keyOf(kind, id);
    const index = await this.#lastAtMost(key);
    const before = await this.#leafAt(index);
    if (before?.kind === kind && before.id === id) return before;
    await this.#proveGap(before, await this.#leafAt(index + 1), key);
    return undefined;
  }

  /** Siblings from the leaf up to the root. */
  async proof({ index, kind, id, cumulative }: FoundLeaf): Promise<Hash[]> {
    const siblings = await this.#nodes(proofNodes(this.#layout.leaves, index));
    const root = siblings.reduce(hashPair, leafHash(kind, id, cumulative));
    if (bytesToHex(root) !== this.#identity.root) throw this.#corrupt();
    return siblings.map(bytesToHex);
  }

  /** One proof for several leaves. @throws RangeError for none, or one twice */
  async multiproof(leaves: readonly FoundLeaf[]): Promise<Multiproof> {
    const byNode = [...leaves].sort((a, b) => a.index - b.index);
    const nodes = multiproofNodes(
      this.#layout.leaves,
      byNode.map(({ index }) => index),
    );
    const siblings = await this.#nodes(nodes.proof);
    const multiproof = {
      leaves: byNode.map(({ kind, id, cumulative }) => bytesToHex(leafHash(kind, id, cumulative))),
      proof: siblings.map(bytesToHex),
      proofFlags: nodes.proofFlags,
    };
    if (!MerkleTree.verifyMultiproof(this.#identity.root, multiproof)) throw this.#corrupt();
    return multiproof;
  }

  /** Rejects unless these two are neighbours in the tree with the key between them. */
  async #proveGap(before: FoundLeaf | undefined, after: FoundLeaf | undefined, key: Buffer): Promise<void> {
    const isFramed = (!before || orderOf(before, key) < 0) && (!after || orderOf(after, key) > 0);
    if (!isFramed) throw this.#corrupt();
    for (const neighbour of [before, after]) if (neighbour !== undefined) await this.proof(neighbour);
  }

  /** Index of the last leaf whose key is not above this one; −1 when all are. */
  async #lastAtMost(key: Buffer): Promise<number> {
    const block = Math.max(0, lastAtMost(this.#head, TREE_HEADER_BYTES, KEY_BYTES, this.#layout.blocks, key));
    const { first, end, entries } = await this.#block(block);
    return first + lastAtMost(entries, 0, LEAF_ENTRY_BYTES, end - first, key);
  }

  async #leafAt(index: number): Promise<FoundLeaf | undefined> {
    if (index < 0 || index >= this.#layout.leaves) return undefined;
    const { first, entries } = await this.#block(Math.floor(index / BLOCK_ENTRIES));
    const at = (index - first) * LEAF_ENTRY_BYTES;
    const kind = entries.readUInt8(at) as LeafKind;
    const id = BigInt(`0x${entries.toString("hex", at + 1, at + KEY_BYTES)}`);
    return { index, kind, id, cumulative: entries.readBigUInt64BE(at + KEY_BYTES) };
  }

  async #block(block: number): Promise<{ readonly first: number; readonly end: number; readonly entries: Buffer }> {
    const first = block * BLOCK_ENTRIES;
    const end = Math.min(first + BLOCK_ENTRIES, this.#layout.leaves);
    return { first, end, entries: await this.#part(this.#layout.entries(first, end)) };
  }

  #nodes(nodes: readonly number[]): Promise<Uint8Array[]> {
    return Promise.all(nodes.map((node) => this.#node(node)));
  }

  async #node(node: number): Promise<Uint8Array> {
    const place = this.#layout.inPage(node);
    if (place === undefined) return nodeIn(this.#head, this.#layout.upperAt + node * NODE_BYTES);
    return nodeIn(await this.#part(this.#layout.page(place.page)), place.at);
  }

  #part({ position, length }: Place): Promise<Buffer> {
    const known = this.#parts.get(position);
    if (known !== undefined) return known;
    const reading = this.#file.read(position, length).then((bytes) => {
      if (bytes.length !== length) throw this.#corrupt();
      return bufferOf(bytes);
    });
    this.#parts.set(position, reading);
    return reading;
  }

  #corrupt(): KeeperError {
    return new KeeperError("STORAGE_CORRUPT", `${this.#file.path} does not lead to the root ${this.#identity.root}`);
  }
}

function encode(layout: TreeLayout, identity: TreeIdentity, { leafFile, tree }: TreeContent): Uint8Array {
  if (tree.root !== identity.root || tree.size !== layout.leaves) {
    throw new KeeperError("STORAGE_CORRUPT", `a tree with the root ${tree.root} is not that of ${identity.root}`);
  }
  const bytes = Buffer.alloc(layout.fileBytes);
  bytes.set(headerOf(identity));
  const entries = leafFile.subarray(LEAF_FILE_HEADER_BYTES);
  for (let block = 0; block < layout.blocks; block++) {
    const at = block * BLOCK_ENTRIES * LEAF_ENTRY_BYTES;
    bytes.set(entries.subarray(at, at + KEY_BYTES), TREE_HEADER_BYTES + block * KEY_BYTES);
  }
  bytes.set(tree.nodes(0, layout.upperNodes), layout.upperAt);
  bytes.set(entries, layout.entries(0, layout.leaves).position);
  for (let page = 0; page < layout.pages; page++) {
    const { position } = layout.page(page);
    for (const { first, end, at } of layout.runsOf(page)) bytes.set(tree.nodes(first, end), position + at);
  }
  return bytes;
}

function headerOf({ dataHash, leafCount }: TreeIdentity): Uint8Array {
  const header = Buffer.alloc(TREE_HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt8(1, MAGIC.length);
  header.set(hexToBytes(dataHash), MAGIC.length + 1);
  header.writeUInt32BE(leafCount, TREE_HEADER_BYTES - 4);
  return header;
}

/** What a leaf is found by; bytes in the order of leaves. */
function keyOf(kind: LeafKind, id: bigint): Buffer {
  return Buffer.from(kind.toString(16).padStart(2, "0") + id.toString(16).padStart(64, "0"), "hex");
}

/** Negative, zero or positive: where a leaf stands to a key. */
function orderOf({ kind, id }: FoundLeaf, key: Buffer): number {
  return keyOf(kind, id).compare(key);
}

/** Of `count` records from `start` on, `stride` bytes each, in ascending order: the last that is not above the key; −1 for none. */
function lastAtMost(bytes: Buffer, start: number, stride: number, count: number, key: Buffer): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = start + middle * stride;
    if (bytes.compare(key, 0, key.length, at, at + key.length) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

async function withFile<T>(disk: Disk, path: string, work: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

function nodeIn(bytes: Buffer, at: number): Uint8Array {
  return bytes.subarray(at, at + NODE_BYTES);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
