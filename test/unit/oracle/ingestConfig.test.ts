import { expect } from "chai";

import { ConfigError } from "../../../keepers/core/errors.js";
import { readOracleConfig } from "../../../keepers/oracle/config.js";
import { readIngestConfig } from "../../../keepers/oracle/ingestConfig.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";

const KEY = `0x${"11".repeat(32)}`;
const ORACLE = new SigningKey(KEY).address;
const COMMON = {
  RPC_URL: "http://127.0.0.1:8545",
  DEPLOYMENT: "deployment.json",
  BROKER_URL: "mqtt://127.0.0.1:1883",
  REDIS_URL: "redis://user:secret@127.0.0.1:6379/2",
};

function problemsOf(read: (environment: Record<string, string>) => unknown, environment: Record<string, string>) {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("the ingest worker's configuration", () => {
  it("takes the oracle's address, or finds it by its key", () => {
    expect(readIngestConfig({ ...COMMON, ORACLE_ADDRESS: ORACLE }).oracle).to.equal(ORACLE);
    expect(readIngestConfig({ ...COMMON, ORACLE_PRIVATE_KEY: KEY }).oracle).to.equal(ORACLE);
    expect(readIngestConfig({ ...COMMON, ORACLE_PRIVATE_KEY: KEY, ORACLE_ADDRESS: ORACLE }).oracle).to.equal(ORACLE);
  });

  it("wants one of the two, and no contradiction", () => {
    expect(problemsOf(readIngestConfig, COMMON)[0]).to.match(/^ORACLE_ADDRESS: missing/u);
    const other = `0x${"22".repeat(20)}`;
    const [problem] = problemsOf(readIngestConfig, { ...COMMON, ORACLE_PRIVATE_KEY: KEY, ORACLE_ADDRESS: other });
    expect(problem).to.include(other).and.include(ORACLE).and.not.include("1111");
  });

  it("wants a Redis, and shows no password of one that it cannot use", () => {
    const { REDIS_URL: _, ...rest } = COMMON;
    expect(problemsOf(readIngestConfig, { ...rest, ORACLE_ADDRESS: ORACLE })[0]).to.match(/^REDIS_URL: missing/u);
    const [problem] = problemsOf(readIngestConfig, { ...COMMON, REDIS_URL: "http://user:secret@127.0.0.1" });
    expect(problem)
      .to.match(/^REDIS_URL: got .* wants a URL that begins with redis/u)
      .and.not.include("secret");
  });

  it("takes a name and a password for the broker, both or neither", () => {
    const complete = { ...COMMON, ORACLE_ADDRESS: ORACLE };
    const config = readIngestConfig({ ...complete, BROKER_USERNAME: "workers", BROKER_PASSWORD: "hidden" });
    expect([config.brokerUsername, config.brokerPassword?.reveal()]).to.deep.equal(["workers", "hidden"]);
    expect(JSON.stringify(config)).to.not.include("hidden");
    expect(problemsOf(readIngestConfig, { ...complete, BROKER_USERNAME: "workers" })[0]).to.match(/BROKER_PASSWORD/u);
  });
});

describe("an oracle's configuration with ingest workers", () => {
  const complete = { ...COMMON, ORACLE_PRIVATE_KEY: KEY };

  it("hears by itself unless told otherwise", () => {
    expect(readOracleConfig(complete).ingest).to.equal("own");
    expect(readOracleConfig({ ...complete, ORACLE_INGEST: "external" }).ingest).to.equal("external");
  });

  it("leaves hearing to others only with a Redis", () => {
    const { REDIS_URL: _, ...rest } = complete;
    expect(problemsOf(readOracleConfig, { ...rest, ORACLE_INGEST: "external" })[0]).to.match(/^REDIS_URL: missing/u);
    expect(problemsOf(readOracleConfig, rest)).to.deep.equal([]);
  });
});
