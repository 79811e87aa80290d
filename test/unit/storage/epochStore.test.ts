import { expect } from "chai";
import fc from "fast-check";
import { SystemDisk } from "../../../keepers/core/disk.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { FileEpochStore } from "../../../keepers/storage/fileEpochStore.js";
import { MemoryEpochStore } from "../../../keepers/storage/memoryEpochStore.js";
import { epochStoreConformance, metaSchema, sample, type Meta } from "./epochStore.conformance.js";
import { codeOf, temporaryDirectory } from "./temporaryDirectory.js";

epochStoreConformance("MemoryEpochStore", () => Promise.resolve(new MemoryEpochStore<Meta>()));

const directories: { remove: () => void }[] = [];

epochStoreConformance("FileEpochStore", () => {
  const directory = temporaryDirectory();
  directories.push(directory);
  return FileEpochStore.open({ directory: directory.path, schema: metaSchema }, { disk: new SystemDisk() });
});

after(() => {
  for (const directory of directories.splice(0)) directory.remove();
});

describe("FileEpochStore", () => {
  let disk: MemoryDisk;

  beforeEach(() => {
    disk = new MemoryDisk();
  });

  function open(): Promise<FileEpochStore<Meta>> {
    return FileEpochStore.open({ directory: "/epochs", schema: metaSchema }, { disk });
  }

  async function put(store: FileEpochStore<Meta>, epoch: bigint, text: string): Promise<void> {
    const { leafFile, meta } = sample(text);
    await store.put(epoch, leafFile, meta);
  }

  async function overwrite(path: string, text: string): Promise<void> {
    const file = await disk.open(path);
    await file.truncate(0);
    await file.write(0, new TextEncoder().encode(text));
  }

  it("has after a power cut what put confirmed", async () => {
    const store = await open();
    await put(store, 1n, "one");
    disk.crash();
    expect(await (await open()).get(1n)).to.deep.equal({ epoch: 1n, ...sample("one") });
  });

  it("has whole epochs only, wherever the power fails", async () => {
    const puts = fc.array(fc.tuple(fc.bigInt(0n, 2n), fc.nat(9)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(puts, fc.nat(60), fc.nat(), async (list, survivedOperations, seed) => {
        disk = new MemoryDisk();
        const store = await open();
        const confirmed = new Map<bigint, string>();
        let open_ = undefined as bigint | undefined;
        let left = survivedOperations;
        disk.fault = ({ kind }) => (kind === "read" || left-- > 0 ? undefined : { code: "EIO", written: 2 });
        for (const [epoch, text] of list) {
          const done = await codeOf(put(store, epoch, String(text)));
          open_ = done === "no error" ? undefined : epoch;
          if (done !== "no error") break;
          confirmed.set(epoch, String(text));
        }
        disk.crash(new SeededRandom(seed));
        disk.fault = () => undefined;
        const again = await open();
        for (const epoch of await again.list()) await again.get(epoch);
        for (const [epoch, text] of confirmed) {
          if (epoch !== open_) expect((await again.get(epoch))?.meta.note).to.equal(text);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("names the full disk and keeps the epochs it had", async () => {
    const store = await open();
    await put(store, 1n, "one");
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written: 1 } : undefined);
    const error = (await put(store, 2n, "two").catch((reason: unknown) => reason)) as Error;
    expect(error).to.include({ code: "DISK_FULL" });
    expect(error.message).to.include("/epochs/2.leaves");
    disk.fault = () => undefined;
    expect(await store.list()).to.deep.equal([1n]);
    await put(store, 2n, "two");
    expect((await store.latest())?.meta.note).to.equal("two");
  });

  it("gives nothing whose bytes were changed", async () => {
    for (const [path, text] of [
      ["/epochs/1.leaves", "leaves changed"],
      ["/epochs/1.json", "{"],
      ["/epochs/1.json", JSON.stringify({ dataHash: "0x", note: 5 })],
      ["/epochs/1.json", JSON.stringify({ ...sample("other").meta })],
    ] as const) {
      disk = new MemoryDisk();
      const store = await open();
      await put(store, 1n, "one");
      await overwrite(path, text);
      expect(await codeOf(store.get(1n)), `${path}: ${text}`).to.equal("STORAGE_CORRUPT");
    }
  });

  it("tells a disk that fails from files that were changed", async () => {
    const store = await open();
    await put(store, 1n, "one");
    disk.fault = ({ kind }) => (kind === "read" ? { code: "EIO" } : undefined);
    expect(await codeOf(store.get(1n))).to.equal("DISK_FAILED");
  });

  it("refuses a report that JSON would change", async () => {
    const store = await open();
    const { leafFile, meta } = sample("one");
    const odd = { ...meta, note: undefined as unknown as string };
    expect(await codeOf(store.put(1n, leafFile, odd))).to.equal("META_INVALID");
  });

  it("removes what a crash left unfinished, and minds no stranger's files", async () => {
    const store = await open();
    await put(store, 1n, "one");
    for (const name of ["2.leaves", "3.json.writing", "x.leaves", "notes"]) await disk.open(`/epochs/${name}`);
    expect(await (await open()).list()).to.deep.equal([1n]);
    expect(await disk.list("/epochs")).to.deep.equal(["1.json", "1.leaves", "notes", "x.leaves"]);
  });
});
