import { readFileSync } from "node:fs";
import { expect } from "chai";
import { problemOf, referencesIn } from "./references.js";

/** A page in parts that begin with a heading of three `#`. */
function partsOf(path: string): { readonly title: string; readonly text: string }[] {
  const [, ...parts] = readFileSync(path, "utf8").split(/^### /mu);
  return parts.map((part) => ({ title: part.split("\n")[0] ?? "", text: part }));
}

describe("tests that documents name", () => {
  for (const path of ["docs/threat-model.md", "docs/audit/lessons.md"]) {
    it(`of ${path} are all there`, () => {
      const references = referencesIn(readFileSync(path, "utf8"));
      expect(references.length).to.be.greaterThan(30);
      expect(references.flatMap((reference) => problemOf(reference) ?? [])).to.deep.equal([]);
    });
  }

  it("are of every attack in the threat model, which says what each gains, what stands against it and what remains", () => {
    const attacks = partsOf("docs/threat-model.md").filter(({ title }) => /^[A-Z]\d+\. /u.test(title));
    expect(attacks.length).to.be.greaterThan(40);
    for (const { title, text } of attacks) {
      expect(referencesIn(text), title).to.not.deep.equal([]);
      for (const label of ["Who and how", "Gain", "Defence", "Shown by", "Remains"]) {
        expect(text, title).to.contain(`- _${label}:_ `);
      }
    }
  });

  it("are found only where they are", () => {
    const here = "test/unit/docs/references.test.ts";
    expect(problemOf({ path: here, name: "are found only where they are" })).to.equal(undefined);
    expect(problemOf({ path: here, name: "of docs/x.md are all there" })).to.equal(undefined);
    expect(problemOf({ path: here, name: "are found" })).to.match(/has no test/u);
    expect(problemOf({ path: "test/unit/docs/gone.test.ts", name: "x" })).to.match(/no file/u);
    const named = referencesIn(
      'see `test/a.t.sol` › test_One,\n  testFuzz_Two; `test/b.test.ts` › "is, truly, so", "and so"',
    );
    expect(named.map(({ name }) => name)).to.deep.equal(["test_One", "testFuzz_Two", "is, truly, so", "and so"]);
  });
});
