import { expect } from "chai";
import fc from "fast-check";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { FileJournal } from "../../../keepers/storage/fileJournal.js";
import { journalOptions, replayed } from "./journal.conformance.js";
import { codeOf } from "./temporaryDirectory.js";

const path = "/log/votes.journal";
const headerBytes = 8;
const prefixBytes = 16;

describe("FileJournal", () => {
  let disk: MemoryDisk;

  beforeEach(() => {
    disk = new MemoryDisk();
  });

  function open(): Promise<FileJournal> {
    return FileJournal.open({ ...journalOptions, path }, { disk });
  }

  async function journalOf(...records: readonly (readonly number[])[]): Promise<FileJournal> {
    const journal = await open();
    for (const record of records) await journal.append(Uint8Array.from(record));
    return journal;
  }

  async function contents(): Promise<Uint8Array> {
    return (await disk.readFile(path)) as Uint8Array;
  }

  /** Puts other bytes in the place of the file. */
  async function replace(bytes: Uint8Array): Promise<void> {
    const file = await disk.open(path);
    await file.truncate(0);
    await file.write(0, bytes);
    await file.sync();
  }

  it("has a record on disk when append resolves", async () => {
    await journalOf([1], [2, 3]);
    disk.crash();
    expect(await replayed(await open())).to.deep.equal([[1], [2, 3]]);
  });

  it("drops an end torn at any byte, and appends after it", async () => {
    await journalOf([1], [2, 2], [3, 3, 3]);
    const whole = await contents();
    const ends = [1, 2, 3].map(
      (_, index, sizes) => headerBytes + sizes.slice(0, index + 1).reduce((sum, size) => sum + prefixBytes + size, 0),
    );
    for (let length = headerBytes; length < whole.length; length += 1) {
      await replace(whole.subarray(0, length));
      const kept = [[1], [2, 2], [3, 3, 3]].slice(0, ends.filter((end) => end <= length).length);
      const journal = await open();
      expect(await replayed(journal), `torn at ${length}`).to.deep.equal(kept);
      await journal.append(Uint8Array.of(9));
      expect(await replayed(await open()), `appended after ${length}`).to.deep.equal([...kept, [9]]);
    }
  });

  it("tells damage before the last record from a torn end, at every byte", async () => {
    await journalOf([1], [2, 2], [3, 3, 3]);
    const whole = await contents();
    const lastStart = whole.length - prefixBytes - 3;
    for (let position = 0; position < whole.length; position += 1) {
      const damaged = whole.slice();
      damaged[position] = (damaged[position] as number) ^ 0x55;
      await replace(damaged);
      const outcome = await codeOf(open());
      expect(outcome, `byte ${position}`).to.equal(position < lastStart ? "JOURNAL_CORRUPT" : "no error");
    }
  });

  it("drops records that were written together with a torn one, and never brings them back", async () => {
    const journal = await journalOf([1]);
    await Promise.all([2, 3].map((value) => journal.append(Uint8Array.of(value))));
    const torn = await contents();
    torn[headerBytes + 2 * prefixBytes + 1] = 0xff;
    await replace(torn);
    const again = await open();
    expect(await replayed(again)).to.deep.equal([[1]]);
    await again.append(Uint8Array.of(4));
    expect(await replayed(await open())).to.deep.equal([[1], [4]]);
  });

  it("says where the damage is", async () => {
    await journalOf([1], [2, 2], [3, 3, 3]);
    const damaged = await contents();
    damaged[headerBytes + prefixBytes] = 0xff;
    await replace(damaged);
    const error = (await open().catch((reason: unknown) => reason)) as Error;
    expect(error.message).to.include(path).and.to.include(`byte ${headerBytes}`);
  });

  it("is as it was before when a write fails after any number of bytes", async () => {
    for (let written = 0; written <= prefixBytes + 2; written += 1) {
      disk = new MemoryDisk();
      const journal = await journalOf([1]);
      disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written } : undefined);
      const failure = (await journal.append(Uint8Array.of(2, 2)).catch((error: unknown) => error)) as Error;
      expect(failure).to.include({ code: "DISK_FULL", retriable: true });
      expect(failure.message).to.include(path);
      disk.fault = () => undefined;
      expect(await replayed(journal)).to.deep.equal([[1]]);
      await journal.append(Uint8Array.of(3));
      disk.crash();
      expect(await replayed(await open()), `${written} bytes`).to.deep.equal([[1], [3]]);
    }
  });

  it("is broken for good when the failed write cannot be taken back", async () => {
    const journal = await journalOf([1]);
    disk.fault = ({ kind }) => (kind === "write" || kind === "truncate" ? { code: "EIO", written: 5 } : undefined);
    expect(await codeOf(journal.append(Uint8Array.of(2)))).to.equal("JOURNAL_BROKEN");
    disk.fault = () => undefined;
    expect(await codeOf(journal.append(Uint8Array.of(3)))).to.equal("JOURNAL_BROKEN");
    expect(await codeOf(journal.truncate())).to.equal("JOURNAL_BROKEN");
    expect(await replayed(await open())).to.deep.equal([[1]]);
  });

  it("is broken for good when a sync fails, because nobody can tell what the disk holds", async () => {
    const journal = await journalOf([1]);
    disk.fault = ({ kind }) => (kind === "sync" ? { code: "EIO" } : undefined);
    expect(await codeOf(journal.append(Uint8Array.of(2)))).to.equal("JOURNAL_BROKEN");
    disk.fault = () => undefined;
    expect(await codeOf(journal.append(Uint8Array.of(3)))).to.equal("JOURNAL_BROKEN");
  });

  it("lets appends share a sync, in order, and fails all that shared a failure", async () => {
    const journal = await open();
    let syncs = 0;
    disk.fault = ({ kind }) => {
      if (kind === "sync") syncs += 1;
      return undefined;
    };
    await Promise.all(Array.from({ length: 50 }, (_, value) => journal.append(Uint8Array.of(value))));
    expect(syncs).to.be.at.most(2);
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC" } : undefined);
    const codes = await Promise.all([1, 2].map((value) => codeOf(journal.append(Uint8Array.of(value)))));
    expect(codes).to.deep.equal(["DISK_FULL", "DISK_FULL"]);
  });

  it("replays at least what was confirmed and at most what was tried, in order, wherever the power fails", async () => {
    const steps = fc.array(fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.constant("truncate" as const)), {
      minLength: 1,
      maxLength: 15,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(70), fc.nat(), async (list, survivedOperations, seed) => {
        disk = new MemoryDisk();
        const journal = await open();
        let left = survivedOperations;
        disk.fault = ({ kind }) => (kind === "read" || left-- > 0 ? undefined : { code: "EIO", written: 0 });
        let confirmed: number[][] = [];
        let possible: number[][][] = [[]];
        for (const step of list) {
          const next = step === "truncate" ? [] : [...confirmed, [...step]];
          const done = await codeOf(step === "truncate" ? journal.truncate() : journal.append(step));
          possible = done === "no error" ? [next] : [confirmed, next];
          if (done !== "no error") break;
          confirmed = next;
        }
        disk.crash(new SeededRandom(seed));
        disk.fault = () => undefined;
        expect(possible).to.deep.include(await replayed(await open()));
      }),
      { numRuns: 400 },
    );
  });

  it("keeps all records when a rewrite fails at any operation", async () => {
    for (let survived = 0; survived < 12; survived += 1) {
      disk = new MemoryDisk();
      const journal = await journalOf([1], [2]);
      let left = survived;
      disk.fault = ({ kind }) => (kind === "read" || left-- > 0 ? undefined : { code: "ENOSPC" });
      const done = await codeOf(journal.truncate((record) => record[0] === 2));
      disk.fault = () => undefined;
      const kept = await replayed(await open());
      if (done === "no error") expect(kept).to.deep.equal([[2]]);
      else expect([[[1], [2]], [[2]]]).to.deep.include(kept);
    }
  });

  it("waits for the appends under way when it closes", async () => {
    const journal = await open();
    const appended = journal.append(Uint8Array.of(1));
    await journal.close();
    await appended;
    disk.crash();
    expect(await replayed(await open())).to.deep.equal([[1]]);
  });
});
