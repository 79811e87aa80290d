import { expect } from "chai";
import fc from "fast-check";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { HeartbeatSequence } from "../../../keepers/heartbeat/heartbeatSequence.js";
import { sequencePath as path } from "./fixtures.js";

const start = 1_700_000_000_000;

async function open(disk: MemoryDisk, now = start, step = 60_000n): Promise<HeartbeatSequence> {
  const clock = new VirtualClock(now);
  return HeartbeatSequence.open({ path, step }, { disk, clock, logger: memoryLogger(clock).logger });
}

describe("heartbeat sequence", () => {
  it("follows the clock, and goes up by one where the clock stands still", async () => {
    const clock = new VirtualClock(start);
    const { logger } = memoryLogger(clock);
    const sequence = await HeartbeatSequence.open({ path, step: 60_000n }, { disk: new MemoryDisk(), clock, logger });
    expect(await sequence.next()).to.equal(BigInt(start));
    expect(await sequence.next()).to.equal(BigInt(start) + 1n);
    await clock.advance(10_000);
    expect(await sequence.next()).to.equal(BigInt(start) + 10_000n);
  });

  it("never gives a number twice across crashes, torn disks and clocks set anywhere", async () => {
    const life = fc.record({ now: fc.integer({ min: 0, max: 2 * start }), beats: fc.nat(200), crash: fc.boolean() });
    const lives = fc.array(life, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lives, fc.bigInt(0n, 50n), fc.integer(), async (runs, step, seed) => {
        const disk = new MemoryDisk();
        const random = new SeededRandom(seed);
        let last = -1n;
        for (const { now, beats, crash } of runs) {
          const sequence = await open(disk, now, step);
          for (let beat = 0; beat < beats; beat += 1) {
            const next = await sequence.next();
            expect(next > last, `${next} after ${last}`).to.equal(true);
            last = next;
          }
          if (crash) disk.crash(random);
          else await sequence.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it("writes once for many numbers, and gives unused ones back when closed", async () => {
    const disk = new MemoryDisk();
    let renames = 0;
    disk.fault = ({ kind }) => {
      if (kind === "rename") renames += 1;
      return undefined;
    };
    const sequence = await open(disk);
    const numbers = await Promise.all(Array.from({ length: 50 }, () => sequence.next()));
    expect(renames).to.equal(1);
    await Promise.all([sequence.close(), sequence.close()]);
    expect(await (await open(disk, 0)).next()).to.equal(numbers.at(-1)! + 1n);
  });

  it("goes on while the disk is full, says so once, and reserves again when there is room", async () => {
    const disk = new MemoryDisk();
    const clock = new VirtualClock(start);
    const { logger, entries } = memoryLogger(clock);
    const sequence = await HeartbeatSequence.open({ path, step: 60_000n }, { disk, clock, logger });
    disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC" } : undefined);
    expect(await sequence.next()).to.equal(BigInt(start));
    expect(await sequence.next()).to.equal(BigInt(start) + 1n);
    const warnings = entries.filter(({ level }) => level === "warn");
    expect(warnings).to.have.length(1);
    expect(warnings[0]?.["error"]).to.contain(`cannot write ${path}.writing: the disk is full`);
    disk.fault = () => undefined;
    const last = await sequence.next();
    disk.crash();
    expect(await (await open(disk, 0)).next()).to.equal(last + 60_001n);
  });

  it("refuses a file that is not its own, naming it", async () => {
    const disk = new MemoryDisk();
    const file = await disk.open(path);
    await file.write(0, new TextEncoder().encode('{"reserved":-1}'));
    const error = await open(disk).catch((caught: unknown) => caught);
    expect(error).to.include({ code: "FILE_INVALID" });
    expect((error as Error).message).to.contain(path);
  });

  it("refuses to go on after it was closed", async () => {
    const sequence = await open(new MemoryDisk());
    await sequence.close();
    expect(await sequence.next().catch((error: unknown) => error)).to.include({ code: "QUEUE_CLOSED" });
  });
});
