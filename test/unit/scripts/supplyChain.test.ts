import { readFileSync } from "node:fs";
import { expect } from "chai";
import { judge } from "../../../scripts/check/supply/advisories.js";
import { isAllowed, licenceProblems, renderLicences } from "../../../scripts/check/supply/licences.js";
import { lockProblems, readLock } from "../../../scripts/check/supply/lockFile.js";
import { INSTALL_SCRIPTS, LICENCE_EXCEPTIONS } from "../../../scripts/check/supply/policy.js";

const lockText = readFileSync("package-lock.json", "utf8");
const manifest = readFileSync("package.json", "utf8");

describe("the supply chain's check", () => {
  const packages = readLock(lockText);
  const changed = (name: string, changes: object) =>
    packages.map((entry) => (entry.path === `node_modules/${name}` ? { ...entry, ...changes } : entry));

  it("finds nothing wrong with the lock file as it is", () => {
    expect(packages.length).to.be.greaterThan(500);
    expect(lockProblems(manifest, packages)).to.deep.equal([]);
  });

  it("finds a package without a hash, from elsewhere, with a program of its own, or linked", () => {
    const problems = (changes: object) => lockProblems(manifest, changed("fastify", changes)).join();
    expect(problems({ integrity: undefined })).to.contain("node_modules/fastify has no sha512 integrity");
    expect(problems({ integrity: "sha1-abc=" })).to.contain("no sha512 integrity");
    expect(problems({ resolved: "git+ssh://git@github.com/x/y.git#1" })).to.contain("comes from git+ssh");
    expect(problems({ resolved: "https://registry.npmjs.org.evil.example/x" })).to.contain("comes from");
    expect(problems({ hasInstallScript: true })).to.contain("runs a program while it is installed");
    expect(problems({ link: true })).to.contain("is a link");
    expect(problems({ resolved: "https://registry.npmjs.org/fastify/-/fastify-5.tgz" })).to.equal("");
  });

  it("finds a version that is no version, and an agreement that is not needed", () => {
    const loose = manifest.replace(/"fastify": "/u, '"fastify": "^');
    expect(lockProblems(loose, packages).join()).to.match(/^package\.json: fastify is "\^/u);
    const [name] = Object.keys(INSTALL_SCRIPTS) as [string];
    const without = packages.filter((entry) => entry.name !== name);
    expect(lockProblems(manifest, without).join()).to.contain(`${name} runs no install script any more`);
  });

  it("agrees to a choice of licences when one will do, and to several when all will", () => {
    const verdicts = [
      "MIT",
      "(MIT OR GPL-3.0)",
      "(MIT AND Apache-2.0)",
      "MIT AND GPL-3.0",
      "GPL-3.0",
      undefined,
      "SEE LICENSE",
    ];
    expect(verdicts.map(isAllowed)).to.deep.equal([true, true, true, false, false, false, false]);
  });

  it("finds licences that nobody agreed to, and lists the rest", () => {
    const exceptions = Object.keys(LICENCE_EXCEPTIONS).map((name) => ({
      name,
      version: "1.0.0",
      dev: true,
      licence: "BUSL-1.1",
    }));
    const good = { name: "good", version: "1.2.3", licence: "MIT" };
    expect(licenceProblems([...exceptions, good])).to.deep.equal([]);
    expect(licenceProblems([...exceptions, { ...good, licence: "AGPL-3.0" }])).to.deep.equal([
      "good 1.2.3: AGPL-3.0 is not agreed to",
    ]);
    expect(licenceProblems([good])).to.have.length(exceptions.length);
    expect(renderLicences([...exceptions, good]))
      .to.contain("run: 1 packages")
      .and.contain("| `good` | 1.2.3 | MIT |");
  });
});

describe("the audit's verdict", () => {
  const via = { title: "bad", url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", severity: "high", range: "<2" };
  const report = (vulnerabilities: object) => JSON.stringify({ auditReportVersion: 2, vulnerabilities });
  const accepted = { id: "GHSA-aaaa-bbbb-cccc", because: "not reached", until: "2027-01-01" };

  it("is that of the registry", () => {
    expect(judge(report({}), [], "2026-11-21")).to.deep.equal({ isAnswered: true, problems: [] });
    const one = judge(report({ x: { via: [via, "y"] }, y: { via: ["x"] } }), [], "2026-11-21");
    expect(one.problems).to.deep.equal(["GHSA-aaaa-bbbb-cccc (high) in x <2: bad"]);
  });

  it("leaves out what was accepted, for as long as it was", () => {
    const output = report({ x: { via: [via] } });
    expect(judge(output, [accepted], "2026-12-31").problems).to.deep.equal([]);
    expect(judge(output, [accepted], "2027-01-01").problems.join()).to.contain("look at it again");
    expect(judge("", [accepted], "2027-01-01").problems).to.have.length(1);
  });

  it("is none when the registry does not answer", () => {
    for (const output of ["", "405", '{"error":{"code":"E405"}}', '{"auditReportVersion":1}']) {
      expect(judge(output, [], "2026-11-21")).to.deep.equal({ isAnswered: false, problems: [] });
    }
  });
});
