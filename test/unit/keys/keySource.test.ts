import { expect } from "chai";
import type { Environment } from "../../../keepers/core/config.js";
import { ConfigError } from "../../../keepers/core/errors.js";
import { readDeeployConfig } from "../../../keepers/deeploy/config.js";
import { readKeySource, requireKeySource } from "../../../keepers/keys/keySource.js";
import { readNodeConfig } from "../../../keepers/node/config.js";
import { readOracleConfig } from "../../../keepers/oracle/config.js";
import { readIngestConfig } from "../../../keepers/oracle/ingestConfig.js";
import { Folder } from "./folder.js";

const privateKey = `0x${"5c".repeat(32)}`;
const account = `0x${"ab".repeat(20)}`;
const production = { R1_ENV: "production" };

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const oracle = (environment: Environment): readonly string[] =>
  problemsOf(() => readKeySource({ prefix: "ORACLE" }, environment));
const names = (problems: readonly string[]): (string | undefined)[] => problems.map((line) => /^\w+/u.exec(line)?.[0]);

describe("where a key is", () => {
  let folder: Folder;
  let password: string;

  before(async () => {
    folder = await Folder.make();
    password = await folder.file("password", "correct horse\n");
  });

  after(() => folder.remove());

  it("is the environment, an encrypted file, or a remote signer", () => {
    const read = (environment: Environment) => readKeySource({ prefix: "ORACLE" }, environment);
    expect(read({})).to.equal(undefined);
    const plain = read({ ORACLE_PRIVATE_KEY: privateKey });
    expect(plain?.kind === "plain" && plain.key.reveal()).to.equal(privateKey);
    const file = read({ ...production, ORACLE_KEYSTORE: "k.json", ORACLE_KEYSTORE_PASSWORD_FILE: password });
    expect(file?.kind === "keystore" && file.password.reveal()).to.equal("correct horse");
    const url = "unix:///run/signer.sock";
    const remote = read({ ...production, ORACLE_SIGNER_URL: url, ORACLE_SIGNER_ADDRESS: account });
    expect(remote).to.deep.equal({ kind: "remote", url, address: account });
  });

  it("has to be somewhere where it is needed", () => {
    const [problem] = problemsOf(() => requireKeySource({ prefix: "ORACLE" }, {}));
    expect(problem).to.match(/^ORACLE_PRIVATE_KEY: missing.*ORACLE_KEYSTORE.*ORACLE_SIGNER_URL/u);
  });

  it("is not two places, nor half of one", () => {
    const both = {
      ORACLE_PRIVATE_KEY: privateKey,
      ORACLE_SIGNER_URL: "https://signer",
      ORACLE_SIGNER_ADDRESS: account,
    };
    expect(oracle(both)).to.deep.equal([
      "ORACLE_SIGNER_URL: given beside ORACLE_PRIVATE_KEY, wants only one of the two",
    ]);
    expect(names(oracle({ ORACLE_KEYSTORE: "k.json" }))).to.deep.equal(["ORACLE_KEYSTORE_PASSWORD"]);
    expect(names(oracle({ ORACLE_SIGNER_URL: "https://signer" }))).to.deep.equal(["ORACLE_SIGNER_URL"]);
    expect(names(oracle({ ORACLE_SIGNER_ADDRESS: account }))).to.deep.equal(["ORACLE_SIGNER_URL"]);
    const twice = { ORACLE_KEYSTORE: "k", ORACLE_KEYSTORE_PASSWORD: "x", ORACLE_KEYSTORE_PASSWORD_FILE: password };
    expect(names(oracle(twice))[0]).to.equal("ORACLE_KEYSTORE_PASSWORD_FILE");
  });

  it("is a signer's URL without a name and a password in it", () => {
    for (const url of ["https://me:hunter2@signer", "ftp://signer", "unix://host/path", "signer", "unix:///"]) {
      const [problem] = oracle({ ORACLE_SIGNER_URL: url, ORACLE_SIGNER_ADDRESS: account });
      expect(problem, url).to.match(/^ORACLE_SIGNER_URL: got/u);
      expect(problem).to.not.contain("hunter2");
    }
  });

  it("is neither the environment nor an open network in production", () => {
    expect(names(oracle({ ...production, ORACLE_PRIVATE_KEY: privateKey }))).to.deep.equal(["ORACLE_PRIVATE_KEY"]);
    const inside = { ORACLE_KEYSTORE: "k.json", ORACLE_KEYSTORE_PASSWORD: "correct horse" };
    expect(names(oracle({ ...production, ...inside }))).to.deep.equal(["ORACLE_KEYSTORE_PASSWORD"]);
    expect(oracle(inside)).to.deep.equal([]);
    const signer = (url: string) => oracle({ ...production, ORACLE_SIGNER_URL: url, ORACLE_SIGNER_ADDRESS: account });
    expect(names(signer("http://10.0.0.7:9000"))).to.deep.equal(["ORACLE_SIGNER_URL"]);
    expect(names(signer("http://127.0.0.1.evil.example:9000"))).to.deep.equal(["ORACLE_SIGNER_URL"]);
    for (const url of ["https://10.0.0.7:9000", "http://127.0.0.1:9000", "http://[::1]:9000", "unix:///run/s.sock"]) {
      expect(signer(url), url).to.deep.equal([]);
    }
    expect(names(oracle({ R1_ENV: "prod" }))).to.deep.equal(["R1_ENV"]);
  });

  it("is refused so by every process that reads a key", () => {
    const chain = { ...production, RPC_URL: "http://127.0.0.1:1", DEPLOYMENT: "d", BROKER_URL: "mqtt://127.0.0.1:1" };
    const processes: [string, () => unknown][] = [
      ["ORACLE", () => readOracleConfig({ ...chain, ORACLE_PRIVATE_KEY: privateKey })],
      [
        "ORACLE",
        () => readIngestConfig({ ...chain, REDIS_URL: "redis://127.0.0.1:1", ORACLE_PRIVATE_KEY: privateKey }),
      ],
      ["DEEPLOY", () => readDeeployConfig({ ...chain, DEEPLOY_PRIVATE_KEY: privateKey })],
      ["NODE", () => readNodeConfig({ ...chain, ORACLE_URLS: "http://127.0.0.1:1", NODE_PRIVATE_KEY: privateKey })],
      [
        "CLAIMER",
        () => {
          const node = { NODE_KEYSTORE: "k", NODE_KEYSTORE_PASSWORD_FILE: password, CLAIMER_PRIVATE_KEY: privateKey };
          return readNodeConfig({ ...chain, ...node, ORACLE_URLS: "http://127.0.0.1:1", AUTO_CLAIM: "on" });
        },
      ],
    ];
    for (const [prefix, read] of processes) {
      const problems = problemsOf(read);
      expect(problems, prefix).to.have.length(1);
      expect(problems[0]).to.match(new RegExp(`^${prefix}_PRIVATE_KEY: refused because R1_ENV is production`, "u"));
      expect(problems[0]).to.not.contain("5c5c");
    }
  });

  it("is not a remote signer where secrets are opened", () => {
    const remote = (prefix: string) => ({
      [`${prefix}_SIGNER_URL`]: "https://signer",
      [`${prefix}_SIGNER_ADDRESS`]: account,
    });
    const chain = { RPC_URL: "http://127.0.0.1:1", DEPLOYMENT: "d", BROKER_URL: "mqtt://127.0.0.1:1" };
    const deeploy = problemsOf(() => readDeeployConfig({ ...chain, ...remote("DEEPLOY") }));
    expect(deeploy[0]).to.match(/^DEEPLOY_SIGNER_URL: .*secrets/u);
    const node = { ...chain, ...remote("NODE"), ORACLE_URLS: "http://127.0.0.1:1" };
    expect(problemsOf(() => readNodeConfig(node))).to.deep.equal([]);
    expect(problemsOf(() => readNodeConfig({ ...node, NODE_ENGINE: "docker" })).join()).to.contain("NODE_SIGNER_URL");
  });
});
