import { expect } from "chai";
import fc from "fast-check";

import { FAULT_KINDS, planOf, type PlanOptions, RPC_MODES } from "../../../soak/plan.js";

const ORACLES = ["oracle-1", "oracle-2", "oracle-3", "oracle-4"];
const NODES = ["node-1", "node-2", "node-3", "node-genesis"];
const options = (seed: number, minutes = 10): PlanOptions => ({
  ...{ seed, minutes, epochMs: 30_000, oracles: ORACLES, nodes: NODES },
  disks: [...ORACLES, "node-1"],
});

describe("the plan of a soak", () => {
  it("is a function of the seed", () => {
    expect(planOf(options(7))).to.deep.equal(planOf(options(7)));
    expect(planOf(options(7))).to.not.deep.equal(planOf(options(8)));
  });

  it("holds faults in order and in time, of parts that there are, and never two of a part at once", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { faults, activities } = planOf(options(seed));
        const free = new Map<string, number>();
        let before = 0;
        for (const { at, forMs, target, kind, mode } of faults) {
          expect(at).to.be.within(before, 10 * 60_000);
          expect(at).to.be.at.least(free.get(target) ?? 0);
          expect([...ORACLES, ...NODES, "broker", "redis", "deeploy"]).to.include(target);
          expect(mode === undefined).to.equal(kind !== "rpc");
          if (kind === "disk") expect(options(seed).disks).to.include(target);
          free.set(target, at + forMs + 5_000);
          before = at;
        }
        expect(activities.map(({ at }) => at)).to.deep.equal(activities.map(({ at }) => at).sort((a, b) => a - b));
      }),
      { numRuns: 50 },
    );
  });

  it("makes every kind of fault on every kind of part in some runs", () => {
    const faults = Array.from({ length: 40 }, (_, seed) => planOf(options(seed)).faults).flat();
    const made = new Set(faults.map(({ kind, target }) => `${kind} ${target}`));
    for (const target of [...ORACLES, "node-1"])
      for (const kind of FAULT_KINDS) expect([...made]).to.include(`${kind} ${target}`);
    for (const kind of ["kill", "pause"])
      for (const target of ["broker", "redis", "deeploy"]) expect([...made]).to.include(`${kind} ${target}`);
    expect(new Set(faults.flatMap(({ mode }) => mode ?? []))).to.deep.equal(new Set(RPC_MODES));
  });

  it("disturbs no disk that cannot be filled", () => {
    const faults = Array.from({ length: 40 }, (_, seed) => planOf({ ...options(seed), disks: [] }).faults).flat();
    expect(faults.filter(({ kind }) => kind === "disk")).to.deep.equal([]);
  });
});
