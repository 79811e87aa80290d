/**
 * A run of the mutation test on a toy contract
 * ├── kills every mutant of what the tests see, whether it was compiled with others or by itself
 * ├── lets those live that no test sees
 * └── knows its verdicts when it is run again, and tries what a changed test may now kill
 *
 * judging
 * ├── takes survivors off that are justified
 * └── refuses justifications that are stale, twice, or without a reason
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { allMutants, runCampaign } from "../../../scripts/mutation/campaign.js";
import { judge, type Result } from "../../../scripts/mutation/justified.js";
import { scoreOf, summaryOf } from "../../../scripts/mutation/report.js";
import { SourceTree } from "../../../scripts/mutation/sourceTree.js";
import type { Verdict } from "../../../scripts/mutation/trial.js";
import { TOY_TEST, withToy } from "./toy.js";

const VERDICTS: readonly Verdict[] = [
  { fate: "killed", by: "test/contracts/Toy.t.sol ToyTest test_a()", reason: "" },
  { fate: "survived" },
  { fate: "stillborn" },
];

/** The results of a run, and how many mutants it tried. */
async function run(root: string): Promise<{ results: Result[]; tried: number }> {
  let tried = 0;
  const progress = { say: () => undefined, count: () => void (tried += 1) };
  const results = await runCampaign({ root, only: [], jobs: 1, fuzzRuns: 1, isFresh: false }, progress);
  return { results, tried };
}

const scopesOf = (results: readonly Result[], fate: string): string[] => [
  ...new Set(results.filter(({ verdict }) => verdict.fate === fate).map(({ mutant }) => mutant.scope)),
];

describe("Mutation test", function () {
  this.timeout(120_000);

  it("kills what tests see, and remembers", async () => {
    await withToy(async (root) => {
      const first = await run(root);
      expect(first.tried).to.equal(first.results.length);
      expect(scopesOf(first.results, "survived")).to.deep.equal(["Toy.take", "Toy.unseen"]);
      const modifier = first.results.find(({ mutant }) => mutant.operator === "modifier");
      expect(modifier?.verdict).to.include({ fate: "killed" });
      expect((await run(root)).tried).to.equal(0);

      const seeing = TOY_TEST.replace(
        "function test_serves",
        "function test_sees() public view {\n require(toy.unseen(5) == 11); }\n function test_serves",
      );
      writeFileSync(join(root, "test/contracts/Toy.t.sol"), seeing);
      const second = await run(root);
      expect(scopesOf(second.results, "survived")).to.deep.equal(["Toy.take"]);
    });
  });

  it("takes justified survivors off, and refuses what is stale", async () => {
    const mutants = await withToy((root) => allMutants(root, new SourceTree(root), []));
    const results = mutants.map((mutant, index): Result => ({ mutant, verdict: VERDICTS[index % VERDICTS.length]! }));
    const of = (fate: string): string[] =>
      results.filter(({ verdict }) => verdict.fate === fate).map(({ mutant }) => mutant.key);
    const [survivors, killed] = [of("survived"), of("killed")];

    const excused = judge(results, [{ reason: "nobody calls it", mutants: survivors }]);
    expect(summaryOf(excused)).to.deep.equal({ killed: killed.length, survived: 0, justified: survivors.length });
    expect(scoreOf(summaryOf(excused))).to.equal("100.0 %");
    expect(excused.complaints).to.deep.equal([]);

    const complaints = (reason: string, ...mutants: string[]): string =>
      judge(results, [{ reason, mutants }]).complaints.join();
    expect(complaints("so", killed[0]!)).to.match(/^justified, but killed by test\/contracts\/Toy\.t\.sol/);
    expect(complaints("so", `${survivors[0]!} | 9`)).to.match(/^justified, but there is no such mutant any more/);
    expect(complaints("so", of("stillborn")[0]!)).to.match(/^justified, but it does not compile/);
    expect(complaints("", survivors[0]!)).to.match(/^no reason is given/);
    expect(complaints("so", survivors[0]!, survivors[0]!)).to.match(/^justified twice/);
    expect(complaints("so", "contracts/Other.sol f | a | b -> c")).to.equal("");
  });
});
