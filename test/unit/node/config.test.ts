import { expect } from "chai";
import { parseEther } from "ethers";
import { ConfigError } from "../../../keepers/core/errors.js";
import { readNodeConfig } from "../../../keepers/node/config.js";

const privateKey = `0x${"42".repeat(32)}`;
const least = {
  NODE_PRIVATE_KEY: privateKey,
  RPC_URL: "http://127.0.0.1:8545",
  DEPLOYMENT: "deploy/deployments/chain-31337",
  ORACLE_URLS: "http://127.0.0.1:7001, https://oracle.example",
};

function problems(environment: Record<string, string>): readonly string[] {
  try {
    readNodeConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("node configuration", () => {
  it("needs a key, a chain, a deployment and oracles, and has a default for the rest", () => {
    const { key, dataDir, ...rest } = readNodeConfig(least);
    expect(key.kind === "plain" && key.key.reveal()).to.equal(privateKey);
    expect(dataDir).to.match(/^\/.*data\/node$/u);
    expect(rest).to.deep.equal({
      rpcUrl: "http://127.0.0.1:8545",
      deployment: "deploy/deployments/chain-31337",
      oracleUrls: ["http://127.0.0.1:7001", "https://oracle.example"],
      operator: undefined,
      heartbeatIntervalMs: undefined,
      blockRefreshMs: 4_000,
      maximumBlockAgeMs: 120_000,
      httpTimeoutMs: 5_000,
      autoClaim: "off",
      autoClaimMinimum: parseEther("10"),
      autoClaimEpochs: undefined,
      claimer: undefined,
      engine: "off",
      dockerSocket: "/var/run/docker.sock",
      offeredMilliCpu: undefined,
      offeredMemoryMiB: undefined,
      offeredDiskMiB: undefined,
      offeredGpus: 0,
      volumesFolder: undefined,
      deeployUrls: [],
      jobPollMs: 2_000,
      redisUrl: undefined,
      onExit: "keep",
      country: undefined,
      tags: [],
      gatewayHost: "127.0.0.1",
      gatewayPort: 8_480,
      gatewayDomain: undefined,
      gatewayKeyFile: undefined,
      gatewayCertificateFile: undefined,
      gatewayUrl: undefined,
      tunnel: "off",
      tunnelProgram: "cloudflared",
      tunnelToken: undefined,
      tunnelUrl: undefined,
      metricsHost: "127.0.0.1",
      metricsPort: undefined,
      logLevel: "info",
    });
  });

  it("lists everything that is wrong at once, and shows no secret", () => {
    const told = problems({
      NODE_PRIVATE_KEY: "my key",
      ORACLE_URLS: "ftp://oracle",
      HEARTBEAT_INTERVAL: "20s",
      AUTO_CLAIM: "on",
      AUTO_CLAIM_MINIMUM: "1e3",
      AUTO_CLAIM_EVERY: "3",
    });
    const names = ["NODE_PRIVATE_KEY", "RPC_URL", "DEPLOYMENT", "ORACLE_URLS", "HEARTBEAT_INTERVAL"];
    names.push("AUTO_CLAIM_MINIMUM", "AUTO_CLAIM_EVERY", "CLAIMER_PRIVATE_KEY");
    expect(told.map((line) => line.split(":")[0])).to.deep.equal(names);
    expect(told.join()).to.not.contain("my key");
  });

  it("wants exactly one source of the key, and a keystore's password", () => {
    const { NODE_PRIVATE_KEY: _, ...none } = least;
    expect(problems(none)).to.have.length(1);
    expect(problems(none)[0]).to.match(/^NODE_PRIVATE_KEY: missing/u);
    expect(problems({ ...least, NODE_KEYSTORE: "key.json" })[0]).to.match(/^NODE_KEYSTORE: .*only one/u);
    expect(problems({ ...none, NODE_KEYSTORE: "key.json" })[0]).to.match(/^NODE_KEYSTORE_PASSWORD: missing/u);
    expect(problems({ ...none, NODE_KEYSTORE: "key.json", NODE_KEYSTORE_PASSWORD: "x" })).to.deep.equal([]);
  });

  it("wants key and certificate, token and URL together, and no TLS behind a tunnel", () => {
    const names = (environment: Record<string, string>): (string | undefined)[] =>
      problems({ ...least, ...environment }).map((line) => line.split(":")[0]);
    expect(names({ GATEWAY_TLS_KEY: "key.pem" })).to.deep.equal(["GATEWAY_TLS_KEY and GATEWAY_TLS_CERT"]);
    expect(names({ TUNNEL_URL: "https://node.example" })).to.deep.equal(["TUNNEL_TOKEN and TUNNEL_URL"]);
    const both = { GATEWAY_TLS_KEY: "key.pem", GATEWAY_TLS_CERT: "cert.pem" };
    expect(names(both)).to.deep.equal([]);
    expect(names({ ...both, TUNNEL: "cloudflared" })).to.deep.equal(["GATEWAY_TLS_KEY"]);
    const named = { TUNNEL: "cloudflared", TUNNEL_TOKEN: "pass-phrase", TUNNEL_URL: "https://node.example" };
    expect(names(named)).to.deep.equal([]);
    expect(String(readNodeConfig({ ...least, ...named }).tunnelToken)).to.not.include("pass-phrase");
  });

  it("needs to know what jobs may have, and who knows them, where there shall be jobs", () => {
    expect(problems({ ...least, NODE_ENGINE: "docker" }).map((line) => line.split(":")[0])).to.deep.equal([
      "NODE_MILLI_CPU",
      "NODE_MEMORY_MIB",
      "NODE_DISK_MIB",
      "DEEPLOY_URLS",
    ]);
    const offer = { NODE_MILLI_CPU: "2000", NODE_MEMORY_MIB: "4096", NODE_DISK_MIB: "8192" };
    const jobs = { ...least, ...offer, NODE_ENGINE: "docker", DEEPLOY_URLS: "http://127.0.0.1:9" };
    expect(problems(jobs)).to.deep.equal([]);
    expect(problems({ ...jobs, NODE_COUNTRY: "Germany", NODE_TAGS: "ssd,BIG" })).to.have.length(2);
  });

  it("reads amounts of R1 in wei", () => {
    const config = readNodeConfig({
      ...least,
      AUTO_CLAIM: "on",
      AUTO_CLAIM_MINIMUM: "12.5",
      AUTO_CLAIM_EPOCHS: "30",
      CLAIMER_PRIVATE_KEY: privateKey,
    });
    expect(config).to.include({ autoClaim: "on", autoClaimMinimum: 125n * 10n ** 17n, autoClaimEpochs: 30 });
  });
});
