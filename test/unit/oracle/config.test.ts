import { expect } from "chai";

import { ConfigError } from "../../../keepers/core/errors.js";
import { readOracleConfig } from "../../../keepers/oracle/config.js";

const KEY = `0x${"11".repeat(32)}`;
const COMPLETE = {
  ORACLE_PRIVATE_KEY: KEY,
  RPC_URL: "http://127.0.0.1:8545",
  DEPLOYMENT: "deployment.json",
  BROKER_URL: "mqtt://127.0.0.1:1883",
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readOracleConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("the oracle's configuration", () => {
  it("takes the four things that have no default, and defaults for the rest", () => {
    const config = readOracleConfig(COMPLETE);
    expect(config.slotSeconds).to.equal(20);
    expect(config.heartbeatIntervalMs).to.equal(10_000);
    expect(config.apiPort).to.equal(8080);
  });

  it("names everything that is missing at once", () => {
    const problems = problemsOf({});
    expect(problems.map((problem) => problem.split(":")[0])).to.deep.equal(Object.keys(COMPLETE));
  });

  it("refuses what makes no sense, with the name, what it got and what it wants", () => {
    const [problem, ...others] = problemsOf({ ...COMPLETE, SLOT_SECONDS: "soon" });
    expect(others).to.deep.equal([]);
    expect(problem)
      .to.match(/^SLOT_SECONDS: /u)
      .and.include("soon");
    expect(problemsOf({ ...COMPLETE, BROKER_URL: "http://127.0.0.1" })[0]).to.match(/^BROKER_URL: /u);
  });

  it("never shows a key", () => {
    const [problem] = problemsOf({ ...COMPLETE, ORACLE_PRIVATE_KEY: `${KEY}00` });
    expect(problem)
      .to.match(/^ORACLE_PRIVATE_KEY: /u)
      .and.not.include("1111");
    expect(JSON.stringify(readOracleConfig(COMPLETE))).to.not.include("1111");
  });

  it("wants the broker's administration to be its own or others', and its name with its password", () => {
    const login = { BROKER_ADMIN_USERNAME: "r1-admin", BROKER_ADMIN_PASSWORD: "pass-phrase" };
    const config = readOracleConfig({ ...COMPLETE, ...login, CREDENTIAL_LIFETIME: "24h" });
    expect([config.brokerAdminUsername, config.credentialMs]).to.deep.equal(["r1-admin", 86_400_000]);
    expect(JSON.stringify(config)).to.not.include("pass-phrase");
    const urls = { BROKER_ADMIN_URLS: "http://127.0.0.1:8080" };
    expect(readOracleConfig({ ...COMPLETE, ...urls }).brokerAdminUrls).to.deep.equal(["http://127.0.0.1:8080"]);
    expect(problemsOf({ ...COMPLETE, BROKER_ADMIN_USERNAME: "r1-admin" })[0]).to.match(/want both or neither/u);
    expect(problemsOf({ ...COMPLETE, ...login, ...urls })[0]).to.match(/^BROKER_ADMIN_URLS: /u);
    expect(problemsOf({ ...COMPLETE, CREDENTIAL_LIFETIME: "25h" })[0]).to.match(/^CREDENTIAL_LIFETIME: /u);
  });

  it("reads how jobs get their nodes, each with a default", () => {
    const { deeployUrls, assignEveryBlocks, offerMarginMs, jobStartMs, jobSilentMs, assignStageMs } =
      readOracleConfig(COMPLETE);
    expect(deeployUrls).to.deep.equal([]);
    expect([assignEveryBlocks, offerMarginMs, jobStartMs, jobSilentMs, assignStageMs]).to.deep.equal([
      ...[5, 10_000, 180_000, 60_000, 5_000],
    ]);
    const urls = { DEEPLOY_URLS: "http://127.0.0.1:8090, https://deeploy.example", OFFER_MARGIN: "0ms" };
    const given = readOracleConfig({ ...COMPLETE, ...urls });
    expect(given.deeployUrls).to.deep.equal(["http://127.0.0.1:8090", "https://deeploy.example"]);
    expect(given.offerMarginMs).to.equal(0);
    expect(problemsOf({ ...COMPLETE, ASSIGN_EVERY_BLOCKS: "0" })[0]).to.match(/^ASSIGN_EVERY_BLOCKS: /u);
  });
});
