import { readFileSync } from "node:fs";
import { expect } from "chai";
import { knownErrors } from "../../../keepers/chain/errors.js";
import { standingFailures } from "../../../keepers/chain/selectors.js";
import { ErrorCodes } from "./errorCodes.js";

/** Entries of a part of docs/errors.md, "- `NAME`, `OTHER`: …", each with what they are and what to do. */
function entriesOf(part: string): Map<string, string> {
  const page = readFileSync("docs/errors.md", "utf8");
  const [, text = ""] = page.split(`\n# ${part}\n`);
  const entries = new Map<string, string>();
  for (const [, names = "", rest = ""] of text
    .split("\n# ")[0]!
    .matchAll(/^- ((?:`\w+`(?:, )?)+): ([^\n]*(?:\n {2}[^\n]+)*)/gmu)) {
    for (const [, name = ""] of names.matchAll(/`(\w+)`/gu)) {
      if (entries.has(name)) throw new Error(`docs/errors.md has ${name} twice in "${part}"`);
      entries.set(name, rest);
    }
  }
  return entries;
}

/** Errors whose code comes from elsewhere: an answer of another service, or an error that is passed on. */
const PASSED_ON = [
  'keepers/core/http/failures.ts: codes[status] ?? "BAD_REQUEST"',
  "keepers/core/http/failures.ts: error.code",
  "keepers/deeploy/requests/authenticator.ts: error.code",
  "keepers/oracle/api/dauthRoutes.ts: error.code",
  "sdk/service.ts: String(body.code)",
];

describe("docs/errors.md", () => {
  const contracts = entriesOf("Contracts");
  const keepers = entriesOf("Keepers, SDK and commands");
  const sources = new ErrorCodes(["{keepers,sdk,scripts,tasks}/**/*.ts"]);

  it("has every error that a contract can raise, and no other", () => {
    const raised = new Set([...knownErrors.values()].map(({ name }) => name));
    expect([...raised].filter((name) => !contracts.has(name)).sort(), "missing").to.deep.equal([]);
    expect(
      [...contracts.keys()].filter((name) => !raised.has(name)),
      "stale",
    ).to.deep.equal([]);
    expect(contracts.size).to.be.greaterThan(100);
  });

  it("has every code of keepers, SDK and commands, and no other", () => {
    const codes = new Set([...sources.codes, ...standingFailures]);
    expect([...codes].filter((code) => !keepers.has(code)).sort(), "missing").to.deep.equal([]);
    expect(
      [...keepers.keys()].filter((code) => !codes.has(code)),
      "stale",
    ).to.deep.equal([]);
    expect(codes.size).to.be.greaterThan(200);
  });

  it("can see every code but those that are passed on", () => {
    const found = sources.unresolved.map(({ path, text }) => `${path}: ${text}`);
    expect([...new Set(found)].sort()).to.deep.equal(PASSED_ON);
  });

  it("says of each what to do", () => {
    for (const [name, text] of [...contracts, ...keepers]) expect(text, name).to.match(/→ \S.{3,}/su);
  });
});
