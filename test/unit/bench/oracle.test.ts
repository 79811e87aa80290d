import { expect } from "chai";

import { ChargedTime } from "../../../bench/oracle/chargedTime.js";
import { meets } from "../../../bench/figures.js";
import { FIGURES, rounded, shortfalls, tabulate } from "../../../bench/oracle/figures.js";
import { BenchFleet } from "../../../bench/oracle/fleet.js";
import { costRatio, inTurns, median, speedRatio } from "../../../bench/oracle/statistics.js";
import { renderMarkdown, renderText } from "../../../bench/oracle/table.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";

const ASKED = {
  "ingest-ratio": 0.7,
  "ingest-46224-core-share": 0.4,
  "ingest-46224-rss-mb": 400,
  "finalize-ratio": 3,
  "decide-seconds": 5,
  "decide-two-dead-seconds": 15,
  "proofs-per-second": 3_000,
} as const;

describe("oracle benchmark", () => {
  describe("figures", () => {
    it("are the seven that are asked for, with their limits", () => {
      expect(Object.fromEntries(FIGURES.map(({ key, limit }) => [key, limit]))).to.deep.equal(ASKED);
    });

    it("reach a least by being equal to it, and a most only by being below it", () => {
      expect([0.69, 0.7, 0.71].map((value) => meets({ bound: "at least", limit: 0.7 }, value))).to.deep.equal([
        false,
        true,
        true,
      ]);
      expect([4.9, 5, 5.1].map((value) => meets({ bound: "below", limit: 5 }, value))).to.deep.equal([
        true,
        false,
        false,
      ]);
    });

    it("that fall short are named with what was asked; those not measured are not", () => {
      expect(shortfalls({ "ingest-ratio": 0.7, "finalize-ratio": 3, "proofs-per-second": 2_999 })).to.deep.equal([
        "finalize-ratio is 3.00, asked is below 3.",
        "proofs-per-second is 2,999, asked is at least 3000.",
      ]);
    });

    it("are rounded in the order of the list, and stay numbers", () => {
      const figures = rounded({
        "proofs-per-second": 6_379.4,
        "ingest-46224-core-share": 0.19352,
        "ingest-ratio": 0.755,
      });
      expect(JSON.stringify(figures)).to.equal(
        '{"ingest-ratio":0.76,"ingest-46224-core-share":0.194,"proofs-per-second":6379}',
      );
    });
  });

  describe("table", () => {
    const rows = tabulate({ "decide-seconds": 2.716, "decide-two-dead-seconds": 18.6 });

    it("has a row for each figure, with limit, unit and whether it is met", () => {
      expect(rows.slice(1).map(([key, , ...rest]) => [key, ...rest])).to.deep.equal([
        ["decide-seconds", "below 5", "2.72", "s", "yes"],
        ["decide-two-dead-seconds", "below 15", "18.60", "s", "NO"],
      ]);
    });

    it("aligns figures to the right, words to the left, in text and in Markdown", () => {
      const text = renderText([
        ["what", "much"],
        ["a", "1"],
        ["bb", "1,000"],
      ]);
      expect(text).to.equal("what   much\na         1\nbb    1,000\n");
      const [header, rule, ...lines] = renderMarkdown(rows).trimEnd().split("\n");
      expect(rule).to.match(/^\| -+ \| -+ \| -+ \| -+: \| -+ \| -+ \|$/);
      expect(new Set([header, rule, ...lines].map((line) => line?.length)).size).to.equal(1);
    });
  });

  describe("statistics", () => {
    it("take the middle, or the mean of the two middle ones", () => {
      expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).to.deep.equal([2, 2.5, 7]);
      expect(() => median([])).to.throw(RangeError);
    });

    it("take ratios turn by turn, so that a slow machine counts on both sides", () => {
      const pairs = [
        { baseline: 70, measured: 100 },
        { baseline: 700, measured: 1_000 },
        { baseline: 10, measured: 100 },
      ];
      expect(speedRatio(pairs)).to.equal(0.7);
      expect(costRatio(pairs)).to.be.closeTo(1 / 0.7, 1e-9);
    });

    it("run the baseline before and after the measured work, and prepare without measuring", async () => {
      const order: string[] = [];
      const pairs = await inTurns(2, (index) => {
        order.push(`make ${index}`);
        return { baseline: () => void order.push("baseline"), measured: () => void order.push("measured") };
      });
      const turn = ["baseline", "measured", "baseline"];
      expect(order).to.deep.equal(["make 0", ...turn, "make 1", ...turn]);
      expect(pairs).to.have.lengthOf(2);
    });
  });

  describe("charged time", () => {
    /** Computing is a number that tasks add to. */
    function world() {
      let cpu = 0;
      const clock = new VirtualClock(0);
      const time = new ChargedTime(clock, () => cpu);
      return { clock, time, compute: (ms: number) => void (cpu += ms) };
    }

    it("lets a computer's tasks wait until it is done with the one before", async () => {
      const { clock, time, compute } = world();
      const computer = time.computer();
      const began: number[] = [];
      const task = (): void => {
        began.push(computer.now());
        compute(100);
      };
      for (const at of [10, 20, 500]) computer.schedule(at, task);
      await clock.advance(1_000);
      expect(began).to.deep.equal([10, 110, 500]);
      expect(computer.computedMs).to.equal(200);
      time.settle();
      expect(computer.computedMs).to.equal(300);
    });

    it("lets computers compute at the same time", async () => {
      const { clock, time, compute } = world();
      const began: number[] = [];
      for (const computer of [time.computer(), time.computer()]) {
        computer.schedule(10, () => {
          began.push(computer.now());
          compute(100);
        });
      }
      await clock.advance(1_000);
      expect(began).to.deep.equal([10, 10]);
    });

    it("counts what was computed so far in a task: on its clock, and before what it schedules", async () => {
      const { clock, time, compute } = world();
      const computer = time.computer();
      const seen: number[] = [];
      computer.schedule(10, async () => {
        compute(30);
        seen.push(computer.now());
        computer.schedule(5, () => void seen.push(clock.now()));
        await Promise.resolve();
        compute(40);
        seen.push(computer.now());
      });
      await clock.advance(1_000);
      expect(seen).to.deep.equal([40, 80, 80]);
    });

    it("forgets a task that was taken back, also while it waits for the computer", async () => {
      const { clock, time, compute } = world();
      const computer = time.computer();
      computer.schedule(10, () => compute(100));
      const cancel = computer.schedule(20, () => expect.fail("was taken back"));
      clock.schedule(50, cancel);
      await clock.advance(1_000);
    });
  });

  describe("fleet", () => {
    it("decides with and without its first leader, and computing takes time", async () => {
      const whole = new BenchFleet({ oracles: 4, deeds: 50, epoch: 100n });
      await whole.decide();
      expect(whole.decidedAfterMs.size).to.equal(4);
      expect(Math.max(...whole.decidedAfterMs.values())).to.be.greaterThan(4 * 50);
      expect(whole.mostComputedMs).to.be.greaterThan(0);
      const maimed = new BenchFleet({ oracles: 4, deeds: 50, epoch: 100n });
      const [first] = maimed.leaders;
      await maimed.decide([first!]);
      expect([...maimed.decidedAfterMs.keys()]).to.have.members(maimed.members.filter((member) => member !== first));
      expect(Math.min(...maimed.decidedAfterMs.values())).to.be.greaterThan(Math.max(...whole.decidedAfterMs.values()));
    });

    it("says a few messages for each oracle, whatever the epoch: one for each step, and some again to who was late", async () => {
      for (const [oracles, epoch] of [
        [4, 1n],
        [4, 5_000n],
        [7, 1n],
      ] as const) {
        const fleet = new BenchFleet({ oracles, deeds: 50, epoch, pollMs: 0 });
        await fleet.decide();
        await fleet.runOn(1_000);
        // Seal, report, two votes and a signature of each, and a proposal.
        expect(fleet.traffic.messages).to.be.within(5 * oracles + 1, 8 * oracles);
        expect(fleet.traffic.bytes).to.be.within(100 * fleet.traffic.messages, 400 * fleet.traffic.messages);
      }
    });
  });
});
