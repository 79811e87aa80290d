import { getEventListeners } from "node:events";
import { expect } from "chai";
import fc from "fast-check";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";

describe("VirtualClock", () => {
  it("runs tasks by due time, then by order of scheduling, each at its own time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(20), { maxLength: 60 }), async (delays) => {
        const clock = new VirtualClock(1_000);
        const ran: [delay: number, index: number, at: number][] = [];
        delays.forEach((delay, index) => clock.schedule(delay, () => ran.push([delay, index, clock.now()])));
        await clock.advance(20);
        const expected = delays.map((delay, index) => [delay, index, 1_000 + delay]);
        expected.sort(([delayA = 0, indexA = 0], [delayB = 0, indexB = 0]) => delayA - delayB || indexA - indexB);
        expect(ran).to.deep.equal(expected);
      }),
    );
  });

  it("stops exactly at the time asked for", async () => {
    const clock = new VirtualClock(0);
    const ran: number[] = [];
    for (const delay of [5, 10, 11]) clock.schedule(delay, () => ran.push(delay));
    await clock.advance(10);
    expect([ran, clock.now(), clock.pending]).to.deep.equal([[5, 10], 10, 1]);
    await clock.advance(0.5);
    expect(clock.now()).to.equal(10.5);
  });

  it("lets all promise reactions run between two tasks", async () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    clock.schedule(1, async () => {
      for (let step = 0; step < 5; step += 1) {
        await Promise.resolve();
        ran.push(`first ${step}`);
      }
    });
    clock.schedule(1, () => ran.push("second"));
    await clock.advance(1);
    expect(ran.at(-1)).to.equal("second");
    expect(ran).to.have.length(6);
  });

  it("runs what tasks schedule within the time advanced", async () => {
    const clock = new VirtualClock(0);
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.now());
      clock.schedule(3, again);
    };
    clock.schedule(3, again);
    await clock.advance(10);
    expect(ran).to.deep.equal([3, 6, 9]);
  });

  it("does not run what was cancelled, however often", async () => {
    const clock = new VirtualClock();
    const cancel = clock.schedule(1, () => {
      throw new Error("ran");
    });
    cancel();
    cancel();
    expect(clock.pending).to.equal(0);
    await clock.advance(1);
    const late = clock.schedule(1, () => undefined);
    await clock.advance(1);
    late();
    expect(clock.pending).to.equal(0);
  });

  it("rejects with what a task threw or rejected with, after all tasks ran", async () => {
    for (const task of [
      (): never => {
        throw new Error("task failed");
      },
      (): Promise<never> => Promise.reject(new Error("task failed")),
    ]) {
      const clock = new VirtualClock();
      let ran = false;
      clock.schedule(1, task);
      clock.schedule(2, () => (ran = true));
      const error = (await clock.advance(5).catch((reason: unknown) => reason)) as Error;
      expect([error.message, ran]).to.deep.equal(["task failed", true]);
      await clock.advance(1);
    }
  });

  it("stops at the task that made the condition hold, or at the limit", async () => {
    const clock = new VirtualClock(0);
    let count = 0;
    for (const delay of [1, 2, 3]) clock.schedule(delay, () => (count += 1));
    expect(await clock.advanceUntil(() => count === 2, 100)).to.equal(true);
    expect(clock.now()).to.equal(2);
    expect(await clock.advanceUntil(() => count === 9, 100)).to.equal(false);
    expect(clock.now()).to.equal(102);
  });

  it("sleeps for the time asked, and wakes with the reason when aborted", async () => {
    const clock = new VirtualClock(0);
    let woke = -1;
    const sleeping = clock.sleep(7).then(() => (woke = clock.now()));
    await clock.advance(10);
    await sleeping;
    expect(woke).to.equal(7);
    const stop = new AbortController();
    const aborted = clock.sleep(7, stop.signal).catch((reason: unknown) => reason);
    stop.abort("enough");
    expect(await aborted).to.equal("enough");
    expect(await clock.sleep(7, stop.signal).catch((reason: unknown) => reason)).to.equal("enough");
    expect(clock.pending).to.equal(0);
  });

  it("leaves nothing on a signal that outlives its sleeps", async () => {
    const clock = new VirtualClock();
    const { signal } = new AbortController();
    const sleeping = Promise.all([clock.sleep(1, signal), clock.sleep(2, signal)]);
    await clock.advance(2);
    await sleeping;
    expect(getEventListeners(signal, "abort")).to.have.length(0);
  });

  it("counts a negative delay as none, and refuses one that is no number", async () => {
    const clock = new VirtualClock(5);
    let at = 0;
    clock.schedule(-10, () => (at = clock.now()));
    await clock.advance(0);
    expect(at).to.equal(5);
    for (const delay of [Number.NaN, Infinity]) expect(() => clock.schedule(delay, () => undefined)).to.throw("finite");
  });
});
