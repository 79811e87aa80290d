import { expect } from "chai";
import { SystemClock } from "../../../keepers/core/clock.js";

describe("SystemClock", () => {
  it("runs a task later, never before schedule returns, and not when cancelled", async () => {
    const clock = new SystemClock();
    const order: string[] = [];
    clock.schedule(0, () => order.push("cancelled"))();
    const ran = new Promise<void>((resolve) => {
      clock.schedule(0, () => {
        order.push("task");
        resolve();
      });
    });
    order.push("after schedule");
    await ran;
    expect(order).to.deep.equal(["after schedule", "task"]);
  });

  it("hands failures of tasks to onError, thrown or rejected", async () => {
    const errors: unknown[] = [];
    await new Promise<void>((resolve) => {
      const clock = new SystemClock({
        onError: (error) => {
          if (errors.push(error) === 2) resolve();
        },
      });
      clock.schedule(0, () => {
        throw new Error("thrown");
      });
      clock.schedule(0, () => Promise.reject(new Error("rejected")));
    });
    expect(errors.map(String)).to.have.members(["Error: thrown", "Error: rejected"]);
  });

  it("takes delays longer than Node's timers do, without running at once", async () => {
    const clock = new SystemClock();
    let ran = false;
    const cancel = clock.schedule(2 ** 40, () => (ran = true));
    await clock.sleep(2);
    cancel();
    expect(ran).to.equal(false);
  });

  it("tells the time of the machine", () => {
    expect(new SystemClock().now()).to.be.closeTo(Date.now(), 1_000);
  });
});
