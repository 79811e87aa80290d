import { expect } from "chai";

import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Journal } from "../../../soak/world/journal.js";

describe("the journal of a soak", () => {
  it("notes when a disturbance began and ended, and ends those that go on with now", async () => {
    const clock = new VirtualClock(1_000);
    const journal = new Journal({ clock });
    const isOver = journal.begin("oracle-1", "kill");
    journal.begin("broker", "pause");
    await clock.advance(500);
    isOver();
    isOver();
    await clock.advance(500);
    expect(journal.disturbances).to.deep.equal([
      { target: "oracle-1", kind: "kill", from: 1_000, to: 1_500 },
      { target: "broker", kind: "pause", from: 1_000, to: 2_000 },
    ]);
  });

  it("counts faults by kind of part", () => {
    const journal = new Journal({ clock: new VirtualClock() });
    for (const target of ["oracle-1", "oracle-2", "broker"]) journal.count(target, "kill");
    expect([...journal.counts]).to.deep.equal([
      ["kill oracle", 2],
      ["kill broker", 1],
    ]);
    expect(journal.faults).to.equal(3);
  });

  it("notes the time in which this machine stood still, and nothing of one that is a little late", async () => {
    const clock = new StandingClock();
    const journal = new Journal({ clock });
    const stop = journal.watchMachine();
    clock.next(1_000);
    expect(journal.disturbances).to.deep.equal([]);
    clock.next(5_000);
    expect(journal.disturbances).to.deep.equal([{ target: "machine", kind: "stall", from: 1_000, to: 6_000 }]);
    stop();
    expect(clock.waits).to.equal(false);
  });
});

/** Runs its one task as late as it is told. */
class StandingClock extends VirtualClock {
  #task: (() => unknown) | undefined;
  #time = 0;

  override now(): number {
    return this.#time;
  }

  get waits(): boolean {
    return this.#task !== undefined;
  }

  override schedule(_delayMs: number, task: () => unknown): () => void {
    this.#task = task;
    return () => (this.#task = undefined);
  }

  next(afterMs: number): void {
    this.#time += afterMs;
    this.#task?.();
  }
}
