import { expect } from "chai";
import { z } from "zod";
import { KeeperError } from "../../../keepers/core/errors.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { AwaitedTasks } from "../../../keepers/queue/awaitedTasks.js";
import { EmbeddedQueue } from "../../../keepers/queue/embeddedQueue.js";
import type { WorkQueue } from "../../../keepers/queue/workQueue.js";

const OPTIONS = {
  ...{ name: "awaited", schema: z.number(), concurrency: 2, attempts: 3, deadLimit: 0, closeMs: 1_000 },
  backoff: { baseMs: 1_000, maximumMs: 1_000, jitter: 0 },
};

describe("AwaitedTasks", () => {
  let clock: VirtualClock;
  let queue: WorkQueue<number>;
  let tasks: AwaitedTasks<number, number>;
  let seen: [number, number, boolean][];
  let work: (task: number) => Promise<number>;

  beforeEach(async () => {
    clock = new VirtualClock();
    seen = [];
    queue = await EmbeddedQueue.open(OPTIONS, { clock, random: new SeededRandom(1) });
    work = async (task) => task * 2;
    tasks = open({ waitMs: 10_000 });
  });

  afterEach(async () => {
    const closed = tasks.close();
    await clock.advance(3_000);
    await closed;
    expect(clock.pending).to.equal(0);
  });

  function open(options: { readonly waitMs?: number }): AwaitedTasks<number, number> {
    return new AwaitedTasks(options, {
      queue,
      work: (task, { attempt }, isAwaited) => {
        seen.push([task, attempt, isAwaited]);
        return work(task);
      },
      clock,
      random: new SeededRandom(2),
    });
  }

  async function outcome(promise: Promise<number>): Promise<number | string> {
    return promise.catch((error: unknown) => (error instanceof KeeperError ? error.code : String(error)));
  }

  it("gives each caller the outcome of its own task, also of two alike", async () => {
    const both = Promise.all([tasks.do(3), tasks.do(4), tasks.do(3)]);
    await clock.advance(1);
    expect(await both).to.deep.equal([6, 8, 6]);
    expect(seen).to.have.length(3);
  });

  it("gives what comes of a later attempt, and the last failure when none goes well", async () => {
    let failures = 2;
    work = async (task) => {
      if (failures-- > 0) throw new Error("not now");
      return task;
    };
    const first = tasks.do(1);
    await clock.advance(3_000);
    expect(await first).to.equal(1);
    work = () => Promise.reject(new KeeperError("BUSY", "never now", { retriable: true }));
    const second = outcome(tasks.do(2));
    await clock.advance(3_000);
    expect(await second).to.equal("BUSY");
    expect(seen.map(([task, attempt]) => `${task}/${attempt}`)).to.deep.equal([
      "1/1",
      "1/2",
      "1/3",
      "2/1",
      "2/2",
      "2/3",
    ]);
  });

  it("gives at once what no further attempt changes", async () => {
    work = () => Promise.reject(new KeeperError("REFUSED", "never"));
    const refused = outcome(tasks.do(1));
    await clock.advance(1);
    expect(await refused).to.equal("REFUSED");
  });

  it("gives up what has no outcome for too long, and tells the work that nobody waits for what others left", async () => {
    const release = Promise.withResolvers<number>();
    work = () => release.promise;
    const late = outcome(tasks.do(1));
    await clock.advance(10_000);
    expect(await late).to.equal("TASK_LATE");
    release.resolve(1);
    await queue.add(9);
    await clock.advance(1);
    expect(seen).to.deep.equal([
      [1, 1, true],
      [9, 1, false],
    ]);
  });

  it("gives the reason when the queue does not take the task, or closes first", async () => {
    expect(await outcome(tasks.do("text" as unknown as number))).to.equal("TASK_INVALID");
    work = () => new Promise(() => undefined);
    const cut = outcome(tasks.do(1));
    const closed = tasks.close();
    await clock.advance(3_000);
    await closed;
    expect(await cut).to.equal("QUEUE_CLOSED");
    expect(await outcome(tasks.do(2))).to.equal("QUEUE_CLOSED");
  });
});
