import { expect } from "chai";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";

describe("TokenBuckets", () => {
  let clock: VirtualClock;
  let buckets: TokenBuckets;
  const takeAll = (sender: string): number => {
    for (let taken = 0; ; taken += 1) if (!buckets.take(sender)) return taken;
  };

  beforeEach(() => {
    clock = new VirtualClock();
    buckets = new TokenBuckets({ burst: 5, perSecond: 2, capacity: 3 }, { clock });
  });

  it("gives a burst, then as much as flows in, and never more than a burst", async () => {
    expect(takeAll("a")).to.equal(5);
    await clock.advance(499);
    expect(takeAll("a")).to.equal(0);
    await clock.advance(1);
    expect(takeAll("a")).to.equal(1);
    await clock.advance(3_600_000);
    expect(takeAll("a")).to.equal(5);
  });

  it("keeps senders apart", () => {
    expect(takeAll("a")).to.equal(5);
    expect(takeAll("b")).to.equal(5);
  });

  it("keeps a bounded number of them, forgetting the one unused for longest", () => {
    for (const sender of ["a", "b", "c", "a", "d"]) takeAll(sender);
    expect(buckets.size).to.equal(3);
    expect(takeAll("a")).to.equal(0); // used after b
    expect(takeAll("b")).to.equal(5);
  });

  it("gives nothing for a clock set back", () => {
    let now = 10_000;
    buckets = new TokenBuckets({ burst: 5, perSecond: 2, capacity: 3 }, { clock: { now: () => now } });
    expect(takeAll("a")).to.equal(5);
    now = 0;
    expect(takeAll("a")).to.equal(0);
    now = 500;
    expect(takeAll("a")).to.equal(1);
  });
});
