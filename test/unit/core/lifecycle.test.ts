import { expect } from "chai";
import { KeeperError } from "../../../keepers/core/errors.js";
import { installSignalHandlers, Lifecycle } from "../../../keepers/core/lifecycle.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Target } from "./signalTarget.js";

describe("Lifecycle", () => {
  let clock: VirtualClock;
  let lifecycle: Lifecycle;
  let closed: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    closed = [];
    lifecycle = new Lifecycle({ closeTimeoutMs: 1_000 }, { clock });
  });

  it("closes in reverse order, one after the other", async () => {
    for (const name of ["disk", "bus", "server"]) {
      lifecycle.onClose(name, async () => {
        closed.push(`${name} begins`);
        await Promise.resolve();
        closed.push(`${name} ends`);
      });
    }
    expect(await lifecycle.close()).to.deep.equal([]);
    expect(closed).to.deep.equal([
      "server begins",
      "server ends",
      "bus begins",
      "bus ends",
      "disk begins",
      "disk ends",
    ]);
    expect(clock.pending).to.equal(0);
  });

  it("closes once, however often it is asked", async () => {
    lifecycle.onClose("disk", () => closed.push("disk"));
    const [first, second] = [lifecycle.close(), lifecycle.close()];
    expect(first).to.equal(second);
    await first;
    await lifecycle.close();
    expect(closed).to.deep.equal(["disk"]);
  });

  it("goes on after a part that fails or hangs, and gives both", async () => {
    const { logger, entries } = memoryLogger(clock);
    lifecycle = new Lifecycle({ closeTimeoutMs: 1_000 }, { clock, logger });
    lifecycle.onClose("disk", () => closed.push("disk"));
    lifecycle.onClose("hanging", () => new Promise(() => undefined));
    lifecycle.onClose("slow", () => new Promise(() => undefined), 10);
    lifecycle.onClose("failing", () => Promise.reject(new Error("broke")));
    const closing = lifecycle.close();
    await clock.advance(1_009);
    expect(closed).to.deep.equal([]);
    await clock.advance(1);
    const failures = await closing;
    expect(closed).to.deep.equal(["disk"]);
    expect(failures.map(({ name, error }) => [name, (error as Error).message])).to.deep.equal([
      ["failing", "broke"],
      ["slow", "slow did not close within 10 ms"],
      ["hanging", "hanging did not close within 1000 ms"],
    ]);
    expect(entries.map((entry) => entry.msg)).to.deep.equal([
      "closing failing failed",
      "closing slow failed",
      "closing hanging failed",
    ]);
  });

  it("aborts its signal before it closes anything", async () => {
    lifecycle.onClose("disk", () => closed.push(String(lifecycle.signal.aborted)));
    expect(lifecycle.signal.aborted).to.equal(false);
    await lifecycle.close();
    expect(closed).to.deep.equal(["true"]);
  });

  it("closes next what is registered while closing, and refuses it afterwards", async () => {
    lifecycle.onClose("disk", () => closed.push("disk"));
    lifecycle.onClose("opener", () => lifecycle.onClose("late", () => closed.push("late")));
    await lifecycle.close();
    expect(closed).to.deep.equal(["late", "disk"]);
    expect(() => lifecycle.onClose("too late", () => undefined)).to.throw(KeeperError, /too late was opened after/u);
  });
});

describe("installSignalHandlers", () => {
  it("closes and exits with 0, or with 1 when a part failed", async () => {
    for (const [closer, status] of [
      [(): undefined => undefined, 0],
      [(): Promise<never> => Promise.reject(new Error("broke")), 1],
    ] as const) {
      const clock = new VirtualClock();
      const target = new Target();
      const lifecycle = new Lifecycle({ closeTimeoutMs: 1_000 }, { clock });
      lifecycle.onClose("part", closer);
      installSignalHandlers(lifecycle, { target, clock });
      target.emit("SIGTERM");
      await clock.advance(0);
      expect(target.exits).to.deep.equal([status]);
    }
  });

  it("takes its handlers away again", () => {
    const target = new Target();
    const clock = new VirtualClock();
    installSignalHandlers(new Lifecycle({ closeTimeoutMs: 1 }, { clock }), { target, clock })();
    expect([target.listenerCount("SIGINT"), target.listenerCount("SIGTERM")]).to.deep.equal([0, 0]);
  });
});
