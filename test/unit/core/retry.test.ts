import { expect } from "chai";
import fc from "fast-check";
import { KeeperError } from "../../../keepers/core/errors.js";
import { SeededRandom, type Random } from "../../../keepers/core/random.js";
import { backoffDelay, retry, type RetryOptions } from "../../../keepers/core/retry.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";

describe("backoffDelay", () => {
  it("lies between the jittered and the full step, and never above the maximum", () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (failures, jitter, seed) => {
        const delay = backoffDelay(
          failures,
          { baseMs: 10, maximumMs: 5_000, factor: 3, jitter },
          new SeededRandom(seed),
        );
        const full = Math.min(5_000, 10 * 3 ** failures);
        expect(delay)
          .to.be.at.most(full)
          .and.at.least(full * (1 - jitter));
      }),
    );
  });
});

describe("retry", () => {
  const still: Random = { next: () => 0, integer: () => 0, bytes: (length) => new Uint8Array(length) };
  const options: RetryOptions = { attempts: 4, baseMs: 100, maximumMs: 300 };
  let clock: VirtualClock;

  beforeEach(() => {
    clock = new VirtualClock(0);
  });

  function failing(
    times: number,
    error = new Error("not yet"),
  ): { tried: number[]; run: (n: number) => Promise<string> } {
    const tried: number[] = [];
    return {
      tried,
      run: (attempt) => {
        tried.push(clock.now());
        return attempt > times ? Promise.resolve(`attempt ${attempt}`) : Promise.reject(error);
      },
    };
  }

  async function outcome(operation: Promise<unknown>): Promise<unknown> {
    const settled = operation.catch((error: unknown) => error);
    await clock.advance(10_000);
    return settled;
  }

  it("tries again after growing waits up to the bound", async () => {
    const { tried, run } = failing(3);
    expect(await outcome(retry(run, options, { clock, random: still }))).to.equal("attempt 4");
    expect(tried).to.deep.equal([0, 100, 300, 600]);
  });

  it("gives up with the last error after the attempts allowed", async () => {
    const { tried, run } = failing(9);
    expect(await outcome(retry(run, options, { clock, random: still }))).to.have.property("message", "not yet");
    expect(tried).to.have.length(4);
  });

  it("gives up at once on what cannot get better", async () => {
    const final = failing(9, new KeeperError("BAD", "never"));
    expect(await outcome(retry(final.run, options, { clock, random: still }))).to.have.property("code", "BAD");
    expect(final.tried).to.have.length(1);
    const temporary = failing(1, new KeeperError("BUSY", "later", { retriable: true }));
    expect(await outcome(retry(temporary.run, options, { clock, random: still }))).to.equal("attempt 2");
    const judged = failing(1);
    await outcome(retry(judged.run, { ...options, isRetriable: () => false }, { clock, random: still }));
    expect(judged.tried).to.have.length(1);
  });

  it("tells of each wait", async () => {
    const told: unknown[] = [];
    const onRetry = (error: unknown, attempt: number, delayMs: number): unknown =>
      told.push([(error as Error).message, attempt, delayMs]);
    await outcome(
      retry(failing(2).run, { ...options, onRetry: (...facts) => void onRetry(...facts) }, { clock, random: still }),
    );
    expect(told).to.deep.equal([
      ["not yet", 1, 100],
      ["not yet", 2, 200],
    ]);
  });

  it("ends while it waits, or before it begins, when aborted", async () => {
    const stop = new AbortController();
    const { tried, run } = failing(Infinity);
    const signal = stop.signal;
    const running = retry(run, { ...options, attempts: Infinity, signal }, { clock, random: still }).catch(
      (e: unknown) => e,
    );
    await clock.advance(150);
    stop.abort("enough");
    expect(await running).to.equal("enough");
    expect(tried).to.deep.equal([0, 100]);
    expect(await retry(run, { ...options, signal }, { clock, random: still }).catch((e: unknown) => e)).to.equal(
      "enough",
    );
    expect(tried).to.have.length(2);
    expect(clock.pending).to.equal(0);
  });
});
