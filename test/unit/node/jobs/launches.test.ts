import { expect } from "chai";
import { SystemClock } from "../../../../keepers/core/clock.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { openLaunches } from "../../../../keepers/node/jobs/launches.js";

describe("a node's launches", () => {
  it("are queued in the process when Redis is away at the start, which is said", async () => {
    const clock = new SystemClock();
    const { logger, entries } = memoryLogger(clock);
    const options = { node: `0x${"42".repeat(20)}`, redisUrl: "redis://127.0.0.1:1" };
    const launches = await openLaunches(options, { clock, random: new SeededRandom(1), logger });
    expect(entries.some(({ msg }) => msg.includes("because Redis is away"))).to.equal(true);
    const launch = { jobId: "7", specHash: `0x${"01".repeat(32)}`, seat: 0 };
    const seen = new Promise((resolve) => launches.process(async (task) => resolve(task)));
    await launches.add(launch, { key: "7" });
    expect(await seen).to.deep.equal(launch);
    await launches.close();
  });
});
