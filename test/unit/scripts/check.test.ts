import { expect } from "chai";

import { renderTable, renderTotal } from "../../../scripts/check/report.js";
import { type Outcome, runStep } from "../../../scripts/check/run.js";
import type { Step } from "../../../scripts/check/steps.js";
import { TOTALS_VARIABLE } from "../../../scripts/check/totals.js";

const LIMIT_MS = 60_000;

const node = (program: string): Step => ({ name: "probe", title: "a probe", command: ["node", "-e", program] });
const leaving = (text: string, status = 0): Step => ({
  ...node(`fs.writeFileSync(process.env.${TOTALS_VARIABLE}, '${text}'); process.exitCode = ${status}`),
  hasTests: true,
});
const run = (step: Step, options: Partial<Parameters<typeof runStep>[1]> = {}): Promise<Outcome> =>
  runStep(step, { limitMs: LIMIT_MS, graceMs: 100, strict: false, signal: new AbortController().signal, ...options });

describe("scripts/check", () => {
  describe("runStep", () => {
    it("passes a command that ends with status 0", async () => {
      expect(await run(node("0"))).to.include({ verdict: "pass" });
    });

    it("fails a command that ends with another status, and says which", async () => {
      expect(await run(node("process.exitCode = 3"))).to.include({ verdict: "fail", reason: "ended with status 3" });
    });

    it("fails a command that cannot be started", async () => {
      const outcome = await run({ ...node(""), command: ["no-such-program"] });
      expect(outcome.verdict).to.equal("fail");
      expect(outcome.reason).to.match(/^cannot be started: .*no-such-program/);
    });

    it("stops a command that takes too long, even one that ignores SIGTERM", async () => {
      const stubborn = { ...node(""), command: ["sh", "-c", "trap '' TERM; sleep 600"] };
      const outcome = await run(stubborn, { limitMs: 300 });
      expect(outcome).to.include({ verdict: "fail", reason: "stopped after 0.3 s" });
    });

    it("stops a command when the run is interrupted, and starts no other", async () => {
      const interruption = new AbortController();
      const running = run(node("setInterval(() => {}, 1000)"), { signal: interruption.signal });
      interruption.abort("stopped by SIGINT");
      expect(await running).to.include({ verdict: "fail", reason: "stopped by SIGINT" });
      const next = await run(node("0"), { signal: interruption.signal });
      expect(next).to.include({ verdict: "fail", seconds: 0, reason: "stopped by SIGINT" });
    });

    it("takes the totals a test runner left", async () => {
      const outcome = await run(leaving('{"passed":2,"failed":1}', 1));
      expect(outcome).to.deep.include({ verdict: "fail", totals: { passed: 2, failed: 1 } });
    });

    const faults = [
      ["left no totals", node("0"), /left no totals/],
      ["left totals that cannot be parsed", leaving("2 passing"), /left no totals/],
      ["left a negative count", leaving('{"passed":2,"failed":-1}'), /left no totals/],
      ["ran nothing", leaving('{"passed":0,"failed":0}'), /no tests/],
      ["hid a failure behind status 0", leaving('{"passed":2,"failed":1}'), /1 failed/],
    ] as const;
    for (const [what, step, reason] of faults) {
      it(`fails a test runner that ${what}`, async () => {
        const outcome = await run({ ...step, hasTests: true });
        expect(outcome.verdict).to.equal("fail");
        expect(outcome.reason).to.match(reason);
      });
    }

    it("leaves out a step without its subject, except where everything must run", async () => {
      const step = { ...node("0"), needs: "no/such/folder" };
      expect(await run(step)).to.include({ verdict: "left out" });
      expect(await run(step, { strict: true })).to.include({
        verdict: "fail",
        reason: "no/such/folder does not exist",
      });
    });
  });

  describe("the report", () => {
    const outcomes: Outcome[] = [
      { step: node("0"), verdict: "pass", seconds: 1.26, totals: { passed: 20, failed: 0 } },
      { step: node("0"), verdict: "fail", seconds: 12, totals: { passed: 3, failed: 4 }, reason: "because" },
      { step: node("0"), verdict: "fail", seconds: 0 },
    ];

    it("ends with the sum of what the runners counted", () => {
      expect(renderTotal(outcomes)).to.equal("total: 23 passed, 4 failed");
      expect(renderTotal([])).to.equal("total: 0 passed, 0 failed");
    });

    it("has one aligned line a step", () => {
      expect(renderTable(outcomes).split("\n")).to.deep.equal([
        "step   verdict  seconds  passed  failed",
        "probe  pass         1.3      20       0",
        "probe  fail        12.0       3       4  because",
        "probe  fail         0.0",
      ]);
    });
  });
});
