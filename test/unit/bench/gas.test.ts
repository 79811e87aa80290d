import { expect } from "chai";

import { type Figures, OPERATIONS } from "../../../bench/gas/operations.js";
import { calldataGas, type Step, summarise } from "../../../bench/gas/profile.js";
import { aboveCeiling, changedSince, renderMarkdown, renderTable } from "../../../bench/gas/report.js";

const CEILINGS = Object.fromEntries(OPERATIONS.map(({ key, ceiling }) => [key, ceiling])) as Figures;

describe("gas benchmark", () => {
  describe("ceilings", () => {
    it("lets a figure reach its ceiling", () => {
      expect(aboveCeiling(CEILINGS)).to.deep.equal([]);
    });

    it("names the operation, its gas and its ceiling when it is one gas above", () => {
      expect(aboveCeiling({ ...CEILINGS, "commit-5": 95_001 })).to.deep.equal([
        "commit-5 costs 95,001 gas, its ceiling is 95,000.",
      ]);
    });
  });

  describe("snapshot", () => {
    const before = { ...CEILINGS, "buy-1": 100_000 };

    it("lets figures change by 2 % either way", () => {
      for (const now of [98_000, 100_000, 102_000]) {
        expect(changedSince(before, { ...before, "buy-1": now }), String(now)).to.deep.equal([]);
      }
    });

    it("says what changed by more, from what and to what", () => {
      expect(changedSince(before, { ...before, "buy-1": 102_001 })).to.deep.equal([
        "buy-1 changed from 100,000 to 102,001 gas (+2.0 %).",
      ]);
      expect(changedSince(before, { ...before, "buy-1": 90_000 })).to.deep.equal([
        "buy-1 changed from 100,000 to 90,000 gas (-10.0 %).",
      ]);
    });

    it("says what it lacks", () => {
      const { "buy-1": _, ...without } = before;
      expect(changedSince(without, before)).to.deep.equal(["buy-1 costs 100,000 gas and is not in the snapshot."]);
    });
  });

  describe("table", () => {
    it("shows predecessor, ceiling, ours and the share of the ceiling, in columns", () => {
      const [header, ...lines] = renderTable({ ...CEILINGS, "buy-1": 75_000 })
        .trimEnd()
        .split("\n");
      expect(lines).to.have.lengthOf(OPERATIONS.length);
      expect(lines[0]).to.match(/^buy-1 +buy 1 deed +494,556 +150,000 +75,000 +50\.0 %$/);
      expect(new Set([header, ...lines].map((line) => line?.length)).size, "widths").to.equal(1);
    });
  });

  describe("table in Markdown", () => {
    it("has the same cells, and figures to the right", () => {
      const figures = { ...CEILINGS, "buy-1": 75_000 };
      const [header, rule, ...lines] = renderMarkdown(figures).trimEnd().split("\n");
      expect(lines).to.have.lengthOf(OPERATIONS.length);
      expect(rule).to.match(/^(?:\| -+ ){2}(?:\| -+: ){4}\|$/);
      expect(lines[0]).to.match(/^\| buy-1 +\| buy 1 deed +\| +494,556 \| +150,000 \| +75,000 \| +50\.0 % \|$/);
      expect(new Set([header, rule, ...lines].map((line) => line?.length)).size, "widths").to.equal(1);
    });
  });

  describe("profile", () => {
    it("charges 4 gas for a zero byte and 16 for each other one", () => {
      expect(calldataGas("0x0001ff00")).to.equal(4 + 16 + 16 + 4);
      expect(calldataGas("0x")).to.equal(0);
    });

    it("books what a call spends where it is spent, and its own price on the call", () => {
      // The call costs 100 and forwards 600, of which the callee uses 203 and gives back the rest.
      const steps: Step[] = [
        { op: "PUSH1", gas: 10_000, gasCost: 3, depth: 1 },
        { op: "CALL", gas: 9_997, gasCost: 700, depth: 1 },
        { op: "SLOAD", gas: 600, gasCost: 200, depth: 2 },
        { op: "STOP", gas: 400, gasCost: 3, depth: 2 },
        { op: "POP", gas: 9_694, gasCost: 2, depth: 1 },
        { op: "STOP", gas: 9_692, gasCost: 0, depth: 1 },
      ];
      expect(Object.fromEntries(summarise(steps).map(({ what, gas }) => [what, gas]))).to.deep.equal({
        "call a warm account": 100,
        "read a warm slot": 200,
        "other computation": 3 + 3 + 2 + 0,
      });
    });

    it("tells cold from warm, and new slots from changed ones", () => {
      const costs: [op: string, gas: number][] = [
        ["SLOAD", 2100],
        ["SLOAD", 100],
        ["SSTORE", 22_100],
        ["SSTORE", 20_000],
        ["SSTORE", 5000],
        ["SSTORE", 2900],
        ["SSTORE", 100],
        ["STATICCALL", 2600],
        ["STATICCALL", 3100],
        ["CALL", 100],
        ["LOG3", 1500],
        ["STOP", 0],
      ];
      let gas = 100_000;
      const steps = costs.map(([op, gasCost]): Step => {
        const step = { op, gas, gasCost, depth: 1 };
        gas -= gasCost;
        return step;
      });
      expect(Object.fromEntries(summarise(steps).map(({ what, count }) => [what, count]))).to.deep.equal({
        "read a cold slot": 1,
        "read a warm slot": 1,
        "write a new slot": 2,
        "change a slot": 2,
        "change a slot again": 1,
        "call a cold account": 1,
        "call a warm account": 1,
        "recover a signer": 1,
        log: 1,
        "other computation": 1,
      });
    });
  });
});
