import { expect } from "chai";
import fc from "fast-check";

import { place } from "../../../keepers/placement/place.js";
import { NodePool } from "../../../keepers/placement/pool.js";
import type { JobDemand, NodeOffer, Resources } from "../../../keepers/placement/types.js";

const SEED = `0x${"5e".repeat(32)}`;
const SMALL: Resources = { milliCpu: 1_000, memoryMiB: 1_024, diskMiB: 4_096, gpus: 0 };

function offer(tokenId: number, change: Partial<NodeOffer> = {}): NodeOffer {
  return {
    tokenId,
    owner: `0x${tokenId.toString(16).padStart(40, "0")}`,
    isBusiness: false,
    country: "RO",
    tags: [],
    capacity: { milliCpu: 4_000, memoryMiB: 8_192, diskMiB: 65_536, gpus: 0 },
    reputation: 10_000,
    load: 0,
    ...change,
  };
}

function demand(change: Partial<JobDemand> = {}): JobDemand {
  return {
    jobId: 1n,
    count: 1,
    least: change.count ?? 1,
    resources: SMALL,
    tags: [],
    countries: [],
    needsBusiness: false,
    excluded: [],
    preferred: [],
    distinctOwners: false,
    owners: [],
    ...change,
  };
}

function placed(offers: readonly NodeOffer[], change: Partial<JobDemand> = {}, seed = SEED): readonly number[] {
  const placement = place(seed, demand(change), new NodePool(offers));
  return placement.placed ? placement.tokenIds : [];
}

describe("placement", () => {
  it("finds only nodes that can serve", () => {
    const offers = [
      offer(1, { capacity: { ...SMALL, milliCpu: 999 } }),
      offer(2, { capacity: { ...SMALL, memoryMiB: 1_023 } }),
      offer(3, { capacity: { ...SMALL, diskMiB: 4_095 } }),
      offer(4, { country: "DE", tags: ["ssd"], isBusiness: true, capacity: { ...SMALL, gpus: 1 } }),
    ];
    expect(placed(offers)).to.deep.equal([4]);
    expect(placed(offers, { countries: ["DE"], tags: ["ssd"], needsBusiness: true })).to.deep.equal([4]);
    expect(placed(offers, { countries: ["RO"] })).to.deep.equal([]);
    expect(placed(offers, { tags: ["ssd", "fast"] })).to.deep.equal([]);
    expect(placed(offers, { excluded: [4] })).to.deep.equal([]);
    expect(placed([offer(1)], { needsBusiness: true })).to.deep.equal([]);
    expect(placed(offers, { resources: { ...SMALL, gpus: 2 } })).to.deep.equal([]);
  });

  it("takes what it places, and nothing when it cannot place all", () => {
    const pool = new NodePool([offer(1), offer(2)]);
    expect(place(SEED, demand({ count: 3 }), pool)).to.deep.equal({ placed: false, found: 2 });
    for (let i = 0n; i < 8n; i++) expect(place(SEED, demand({ jobId: i }), pool).placed).to.equal(true);
    expect(place(SEED, demand(), pool)).to.deep.equal({ placed: false, found: 0 });
  });

  it("makes do with fewer where the job does", () => {
    const pool = new NodePool([offer(1), offer(2)]);
    expect(place(SEED, demand({ count: 3, least: 2 }), pool)).to.have.property("placed", true);
    expect(pool.freeOf(1)?.milliCpu).to.equal(3_000);
    expect(pool.freeOf(2)?.milliCpu).to.equal(3_000);
    expect(pool.freeOf(3)).to.equal(undefined);
    pool.take(1, { ...SMALL, milliCpu: 5_000 });
    expect(pool.freeOf(1)?.milliCpu).to.equal(-2_000);
  });

  it("likes reputation, room and idleness, and those that are preferred above all", () => {
    expect(placed([offer(1, { reputation: 5_000 }), offer(2)])).to.deep.equal([2]);
    expect(placed([offer(1, { load: 9_000 }), offer(2)])).to.deep.equal([2]);
    const tight = offer(1, { capacity: { ...SMALL, diskMiB: 99_999 } });
    expect(placed([tight, offer(2)])).to.deep.equal([2]);
    expect(placed([offer(1, { reputation: 0, load: 10_000 }), offer(2)], { preferred: [1] })).to.deep.equal([1]);
  });

  it("spreads a job over owners, and keeps to one node each when asked", () => {
    const owner = `0x${"aa".repeat(20)}`;
    const offers = [offer(1, { owner }), offer(2, { owner }), offer(3, { reputation: 8_000 })];
    expect(placed(offers, { count: 2 })).to.include(3);
    expect(placed(offers, { count: 3, distinctOwners: true })).to.deep.equal([]);
    expect(placed(offers, { distinctOwners: true, owners: [owner] })).to.deep.equal([3]);
  });

  it("shares jobs among nodes that are as good as each other", () => {
    const offers = Array.from({ length: 10 }, (_, i) => offer(i + 1));
    const first = new Set<number>();
    for (let i = 0n; i < 60n; i++) first.add(placed(offers, { jobId: i })[0] ?? 0);
    expect(first.size).to.be.greaterThan(7);
    expect(placed(offers, { count: 5 })).to.not.deep.equal(placed(offers, { count: 5 }, `0x${"77".repeat(32)}`));
  });

  it("does not depend on the order of what it is given", () => {
    const offers = fc.uniqueArray(
      fc.record({ id: fc.integer({ min: 1, max: 400 }), reputation: fc.integer({ min: 0, max: 10_000 }) }),
      { selector: ({ id }) => id, minLength: 4, maxLength: 40 },
    );
    fc.assert(
      fc.property(offers, fc.integer({ min: 1, max: 4 }), (drawn, count) => {
        const made = drawn.map(({ id, reputation }) => offer(id, { reputation }));
        expect(placed([...made].reverse(), { count })).to.deep.equal(placed(made, { count }));
      }),
    );
  });

  it("never gives a node more than it has", () => {
    const wanted = fc.array(
      fc.record({ cpu: fc.integer({ min: 1, max: 3_000 }), count: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(wanted, (jobs) => {
        const pool = new NodePool(Array.from({ length: 6 }, (_, i) => offer(i + 1)));
        jobs.forEach(({ cpu, count }, i) =>
          place(SEED, demand({ jobId: BigInt(i), count, resources: { ...SMALL, milliCpu: cpu } }), pool),
        );
        for (let i = 0; i < 6; i++) {
          const { milliCpu, memoryMiB, diskMiB, gpus } = pool.freeOf(i + 1)!;
          expect(Math.min(milliCpu, memoryMiB, diskMiB, gpus)).to.be.at.least(0);
        }
      }),
    );
  });

  it("refuses two offers of one deed", () => {
    expect(() => new NodePool([offer(1), offer(1)])).to.throw(RangeError, "two offers");
  });
});
