import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { expect } from "chai";
import fc from "fast-check";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { compareLeaves, type LeafEntry, leafHash, LeafKind } from "../../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, treeOf } from "../../../keepers/protocol/leafFile.js";
import { TreeFile, type TreeIdentity, type TreeReader } from "../../../keepers/storage/treeFile.js";
import { TreeLayout } from "../../../keepers/storage/treeLayout.js";
import { codeOf } from "./temporaryDirectory.js";

const PATH = "/epochs/7.tree";
const header = { chainId: 1n, ledger: `0x${"1e".repeat(20)}`, epoch: 7n, previousRoot: `0x${"12".repeat(32)}` };

interface Made {
  readonly disk: MemoryDisk;
  readonly entries: readonly LeafEntry[];
  readonly identity: TreeIdentity;
  readonly file: TreeFile;
  /** OpenZeppelin's own tree. */
  readonly reference: ReturnType<typeof SimpleMerkleTree.of>;
}

/** Leaves with gaps between their ids, of both kinds. */
function entriesOf(count: number): LeafEntry[] {
  const made = Array.from({ length: count }, (_, i): LeafEntry => {
    const kind = i % 5 === 4 ? LeafKind.SERVICE : LeafKind.AVAILABILITY;
    return { kind, id: (1n << 248n) + BigInt(10 * i + 5), cumulative: BigInt(1 + ((i * 7919) % 100_000)) };
  });
  return made.sort(compareLeaves);
}

async function make(count: number, disk = new MemoryDisk()): Promise<Made> {
  const entries = entriesOf(count);
  const leafFile = encodeLeafFile({ ...header, entries });
  const tree = treeOf({ ...header, entries });
  const identity = { dataHash: dataHash(leafFile), root: tree.root, leafCount: count };
  const leaves = entries.map(({ kind, id, cumulative }) => bytesToHex(leafHash(kind, id, cumulative)));
  const file = await TreeFile.write(disk, PATH, identity, { leafFile, tree });
  return { disk, entries, identity, file, reference: SimpleMerkleTree.of(leaves, { sortLeaves: false }) };
}

async function reopened({ disk, identity }: Made): Promise<TreeFile> {
  const file = await TreeFile.open(disk, PATH, identity);
  expect(file, "opened").not.to.equal(undefined);
  return file!;
}

async function proofFor(reader: TreeReader, { kind, id }: LeafEntry) {
  const leaf = await reader.find(kind, id);
  return leaf && { cumulative: leaf.cumulative, proof: await reader.proof(leaf) };
}

