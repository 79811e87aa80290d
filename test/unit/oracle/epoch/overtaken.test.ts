import { expect } from "chai";

import { whileHolds } from "../../../../keepers/oracle/epoch/overtaken.js";
import { MovingChain } from "./movingChain.js";

/**
 * given a task that only makes sense while the chain is as it is
 * ├── when it ends in time            its outcome is given, a failure too
 * ├── when the chain goes on          it is told, and nothing is given, whether it listens or not
 * ├── when the chain went on before   it does not begin
 * └── when everything ends            the reason is thrown
 */
describe("whileHolds", () => {
  let chain: MovingChain;
  let stop: AbortController;
  let holds: boolean;
  let told: boolean;

  beforeEach(() => {
    chain = new MovingChain();
    stop = new AbortController();
    holds = true;
    told = false;
  });

  function run<T>(task: () => Promise<T>): Promise<T | undefined> {
    return whileHolds(
      () => holds,
      { chain: chain.view, signal: stop.signal },
      (signal) => {
        signal.addEventListener("abort", () => (told = true));
        return task();
      },
    );
  }

  afterEach(() => expect(chain.listeners.size).to.equal(0));

  it("gives what the task gives, also its failure", async () => {
    expect(await run(() => Promise.resolve(7))).to.equal(7);
    const failure = new Error("no");
    expect(await run(() => Promise.reject(failure)).catch((error: unknown) => error)).to.equal(failure);
    expect(told).to.equal(false);
  });

  it("gives nothing once the chain went on, even if the task never ends", async () => {
    const running = run(() => new Promise(() => undefined));
    chain.move();
    expect(told).to.equal(false);
    holds = false;
    chain.move();
    expect(await running).to.equal(undefined);
    expect(told).to.equal(true);
  });

  it("does not begin when the chain went on already", async () => {
    holds = false;
    let began = false;
    const task = async (): Promise<void> => void (began = true);
    expect(await run(task)).to.equal(undefined);
    expect(began).to.equal(false);
  });

  it("throws when everything ends", async () => {
    const reason = new Error("closing");
    const running = run(() => new Promise(() => undefined));
    stop.abort(reason);
    expect(await running.catch((error: unknown) => error)).to.equal(reason);
  });
});
