import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";

const PAGES = ["README.md", "SECURITY.md", ...globSync("docs/**/*.md").sort()];
const LINK = /\[[^\]]+\]\((?<target>[^)#\s]+)(?:#[^)]*)?\)/gu;
const COMMAND = /npm run (?:--silent )?(?<script>[a-z][\w:]*)/gu;

/** What the pages name, as "page: target". */
function named(pattern: RegExp): [page: string, target: string][] {
  return PAGES.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(pattern)].map(({ groups }): [string, string] => [
      page,
      Object.values(groups ?? {})[0] ?? "",
    ]),
  );
}

describe("pages", () => {
  it("link to what is there", () => {
    const local = named(LINK).filter(([, target]) => !/^[a-z]+:/u.test(target));
    expect(local.length).to.be.greaterThan(20);
    expect(local.filter(([page, target]) => !existsSync(join(dirname(page), target)))).to.deep.equal([]);
  });

  it("name commands that there are", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const commands = named(COMMAND);
    expect(commands.length).to.be.greaterThan(5);
    expect(commands.filter(([, script]) => !(script in scripts))).to.deep.equal([]);
  });
});
