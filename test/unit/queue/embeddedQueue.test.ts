import { expect } from "chai";
import fc from "fast-check";
import { SystemClock } from "../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { EmbeddedQueue } from "../../../keepers/queue/embeddedQueue.js";
import { createQueue } from "../../../keepers/queue/createQueue.js";
import { MAX_ENTRY_BYTES } from "../../../keepers/queue/taskLog.js";
import type { QueueOptions } from "../../../keepers/queue/workQueue.js";
import { FileJournal } from "../../../keepers/storage/fileJournal.js";
import { codeOf, temporaryDirectory } from "../storage/temporaryDirectory.js";
import { openEmbedded } from "./openQueues.js";
import { type QueueHarness, queueOptions, type Work } from "./queueHarness.js";
import { queueConformance } from "./workQueue.conformance.js";

const real = new SystemClock();

async function embeddedHarness(): Promise<QueueHarness> {
  const { path, remove } = temporaryDirectory();
  // Other processes write times of the real clock.
  const clock = new VirtualClock(real.now());
  return {
    open: (changes = {}, random = new SeededRandom(1)) => openEmbedded(path, changes, { clock, random }),
    now: () => clock.now(),
    until: async (holds) => {
      // The disk is a real one, and takes its time.
      while (!(await clock.advanceUntil(holds, 1))) await real.sleep(1);
    },
    place: ["embedded", `${path}/queue.log`],
    dispose: async () => remove(),
  };
}

queueConformance("embedded", embeddedHarness);

describe("EmbeddedQueue", () => {
  const path = "/queue.log";
  let disk: MemoryDisk;
  let clock: VirtualClock;

  beforeEach(() => {
    disk = new MemoryDisk();
    clock = new VirtualClock(Date.now());
  });

  async function open(changes: Partial<QueueOptions<Work>> = {}, on = disk): Promise<EmbeddedQueue<Work>> {
    const log = await FileJournal.open({ path, maximumRecordBytes: MAX_ENTRY_BYTES }, { disk: on });
    return EmbeddedQueue.open({ ...queueOptions, ...changes }, { clock, random: new SeededRandom(1), log });
  }

  it("does every confirmed task after power cuts at any moment, and none twice that was noted as done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }), fc.integer(), async (cuts, seed) => {
        const own = new MemoryDisk();
        const confirmed = new Set<string>();
        const done = new Set<string>();
        let count = 0;
        for (const steps of [...cuts, Infinity]) {
          const queue = await open({ concurrency: 2 }, own);
          queue.process(async ({ name }) => void done.add(name));
          for (let step = 0; step < Math.min(steps, 12); step += 1) {
            const name = `t${count++}`;
            void queue.add({ name }, { id: name }).then(
              () => confirmed.add(name),
              () => undefined,
            );
            await Promise.resolve();
          }
          if (steps === Infinity) await clock.advance(1_000);
          // Nothing is to happen on the disk after the cut that began before it.
          own.fault = () => ({ code: "EIO" });
          await new Promise(setImmediate);
          own.crash(new SeededRandom(seed));
          own.fault = () => undefined;
        }
        expect([...confirmed].filter((name) => !done.has(name))).to.deep.equal([]);
      }),
      { numRuns: 50 },
    );
  });

  it("does not take what it cannot keep, and takes it once the disk has room", async () => {
    const queue = await open();
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC", written: 3 } : undefined);
    expect(await codeOf(queue.add({ name: "x" }, { id: "x" }))).to.equal("DISK_FULL");
    disk.fault = () => undefined;
    await queue.add({ name: "x" }, { id: "x" });
    expect((await queue.counts()).waiting).to.equal(1);
  });

  it("does its tasks although it cannot note it", async () => {
    const queue = await open();
    await queue.add({ name: "x" });
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC" } : undefined);
    queue.process(async () => undefined);
    await clock.advance(1);
    expect(queue.totals.done).to.equal(1);
  });

  it("keeps its log short", async () => {
    const queue = await open();
    queue.process(async () => undefined);
    await queue.add({ name: "stays" }, { delayMs: 1e9 });
    for (let index = 0; index < 3_000; index += 1) {
      await queue.add({ name: "again and again" }, { id: "same" });
      await clock.advance(0);
    }
    expect(queue.totals.done).to.equal(3_000);
    const { length } = (await disk.readFile(path))!;
    expect(length).to.be.below(400_000);
    disk.crash();
    expect((await (await open()).counts()).waiting).to.equal(1);
  });

  it("says that its log is damaged", async () => {
    const log = await FileJournal.open({ path, maximumRecordBytes: MAX_ENTRY_BYTES }, { disk });
    await log.append(new TextEncoder().encode('{"type":"strange"}'));
    await log.close();
    expect(await codeOf(open())).to.equal("QUEUE_CORRUPT");
  });

  it("works without a log, for as long as the process lives", async () => {
    const queue = await createQueue({ ...queueOptions, redisUrl: undefined }, { clock, random: new SeededRandom(1) });
    queue.process(async () => undefined);
    await queue.add({ name: "x" });
    await clock.advance(1);
    expect(queue.totals.done).to.equal(1);
    await queue.close();
    expect(clock.pending).to.equal(0);
  });

  it("leaves no timer behind", async () => {
    const queue = await open();
    await queue.add({ name: "x" }, { delayMs: 1e6 });
    await queue.close();
    expect(clock.pending).to.equal(0);
  });
});
