import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { expect } from "chai";

// `npm run check:formal`
// ├── proves what holds, and says so
// ├── refutes what a changed contract breaks, with status 1
// ├── calls a proof hollow when no input gets to its assertions
// └── names what a proof asks for when the contract has it no more
describe("check:formal", function () {
  this.timeout(120_000);

  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "r1-formal-"));
    for (const folder of ["contracts", "formal"]) cpSync(folder, join(copy, folder), { recursive: true });
    symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  });

  afterEach(() => rmSync(copy, { recursive: true }));

  function change(path: string, from: string, to: string): void {
    const text = readFileSync(join(copy, path), "utf8");
    expect(text).to.include(from);
    writeFileSync(join(copy, path), text.replace(from, to));
  }

  function prove(name: string): { status: number | null; verdict: string | undefined; stderr: string } {
    const args = ["--import", "tsx", resolve("scripts/formal/main.ts"), "--json", "--only", name];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    const { proofs } = (stdout === "" ? { proofs: [] } : JSON.parse(stdout)) as { proofs: { verdict: string }[] };
    return { status, verdict: proofs[0]?.verdict, stderr };
  }

  it("proves what holds", () => {
    expect(prove("PayIsSplitWhole")).to.include({ status: 0, verdict: "proved" });
  });

  it("refutes what a changed contract breaks", () => {
    change("contracts/libraries/ServicePay.sol", "earned * _OWNER", "earned * (_OWNER + 1)");
    expect(prove("PayIsSplitWhole")).to.include({ status: 1, verdict: "refuted" });
  });

  it("calls a proof hollow that no input gets to the end of", () => {
    change("formal/ServicePay.sol", "external pure {", "external pure {\n        require(rate < rate);");
    expect(prove("PayIsSplitWhole")).to.include({ status: 1, verdict: "vacuous" });
  });

  it("names what a contract has no more", () => {
    change("contracts/deeds/Deed.sol", "function _bound(", "function _limit(");
    const { status, stderr } = prove("BoundCountsEpochs");
    expect(status).to.equal(1);
    expect(stderr).to.include("contracts/deeds/Deed.sol defines no _bound");
  });
});
