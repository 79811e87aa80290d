import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { diskError, SystemDisk, type Disk } from "../../../keepers/core/disk.js";
import { readJson, writeFileAtomic, writeJson } from "../../../keepers/core/files.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

for (const [name, create] of [
  ["SystemDisk", () => ({ disk: new SystemDisk(), folder: mkdtempSync(join(tmpdir(), "r1-disk-")) })],
  ["MemoryDisk", () => ({ disk: new MemoryDisk() as Disk, folder: "/memory" })],
] as const) {
  describe(`Disk conformance: ${name}`, () => {
    let disk: Disk;
    let folder: string;

    beforeEach(() => {
      ({ disk, folder } = create());
    });

    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("reads back what it wrote at any place, holes as zeros, and less at the end", async () => {
      const file = await disk.open(join(folder, "a"));
      await file.write(3, Uint8Array.of(1, 2, 3));
      await file.write(4, Uint8Array.of(9));
      await file.sync();
      expect(await file.size()).to.equal(6);
      expect([...(await file.read(0, 100))]).to.deep.equal([0, 0, 0, 1, 9, 3]);
      expect([...(await file.read(5, 1))]).to.deep.equal([3]);
      expect([...(await file.read(6, 1))]).to.deep.equal([]);
      await file.truncate(4);
      await file.truncate(5);
      expect([...(await file.read(0, 100))]).to.deep.equal([0, 0, 0, 1, 0]);
      await file.close();
    });

    it("opens what is there without emptying it", async () => {
      await writeFileAtomic(disk, join(folder, "a"), bytes("kept"));
      await (await disk.open(join(folder, "a"))).close();
      expect(text(await disk.readFile(join(folder, "a")))).to.equal("kept");
    });

    it("lists names in order, renames over, removes twice, and knows no absent file", async () => {
      for (const file of ["b", "a", "c"]) await writeFileAtomic(disk, join(folder, file), bytes(file));
      expect(await disk.list(folder)).to.deep.equal(["a", "b", "c"]);
      await disk.rename(join(folder, "a"), join(folder, "b"));
      await disk.remove(join(folder, "c"));
      await disk.remove(join(folder, "c"));
      await disk.syncDirectory(folder);
      expect(await disk.list(folder)).to.deep.equal(["b"]);
      expect(text(await disk.readFile(join(folder, "b")))).to.equal("a");
      expect(await disk.readFile(join(folder, "a"))).to.equal(undefined);
      expect(await disk.list(join(folder, "absent"))).to.deep.equal([]);
      expect(await disk.rename(join(folder, "a"), join(folder, "d")).catch((e: unknown) => e)).to.include({
        code: "DISK_FAILED",
      });
    });

    it("makes folders, with those above, twice", async () => {
      await disk.makeDirectory(join(folder, "x/y"));
      await disk.makeDirectory(join(folder, "x/y"));
      await writeFileAtomic(disk, join(folder, "x/y/z"), bytes("deep"));
      expect(text(await disk.readFile(join(folder, "x/y/z")))).to.equal("deep");
    });
  });
}

describe("SystemDisk", () => {
  it("names the path and the reason when it fails", async () => {
    const error = (await new SystemDisk().open("/dev/null/x").catch((reason: unknown) => reason)) as Error;
    expect(error).to.include({ code: "DISK_FAILED", retriable: false });
    expect(error.message).to.include("/dev/null/x").and.to.include("ENOTDIR");
  });
});

describe("diskError", () => {
  for (const [code, expected, retriable] of [
    ["ENOSPC", "DISK_FULL", true],
    ["EDQUOT", "DISK_FULL", true],
    ["EIO", "DISK_FAILED", false],
  ] as const) {
    it(`makes ${expected} of ${code}, naming the path`, () => {
      const error = diskError("write", "/data/x", Object.assign(new Error(code), { code }));
      expect(error).to.include({ code: expected, retriable });
      expect(error.message).to.include("cannot write /data/x");
    });
  }
});

