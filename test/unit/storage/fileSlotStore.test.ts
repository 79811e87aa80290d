import { expect } from "chai";
import fc from "fast-check";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { FileSlotStore, type FileSlotStoreOptions } from "../../../keepers/storage/fileSlotStore.js";
import { nodeAddress, slotOptions } from "./slotStore.conformance.js";
import { codeOf } from "./temporaryDirectory.js";

const options: FileSlotStoreOptions = { ...slotOptions, directory: "/slots", flushMs: 1_000 };

describe("FileSlotStore", () => {
  let disk: MemoryDisk;
  let clock: VirtualClock;
  let errors: unknown[];

  beforeEach(() => {
    disk = new MemoryDisk();
    clock = new VirtualClock();
    errors = [];
  });

  function open(changes: Partial<FileSlotStoreOptions> = {}): Promise<FileSlotStore> {
    return FileSlotStore.open({ ...options, ...changes }, { clock, disk, onError: (error) => errors.push(error) });
  }

  /** Overwrites bytes of a file behind the store's back. */
  async function damage(path: string, position: number, bytes: readonly number[]): Promise<void> {
    const file = await disk.open(path);
    await file.write(position, Uint8Array.from(bytes));
    await file.sync();
  }

  it("finds again after a power cut what the clock's flush wrote, and only loses what came later", async () => {
    const store = await open();
    store.mark(7n, 1, nodeAddress(1));
    store.mark(7n, 2, nodeAddress(2));
    await clock.advance(1_000);
    store.mark(7n, 3, nodeAddress(1));
    disk.crash();
    const again = await open();
    expect([1, 2, 3].map((slot) => again.has(7n, slot, nodeAddress(slot === 2 ? 2 : 1)))).to.deep.equal([
      true,
      true,
      false,
    ]);
    expect(again.count(7n, nodeAddress(1))).to.equal(1);
    expect(again.mark(7n, 3, nodeAddress(3))).to.equal(true);
    await again.flush();
    expect((await open()).has(7n, 3, nodeAddress(3))).to.equal(true);
  });

  it("flushes every flushMs, also after a flush with nothing to do", async () => {
    const store = await open();
    await clock.advance(5_000);
    store.mark(1n, 0, nodeAddress(1));
    await clock.advance(999);
    const writes: string[] = [];
    disk.fault = ({ kind, path }) => {
      if (kind === "write") writes.push(path);
      return undefined;
    };
    await clock.advance(1);
    expect(writes).to.deep.equal(["/slots/1.slots.writing", "/slots/nodes.index", "/slots/1.slots"]);
    await clock.advance(1_000);
    expect(writes).to.have.length(3);
  });

  it("writes only columns that changed", async () => {
    const store = await open();
    for (let slot = 0; slot < 12; slot += 1) store.mark(1n, slot, nodeAddress(1));
    await store.flush();
    let writes = 0;
    disk.fault = ({ kind }) => {
      if (kind === "write") writes += 1;
      return undefined;
    };
    store.mark(1n, 5, nodeAddress(1));
    await store.flush();
    expect(writes).to.equal(0);
    await store.prune(0n);
    store.mark(1n, 5, nodeAddress(2));
    store.mark(2n, 5, nodeAddress(1));
    await store.prune(2n);
    await store.flush();
    expect(writes).to.equal(3);
  });

  it("loses nothing that was flushed when the power fails at any operation, whatever the disk kept of the rest", async () => {
    const mark = fc.tuple(fc.bigInt(0n, 1n), fc.nat(11), fc.nat(39));
    const rounds = fc.array(fc.array(mark, { maxLength: 10 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rounds, fc.nat(60), fc.nat(), async (batches, survivedOperations, seed) => {
        disk = new MemoryDisk();
        const store = await open();
        const flushed = new Map<string, [bigint, number, number]>();
        const marked = new Set<string>();
        let left = survivedOperations;
        disk.fault = ({ kind }) => (kind === "read" || left-- > 0 ? undefined : { code: "EIO", written: left % 64 });
        for (const batch of batches) {
          for (const [epoch, slot, node] of batch) {
            store.mark(epoch, slot, nodeAddress(node));
            marked.add(`${epoch}/${slot}/${node}`);
          }
          const whole = await store.flush().then(
            () => true,
            () => false,
          );
          if (!whole) break;
          for (const entry of batch) flushed.set(entry.join("/"), entry);
        }
        disk.crash(new SeededRandom(seed));
        disk.fault = () => undefined;
        const again = await open();
        for (const [epoch, slot, node] of flushed.values()) {
          expect(again.has(epoch, slot, nodeAddress(node)), `${epoch}/${slot}/${node} was flushed`).to.equal(true);
        }
        for (const epoch of [0n, 1n]) {
          for (let slot = 0; slot < 12; slot += 1) {
            for (let node = 0; node < 40; node += 1) {
              if (!again.has(epoch, slot, nodeAddress(node))) continue;
              expect(marked.has(`${epoch}/${slot}/${node}`), "nothing is made up").to.equal(true);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("goes on marking while the disk is full, says so each time, and writes everything once there is room", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.flush();
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written: 3 } : undefined);
    store.mark(1n, 0, nodeAddress(2));
    store.mark(1n, 1, nodeAddress(3));
    await clock.advance(2_000);
    expect(errors).to.have.length(2);
    expect(errors[0]).to.include({ code: "DISK_FULL", retriable: true });
    expect((errors[0] as Error).message)
      .to.include("/slots/nodes.index")
      .and.to.include("full");
    expect(store.mark(1n, 2, nodeAddress(2))).to.equal(true);
    expect(store.count(1n, nodeAddress(2))).to.equal(2);
    disk.fault = () => undefined;
    await clock.advance(1_000);
    disk.crash();
    const again = await open();
    expect([1, 2, 3].map((node) => again.count(1n, nodeAddress(node)))).to.deep.equal([1, 2, 1]);
  });

  it("keeps what a failed sync left uncertain for the next flush", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.flush();
    store.mark(1n, 0, nodeAddress(2));
    let syncs = 0;
    disk.fault = ({ kind }) => (kind === "sync" && (syncs += 1) === 2 ? { code: "EIO" } : undefined);
    expect(await codeOf(store.flush())).to.equal("DISK_FAILED");
    disk.fault = () => undefined;
    await store.flush();
    disk.crash();
    expect((await open()).count(1n, nodeAddress(2))).to.equal(1);
  });

  it("falls back to the older copy of a column whose newer one is damaged", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.flush();
    store.mark(1n, 0, nodeAddress(2));
    await store.close();
    const recordBytes = 8 + 5;
    await damage("/slots/1.slots", 64 + 0 * recordBytes + 8, [0xff]);
    const again = await open();
    expect([1, 2].map((node) => again.count(1n, nodeAddress(node)))).to.deep.equal([1, 0]);
    again.mark(1n, 0, nodeAddress(2));
    await again.close();
    expect((await open()).count(1n, nodeAddress(2))).to.equal(1);
  });

  it("drops a torn end of the node index and gives its number to the next node", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.close();
    await damage(
      "/slots/nodes.index",
      24,
      Array.from({ length: 30 }, () => 7),
    );
    const again = await open();
    again.mark(1n, 1, nodeAddress(2));
    await again.close();
    const third = await open();
    expect([
      third.has(1n, 0, nodeAddress(1)),
      third.has(1n, 1, nodeAddress(2)),
      third.has(1n, 0, nodeAddress(2)),
    ]).to.deep.equal([true, true, false]);
  });

  it("refuses to give marks to the wrong nodes when the index lost some", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    store.mark(1n, 0, nodeAddress(2));
    await store.close();
    await damage("/slots/nodes.index", 24, [9]);
    expect(await codeOf(open())).to.equal("STORAGE_CORRUPT");
  });

  it("refuses a folder made for another epoch length or number of nodes, naming both", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.close();
    expect(await codeOf(open({ slotsPerEpoch: 13 }))).to.equal("STORAGE_MISMATCH");
    const error = await open({ maximumNodes: 80 }).catch((reason: unknown) => reason as Error);
    expect((error as Error).message).to.match(/10 bytes a slot; it says epoch 1, 12 slots, 5 bytes/u);
  });

  it("removes the files of pruned epochs and half-written ones, and minds no stranger's", async () => {
    const store = await open();
    for (const epoch of [1n, 2n]) store.mark(epoch, 0, nodeAddress(1));
    await store.flush();
    await store.prune(2n);
    await store.close();
    for (const name of ["3.slots.writing", "notes.txt"]) await disk.open(`/slots/${name}`);
    await open();
    expect(await disk.list("/slots")).to.deep.equal(["2.slots", "nodes.index", "notes.txt"]);
  });

  it("flushes when it closes, stops its timer, and says when it could not", async () => {
    const store = await open();
    store.mark(1n, 0, nodeAddress(1));
    await store.close();
    expect(clock.pending).to.equal(0);
    const again = await open();
    expect(again.count(1n, nodeAddress(1))).to.equal(1);
    again.mark(1n, 1, nodeAddress(1));
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC" } : undefined);
    expect(await codeOf(again.close())).to.equal("DISK_FULL");
    expect(clock.pending).to.equal(0);
  });
});