describe("TreeFile", () => {
  it("has every leaf and the proofs of @openzeppelin/merkle-tree, at every size up to 40 and around powers of two", async () => {
    const sizes = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 127, 128, 129, 255, 256, 257, 300, 1023];
    for (const size of sizes) {
      const made = await make(size);
      const file = await reopened(made);
      await file.read(async (reader) => {
        const step = size > 100 ? 7 : 1;
        for (let i = 0; i < size; i += step) {
          const entry = made.entries[i]!;
          const expected = { cumulative: entry.cumulative, proof: made.reference.getProof(i) };
          expect(await proofFor(reader, entry), `${i} of ${size}`).to.deep.equal(expected);
        }
      });
    }
  });

  it("property: has the multiproofs of @openzeppelin/merkle-tree for any choice of leaves, in any order", async () => {
    const made = await make(700);
    const choice = fc.uniqueArray(fc.nat({ max: 699 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(choice, async (indices) => {
        const multiproof = await made.file.read(async (reader) => {
          const found = await Promise.all(indices.map((i) => reader.find(made.entries[i]!.kind, made.entries[i]!.id)));
          return reader.multiproof(found.map((leaf) => leaf!));
        });
        expect(multiproof).to.deep.equal(made.reference.getMultiProof([...indices]));
      }),
      { numRuns: 30 },
    );
  });

  it("says that it has no leaf: before the first, between two, after the last, of another kind", async () => {
    for (const size of [1, 2, 128, 129, 300]) {
      const { file, entries } = await make(size);
      await file.read(async (reader) => {
        for (const { kind, id } of entries.filter((_, i) => i % 13 === 0 || i === size - 1)) {
          for (const other of [id - 1n, id + 1n]) expect(await reader.find(kind, other), `${size}`).to.equal(undefined);
          expect(await reader.find(kind === 1 ? 2 : 1, id)).to.equal(undefined);
        }
        expect(await reader.find(1, 0n)).to.equal(undefined);
        expect(await reader.find(2, 2n ** 256n - 1n)).to.equal(undefined);
      });
    }
  });

  it("needs two small reads for a proof, however many leaves there are", async () => {
    const made = await make(5_000);
    const file = await reopened(made);
    let reads = 0;
    made.disk.fault = ({ kind }) => {
      if (kind === "read") reads += 1;
      return undefined;
    };
    for (const index of [0, 1, 2_499, 4_998, 4_999]) {
      reads = 0;
      await file.read((reader) => proofFor(reader, made.entries[index]!));
      expect(reads, `leaf ${index}`).to.be.at.most(index % 128 === 127 ? 3 : 2);
    }
  });

  it("keeps a small head and has small pages, at 46,224 leaves too", () => {
    const layout = new TreeLayout(46_224);
    expect(layout.headBytes).to.be.below(32_768);
    expect(layout.page(0).length).to.be.below(16_384);
    expect(layout.fileBytes).to.be.below(46_224 * 200);
  });

  it("is not opened when it is missing, cut short, or about another epoch", async () => {
    const made = await make(200);
    const { disk, identity } = made;
    expect(await TreeFile.open(disk, "/epochs/8.tree", identity)).to.equal(undefined);
    for (const other of [{ dataHash: `0x${"77".repeat(32)}` }, { leafCount: 199 }, { leafCount: 0 }]) {
      expect(await TreeFile.open(disk, PATH, { ...identity, ...other })).to.equal(undefined);
    }
    const file = await disk.open(PATH);
    await file.truncate(500);
    expect(await TreeFile.open(disk, PATH, identity)).to.equal(undefined);
  });

  it("property: whatever byte is changed, it gives the right answer or none", async () => {
    const made = await make(300);
    const bytes = (await made.disk.readFile(PATH))!;
    const wanted = [0, 1, 127, 128, 200, 299].map((i) => made.entries[i]!);
    const absent = { ...wanted[4]!, id: wanted[4]!.id + 1n };
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const disk = new MemoryDisk();
        const file = await disk.open(PATH);
        await file.write(0, bytes);
        await file.write(at, Uint8Array.of(bytes[at]! ^ change));
        const opened = await TreeFile.open(disk, PATH, made.identity);
        for (const entry of opened ? [...wanted, absent] : []) {
          const answer = await opened!.read((reader) => proofFor(reader, entry)).catch((error: unknown) => error);
          if ((answer as { code?: string } | undefined)?.code === "STORAGE_CORRUPT") continue;
          const index = made.entries.indexOf(entry);
          const proof = index < 0 ? undefined : made.reference.getProof(index);
          expect(answer).to.deep.equal(proof && { cumulative: entry.cumulative, proof });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("calls no leaf missing because of an index that leads elsewhere", async () => {
    const made = await make(300);
    const bytes = (await made.disk.readFile(PATH))!;
    const wanted = [0, 127, 128, 255, 256, 299].map((i) => made.entries[i]!);
    const index = { from: 45, to: 45 + 3 * 33 };
    for (let at = index.from; at < index.to; at++) {
      for (const change of [1, 0x80]) {
        const disk = new MemoryDisk();
        await (await disk.open(PATH)).write(0, bytes);
        await (await disk.open(PATH)).write(at, Uint8Array.of(bytes[at]! ^ change));
        const file = (await TreeFile.open(disk, PATH, made.identity))!;
        for (const { kind, id, cumulative } of wanted) {
          const found = await file.read((reader) => reader.find(kind, id)).catch((error: unknown) => error);
          const code = (found as { code?: string } | undefined)?.code;
          if (code !== "STORAGE_CORRUPT") expect(found, `byte ${at}`).to.include({ cumulative });
        }
      }
    }
  });

  it("finds out that it was cut short after it was opened", async () => {
    const made = await make(300);
    await (await made.disk.open(PATH)).truncate(made.identity.leafCount);
    expect(await codeOf(made.file.read((reader) => proofFor(reader, made.entries[299]!)))).to.equal("STORAGE_CORRUPT");
  });

  it("tells a disk that fails from bytes that were changed", async () => {
    const made = await make(30);
    made.disk.fault = ({ kind }) => (kind === "read" ? { code: "EIO" } : undefined);
    expect(await codeOf(made.file.read((reader) => proofFor(reader, made.entries[2]!)))).to.equal("DISK_FAILED");
    expect(await codeOf(TreeFile.open(made.disk, PATH, made.identity))).to.equal("DISK_FAILED");
  });

  it("is whole or not there after a power cut while it was written", async () => {
    for (let survived = 0; survived < 12; survived++) {
      const disk = new MemoryDisk();
      let left = survived;
      disk.fault = () => (left-- > 0 ? undefined : { code: "EIO", written: 100 });
      await make(40, disk).catch(() => undefined);
      disk.fault = () => undefined;
      disk.crash(new SeededRandom(survived));
      const { identity, entries, reference } = await make(40);
      const file = await TreeFile.open(disk, PATH, identity);
      const answer = await file?.read((reader) => proofFor(reader, entries[17]!));
      expect(answer?.proof, `${survived} operations`).to.deep.equal(file && reference.getProof(17));
    }
  });

  it("refuses to be made of a tree with another root", async () => {
    const { disk, identity, entries } = await make(5);
    const leafFile = encodeLeafFile({ ...header, entries });
    const tree = treeOf({ ...header, entries: entries.slice(1) });
    expect(await codeOf(TreeFile.write(disk, PATH, identity, { leafFile, tree }))).to.equal("STORAGE_CORRUPT");
  });
});