describe("writeFileAtomic", () => {
  it("leaves the old or the new bytes wherever the power fails, and the new ones once it resolved", async () => {
    const [old, young] = ["old ".repeat(400), "young ".repeat(400)];
    for (let survived = 0; survived < 12; survived += 1) {
      for (let seed = 0; seed < 20; seed += 1) {
        const disk = new MemoryDisk();
        await writeFileAtomic(disk, "/d/file", bytes(old));
        let left = survived;
        disk.fault = () => (left-- > 0 ? undefined : { code: "EIO", written: 700 });
        const done = await writeFileAtomic(disk, "/d/file", bytes(young)).then(
          () => true,
          () => false,
        );
        disk.crash(new SeededRandom(seed));
        disk.fault = () => undefined;
        const found = text(await disk.readFile("/d/file"));
        expect(done ? [young] : [old, young]).to.include(found);
      }
    }
  });

  it("leaves nothing half-written behind when the disk is full", async () => {
    const disk = new MemoryDisk();
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written: 2 } : undefined);
    expect(await writeFileAtomic(disk, "/d/file", bytes("new")).catch((e: unknown) => e)).to.include({
      code: "DISK_FULL",
    });
    expect(await disk.list("/d")).to.deep.equal([]);
  });

  it("writes over what an earlier crash left half-written, however long", async () => {
    const disk = new MemoryDisk();
    await (await disk.open("/d/file.writing")).write(0, bytes("a long rest of something"));
    await writeFileAtomic(disk, "/d/file", bytes("new"));
    expect(text(await disk.readFile("/d/file"))).to.equal("new");
  });

  it("leaves one file on a real disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "r1-files-"));
    await writeFileAtomic(new SystemDisk(), join(folder, "a"), bytes("1"));
    await writeFileAtomic(new SystemDisk(), join(folder, "a"), bytes("2"));
    expect(readdirSync(folder)).to.deep.equal(["a"]);
    rmSync(folder, { recursive: true });
  });
});

describe("readJson", () => {
  const schema = z.strictObject({ epoch: z.number() });

  it("reads what writeJson wrote, and nothing where there is nothing", async () => {
    const disk = new MemoryDisk();
    await writeJson(disk, "/d/a.json", { epoch: 5 });
    expect(await readJson(disk, "/d/a.json", schema)).to.deep.equal({ epoch: 5 });
    expect(await readJson(disk, "/d/b.json", schema)).to.equal(undefined);
  });

  for (const [name, content, expected] of [
    ["not JSON", "{", "/d/a.json is not JSON"],
    ["of another shape", '{"epoch":"5"}', "epoch: "],
    ["with more than wanted", '{"epoch":5,"x":1}', "x"],
  ] as const) {
    it(`refuses what is ${name}, naming the file and the place`, async () => {
      const disk = new MemoryDisk();
      await writeFileAtomic(disk, "/d/a.json", bytes(content));
      const error = (await readJson(disk, "/d/a.json", schema).catch((reason: unknown) => reason)) as Error;
      expect(error).to.include({ code: "FILE_INVALID" });
      expect(error.message).to.include("/d/a.json").and.to.include(expected);
    });
  }
});

describe("MemoryDisk", () => {
  it("forgets at a power cut what was not synced: bytes and names", async () => {
    const disk = new MemoryDisk();
    await writeFileAtomic(disk, "/d/kept", bytes("old"));
    const file = await disk.open("/d/kept");
    await file.write(0, bytes("new"));
    await disk.open("/d/unsynced");
    await disk.rename("/d/kept", "/d/renamed");
    disk.crash();
    expect(await disk.list("/d")).to.deep.equal(["kept"]);
    expect(text(await disk.readFile("/d/kept"))).to.equal("old");
    expect(await file.write(0, bytes("x")).catch((e: unknown) => e)).to.include({ code: "DISK_FAILED" });
  });

  it("tears unsynced writes by sector, by chance", async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 50; seed += 1) {
      const disk = new MemoryDisk();
      await writeFileAtomic(disk, "/d/a", new Uint8Array(1_024));
      await (await disk.open("/d/a")).write(0, new Uint8Array(1_024).fill(1));
      disk.crash(new SeededRandom(seed));
      const found = (await disk.readFile("/d/a")) as Uint8Array;
      for (const start of [0, 512]) expect(new Set(found.subarray(start, start + 512)).size).to.equal(1);
      outcomes.add(`${found[0]}${found[512]}`);
    }
    expect([...outcomes].sort()).to.deep.equal(["00", "01", "10", "11"]);
  });
});
