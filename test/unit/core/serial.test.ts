import { expect } from "chai";
import { SerialQueue } from "../../../keepers/core/serial.js";

describe("SerialQueue", () => {
  it("runs one task at a time, in order, also after one that fails", async () => {
    const queue = new SerialQueue({ limit: 10 });
    const log: string[] = [];
    const task = (name: string) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === "b") throw new Error("b broke");
      return name;
    };
    const results = await Promise.allSettled(["a", "b", "c"].map((name) => queue.run(task(name))));
    expect(log).to.deep.equal(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(queue.length).to.equal(0);
  });

  it("refuses what is over its bound, and takes more once there is room", async () => {
    const queue = new SerialQueue({ limit: 2 });
    const gate = Promise.withResolvers<undefined>();
    const first = queue.run(() => gate.promise);
    const second = queue.run(() => Promise.resolve(2));
    let ran = false;
    const refused = await queue.run(() => Promise.resolve((ran = true))).catch((error: unknown) => error);
    expect(refused).to.include({ code: "QUEUE_FULL", retriable: true });
    gate.resolve(undefined);
    await Promise.all([first, second]);
    expect(await queue.run(() => Promise.resolve(3))).to.equal(3);
    expect(ran).to.equal(false);
  });

  it("waits for everything when idle or closed, and takes nothing more then", async () => {
    const queue = new SerialQueue({ limit: 10 });
    let done = 0;
    const task = async (): Promise<void> => {
      await Promise.resolve();
      done += 1;
    };
    void queue.run(task);
    await queue.idle();
    expect(done).to.equal(1);
    void queue.run(task);
    await queue.close();
    expect(done).to.equal(2);
    expect(await queue.run(task).catch((error: unknown) => error)).to.include({ code: "QUEUE_CLOSED" });
  });
});
