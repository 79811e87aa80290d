import { expect } from "chai";

import { reportOf, tableOf } from "../../../soak/report.js";
import { judge } from "../../../soak/verdict/verdict.js";
import { calm, without } from "./history.js";

const FACTS = {
  ...{ seed: 7, minutes: 1, containers: "docker" as const, activities: new Map([["hire", 2]]), activitiesRefused: 1 },
  faultsByKind: new Map([
    ["kill oracle", 2],
    ["disk node", 1],
  ]),
  endedByThemselves: [],
};

describe("the report of a soak", () => {
  it("counts faults and problems, and what there was", () => {
    const history = calm();
    const report = reportOf(history, judge(history), FACTS);
    expect(report).to.deep.include({
      ...{ faults: 3, rewardsLost: 0, rewardsWrong: 0, escrowImbalanceWei: 0, orphanContainers: 0, doubleCommits: 0 },
      ...{ jobs: 1, settlements: 1, claims: 2, deeds: 2, recomputedEpochs: 4, problems: [] },
      epochs: { judged: 4, owed: 4, committed: 4, skippedWithCause: 0 },
      availabilityBytes: { owed: 8 * 255, credited: 8 * 255 },
    });
  });

  it("tells lost epochs from those with a cause, and names every problem", () => {
    const missing = without(
      calm([
        [255, 255],
        [0, 0],
        [255, 255],
        [255, 255],
      ]),
      1,
    );
    const lost = reportOf(missing, judge(missing), FACTS);
    expect(lost).to.deep.include({ rewardsLost: 1, epochs: { judged: 4, owed: 4, committed: 3, skippedWithCause: 0 } });
    expect(tableOf(lost)).to.include("problem: epoch 1 was not committed");
    const excused = { ...missing, disturbances: [{ target: "broker", kind: "kill", from: 0, to: 2e6 }] };
    expect(reportOf(excused, judge(excused), FACTS).epochs.skippedWithCause).to.equal(1);
  });

  it("gives an imbalance that no number holds in digits", () => {
    const history = { ...calm(), escrow: { held: 10n ** 21n, balances: new Map([[1, 0n]]) } };
    expect(reportOf(history, judge(history), FACTS).escrowImbalanceWei).to.equal("1000000000000000000000");
  });
});
