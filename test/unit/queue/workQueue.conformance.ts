import { expect } from "chai";
import { KeeperError } from "../../../keepers/core/errors.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import type { QueueOptions, TaskHandler, WorkQueue } from "../../../keepers/queue/workQueue.js";
import { codeOf } from "../storage/temporaryDirectory.js";
import { type QueueHarness, type Seen, startProcess, type Work } from "./queueHarness.js";

/** What every WorkQueue must do. */
export function queueConformance(name: string, create: () => Promise<QueueHarness>): void {
  describe(`WorkQueue conformance: ${name}`, function () {
    this.timeout(60_000);
    let harness: QueueHarness;
    let queue: WorkQueue<Work>;
    let seen: Seen[];

    async function open(changes?: Partial<QueueOptions<Work>>): Promise<WorkQueue<Work>> {
      queue = await harness.open(changes, new SeededRandom(name));
      return queue;
    }

    /** Notes every attempt, then does as `handler` says. */
    function process(handler: TaskHandler<Work> = async () => undefined): void {
      queue.process(async (task, run) => {
        const { id, key, attempt, attempts } = run;
        seen.push({ task, id, key, attempt, attempts, at: harness.now() });
        await handler(task, run);
      });
    }

    const names = (): string[] => seen.map(({ task }) => task.name);
    const done = (count: number) => harness.until(() => queue.totals.done >= count);

    /** Closes while time passes. */
    async function close(): Promise<void> {
      let closed = false;
      const closing = queue.close().then(() => {
        closed = true;
      });
      await harness.until(() => closed);
      await closing;
    }

    beforeEach(async () => {
      harness = await create();
      seen = [];
    });

    afterEach(async () => {
      await close();
      await harness.dispose();
    });

    it("does what is added, before and after it has a handler, and keeps nothing of it", async () => {
      await open();
      const id = await queue.add({ name: "first", size: 7 });
      process();
      await queue.add({ name: "second" }, { id: "it's 2:nd|%", key: "k|: 1" });
      await done(2);
      expect(seen.map(({ at: _, ...rest }) => rest).sort((a, b) => (a.task.name < b.task.name ? -1 : 1))).to.deep.equal(
        [
          { task: { name: "first", size: 7 }, id, key: undefined, attempt: 1, attempts: 3 },
          { task: { name: "second" }, id: "it's 2:nd|%", key: "k|: 1", attempt: 1, attempts: 3 },
        ],
      );
      await close();
      await open();
      expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, dead: 0 });
    });

    it("runs several at once, and no more than it may", async () => {
      await open({ concurrency: 3 });
      const gate = Promise.withResolvers<undefined>();
      let atOnce = 0;
      let most = 0;
      process(async () => {
        most = Math.max(most, (atOnce += 1));
        await gate.promise;
        atOnce -= 1;
      });
      for (let index = 0; index < 7; index += 1) await queue.add({ name: `t${index}` });
      await harness.until(() => atOnce === 3);
      expect(await queue.counts()).to.deep.equal({ waiting: 4, running: 3, dead: 0 });
      gate.resolve(undefined);
      await done(7);
      expect(most).to.equal(3);
    });

    it("runs one at a time of a key, in their order, and others meanwhile", async () => {
      await open({ concurrency: 5 });
      const running = new Set<string>();
      const clashes: string[] = [];
      let most = 0;
      const tasks = Array.from({ length: 45 }, (_, index) => ({ name: `t${index}`, key: `k${index % 3}` }));
      for (const { name: task, key } of tasks) await queue.add({ name: task }, { key });
      process(async (task, { key = "" }) => {
        if (running.has(key)) clashes.push(task.name);
        running.add(key);
        most = Math.max(most, running.size);
        for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        running.delete(key);
      });
      await done(45);
      expect(clashes).to.deep.equal([]);
      expect(most).to.be.greaterThan(1);
      for (const key of ["k0", "k1", "k2"]) {
        const wanted = tasks.filter((task) => task.key === key).map((task) => task.name);
        expect(seen.filter((one) => one.key === key).map((one) => one.task.name)).to.deep.equal(wanted);
      }
    });

    it("does not let a task that waits for its key keep others waiting", async () => {
      await open({ concurrency: 2 });
      const gate = Promise.withResolvers<undefined>();
      process((task) => (task.name === "holds" ? gate.promise : Promise.resolve()));
      await queue.add({ name: "holds" }, { key: "k" });
      await harness.until(() => seen.length === 1);
      for (const task of ["a", "b", "c"]) await queue.add({ name: task }, { key: "k" });
      await queue.add({ name: "free" });
      await done(1);
      expect(names()).to.deep.equal(["holds", "free"]);
      gate.resolve(undefined);
      await done(5);
      expect(names()).to.deep.equal(["holds", "free", "a", "b", "c"]);
    });

    it("tries again with growing waits until it works", async () => {
      await open({ backoff: { baseMs: 50, maximumMs: 100, jitter: 0.5 } });
      process(async (_, { attempt }) => {
        if (attempt < 4) throw new Error(`attempt ${attempt}`);
      });
      await queue.add({ name: "flaky" }, { attempts: 4 });
      await done(1);
      expect(seen.map(({ attempt, attempts }) => `${attempt}/${attempts}`)).to.deep.equal(["1/4", "2/4", "3/4", "4/4"]);
      const waits = seen.slice(1).map(({ at }, index) => at - seen[index]!.at);
      for (const [index, least] of [25, 50, 50].entries()) expect(waits[index]).to.be.at.least(least);
      expect(queue.totals).to.deep.equal({ done: 1, retried: 3, died: 0, interrupted: 0 });
    });

    it("spreads its waits by the randomness that it is given", async () => {
      await open({ backoff: { baseMs: 40, maximumMs: 40, jitter: 1 } });
      process(async () => Promise.reject(new Error("no")));
      await queue.add({ name: "t" }, { attempts: 2, backoff: { baseMs: 200, maximumMs: 200, jitter: 0 } });
      await harness.until(() => queue.totals.died === 1);
      expect(seen[1]!.at - seen[0]!.at).to.be.at.least(200);
    });

    it("gives up after the last attempt, keeps what died with its error, and goes on", async () => {
      await open({ attempts: 2 });
      process(async ({ name: task }) => {
        if (task === "bad") throw new Error("no such image");
      });
      await queue.add({ name: "bad" }, { id: "bad", key: "k" });
      await queue.add({ name: "good" }, { key: "k" });
      await harness.until(() => queue.totals.died === 1 && queue.totals.done === 1);
      expect(names().filter((task) => task === "bad")).to.have.length(2);
      await close();
      await open();
      const dead = [{ id: "bad", key: "k", task: { name: "bad" }, error: "no such image" }];
      expect(await queue.dead()).to.deep.equal(dead);
      expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, dead: 1 });
    });

    it("does not try again what its error calls hopeless", async () => {
      await open();
      process(async ({ name: task }) => {
        throw new KeeperError("X", task, { retriable: task === "later" });
      });
      await queue.add({ name: "never" });
      await queue.add({ name: "later" });
      await harness.until(() => queue.totals.died === 2);
      expect(names().filter((task) => task === "never")).to.have.length(1);
      expect(names().filter((task) => task === "later")).to.have.length(3);
    });

    it("lets a task live again under the id of a dead one, and forgets the oldest dead", async () => {
      await open({ attempts: 1, deadLimit: 2 });
      let fails = true;
      process(async () => {
        if (fails) throw new Error("down");
      });
      for (const [index, id] of ["a", "b", "c"].entries()) {
        await queue.add({ name: id }, { id });
        await harness.until(() => queue.totals.died === index + 1);
      }
      expect((await queue.dead()).map(({ id }) => id)).to.deep.equal(["b", "c"]);
      fails = false;
      await queue.add({ name: "again" }, { id: "b" });
      await done(1);
      expect((await queue.dead()).map(({ id }) => id)).to.deep.equal(["c"]);
      expect(seen.at(-1)).to.deep.include({ id: "b", attempt: 1, task: { name: "again" } });
    });

    it("waits with what is delayed", async () => {
      await open();
      process();
      const added = harness.now();
      await queue.add({ name: "later" }, { delayMs: 150 });
      await queue.add({ name: "now" });
      await done(1);
      expect(names()).to.deep.equal(["now"]);
      expect((await queue.counts()).waiting).to.equal(1);
      await done(2);
      expect(seen[1]!.at - added).to.be.at.least(150);
    });

    it("adds an id once while it waits or runs, and anew afterwards", async () => {
      await open();
      const add = (): Promise<string> => queue.add({ name: "once" }, { id: "x" });
      const ids = await Promise.all([add(), add(), add()]);
      expect(ids).to.deep.equal(["x", "x", "x"]);
      expect((await queue.counts()).waiting).to.equal(1);
      const gate = Promise.withResolvers<undefined>();
      process(() => gate.promise);
      await harness.until(() => seen.length === 1);
      await add();
      expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 1, dead: 0 });
      gate.resolve(undefined);
      await done(1);
      await harness.until(() => queue.totals.done === 1);
      while ((await queue.counts()).running > 0) await new Promise(setImmediate);
      await add();
      await done(2);
      expect(seen).to.have.length(2);
    });

    it("ends what runs and keeps what waits when it closes", async () => {
      await open({ concurrency: 1 });
      const gate = Promise.withResolvers<undefined>();
      process(() => gate.promise);
      await queue.add({ name: "runs" });
      await queue.add({ name: "waits" });
      await queue.add({ name: "delayed" }, { delayMs: 10 });
      await harness.until(() => seen.length === 1);
      const closing = queue.close();
      expect(await codeOf(queue.add({ name: "late" }))).to.equal("QUEUE_CLOSED");
      gate.resolve(undefined);
      await Promise.all([closing, queue.close()]);
      expect([names(), queue.totals.done]).to.deep.equal([["runs"], 1]);
      await open();
      process();
      await done(2);
      expect(names().sort()).to.deep.equal(["delayed", "runs", "waits"]);
    });

    it("cuts off what takes too long to end, and does not hold it against the task", async () => {
      await open({ closeMs: 50 });
      let reason = new Error();
      process(
        (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject((reason = signal.reason as Error)));
          }),
      );
      await queue.add({ name: "slow" }, { key: "k", attempts: 1 });
      await harness.until(() => seen.length === 1);
      await close();
      expect(await codeOf(Promise.reject(reason))).to.equal("QUEUE_CLOSED");
      expect(queue.totals.interrupted).to.equal(1);
      await open();
      process();
      await done(1);
      expect(seen.map(({ attempt }) => attempt)).to.deep.equal([1, 1]);
    });

    it("closes although a task pays no heed, and runs it again", async () => {
      await open({ closeMs: 50 });
      const gate = Promise.withResolvers<undefined>();
      process(() => gate.promise);
      await queue.add({ name: "deaf" });
      await harness.until(() => seen.length === 1);
      await close();
      await open();
      process();
      await done(1);
      expect(seen.map(({ attempt }) => attempt)).to.deep.equal([1, 2]);
      gate.resolve(undefined);
    });

    it("runs again what ran when the process was killed, and loses nothing", async () => {
      const child = startProcess(harness, [
        { task: { name: "cut off" }, options: { key: "k" } },
        { task: { name: "behind it" }, options: { key: "k" } },
        { task: { name: "too often" }, options: { attempts: 1 } },
        { task: { name: "later" }, options: { delayMs: 3_600_000 } },
      ]);
      await child.wrote(/began cut off\n/);
      await child.wrote(/began too often\n/);
      await child.end("SIGKILL");
      await open();
      process();
      await harness.until(() => queue.totals.done >= 2 && queue.totals.died >= 1);
      expect(seen.map(({ task, attempt }) => `${task.name} ${attempt}`).sort()).to.deep.equal([
        "behind it 1",
        "cut off 2",
      ]);
      expect((await queue.dead()).map(({ task, error }) => [task, error])).to.deep.equal([
        [{ name: "too often" }, "the process ended while the task ran, as often as it may be tried"],
      ]);
      expect((await queue.counts()).waiting).to.equal(1);
    });

    it("refuses what is not a task", async () => {
      await open();
      const wrong: unknown[] = [{ name: 1 }, undefined, { name: "x", other: 1 }, { name: 1n }];
      for (const task of wrong) expect(await codeOf(queue.add(task as Work))).to.equal("TASK_INVALID");
      const holding = { name: new Secret("hunter2") } as unknown as Work;
      expect(await codeOf(queue.add(holding))).to.equal("TASK_INVALID");
      expect(await codeOf(queue.add({ name: "x".repeat(70_000) }))).to.equal("TASK_INVALID");
      expect(await codeOf(queue.add({ name: "x" }, { attempts: 0 }))).to.equal("TASK_INVALID");
      expect(await queue.counts()).to.deep.equal({ waiting: 0, running: 0, dead: 0 });
    });

    it("has one handler", async () => {
      await open();
      process();
      expect(await codeOf(() => process())).to.equal("QUEUE_BUSY");
    });
  });
}
