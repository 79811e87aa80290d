import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect } from "chai";
import { optional, readConfig, required, withDefault } from "../../../keepers/core/config.js";
import { ConfigError } from "../../../keepers/core/errors.js";
import type { Secret } from "../../../keepers/core/secret.js";
import * as kinds from "../../../keepers/core/variableKinds.js";

/** Hardhat's first development key and its address. */
const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const checksummed = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error).to.include({ code: "CONFIG_INVALID", retriable: false });
    for (const problem of error.problems) expect(error.message).to.include(problem);
    return error.problems;
  }
}

function read<T>(kind: kinds.VariableKind<T>, value: string): T {
  return readConfig({ value: required("R1_VALUE", kind) }, { R1_VALUE: value }).value;
}

describe("readConfig", () => {
  it("takes what is there, the default of what is absent, and nothing for an optional one", () => {
    const specification = {
      rpcUrl: required("R1_RPC_URL", kinds.url(["http"])),
      port: withDefault("R1_PORT", kinds.port(), 8545),
      level: withDefault("R1_LOG_LEVEL", kinds.oneOf(["info", "debug"]), "info"),
      name: optional("R1_NAME", kinds.text()),
    };
    const config = readConfig(specification, {
      R1_RPC_URL: " http://localhost:8545 ",
      R1_LOG_LEVEL: "debug",
      R1_PORT: "",
    });
    const typed: { rpcUrl: string; port: number; level: "info" | "debug"; name: string | undefined } = config;
    expect(typed).to.deep.equal({ rpcUrl: "http://localhost:8545", port: 8545, level: "debug", name: undefined });
  });

  it("lists every problem at once: the variable, what it got, what it wants", () => {
    const specification = {
      rpcUrl: required("R1_RPC_URL", kinds.url(["http", "https"])),
      ledger: required("R1_LEDGER", kinds.address()),
      key: required("R1_KEY", kinds.privateKey()),
      port: withDefault("R1_PORT", kinds.port(), 1),
    };
    const environment = { R1_RPC_URL: "ftp://user:hidden@host", R1_KEY: "hidden", R1_PORT: "65536" };
    expect(problemsOf(() => readConfig(specification, environment))).to.deep.equal([
      'R1_RPC_URL: got "ftp://***@host", wants a URL that begins with http:// or https://',
      "R1_LEDGER: missing, wants an address: 0x and 40 hexadecimal digits, checksum right when in mixed case",
      "R1_KEY: got a value of 6 characters (hidden), wants a private key: 0x and 64 hexadecimal digits, within the curve's order",
      'R1_PORT: got "65536", wants a whole number from 0 to 65535',
    ]);
  });

  it("shows no more than the beginning of a long value", () => {
    const [problem] = problemsOf(() => read(kinds.port(), "9".repeat(5_000)));
    expect(problem?.length).to.be.lessThan(200);
  });

  it("reports misspelt variables with its prefix, but not those of other processes", () => {
    const specification = { port: withDefault("R1_PORT", kinds.port(), 1) };
    const environment = { R1_PROT: "5", R1_OTHER: "x", PATH: "/bin" };
    expect(
      problemsOf(() => readConfig(specification, environment, { prefix: "R1_", alsoKnown: ["R1_OTHER"] })),
    ).to.deep.equal(["R1_PROT: unknown variable; this process reads R1_OTHER, R1_PORT"]);
    expect(readConfig(specification, environment)).to.deep.equal({ port: 1 });
  });
});

describe("variable kinds", () => {
  const accepted: readonly [string, kinds.VariableKind<unknown>, string, unknown][] = [
    ["text", kinds.text(3), "abc", "abc"],
    ["url", kinds.url(["mqtt", "ws"]), "ws://broker:1883/path", "ws://broker:1883/path"],
    ["address, checksummed", kinds.address(), checksummed, checksummed.toLowerCase()],
    ["address, lower-case", kinds.address(), checksummed.toLowerCase(), checksummed.toLowerCase()],
    ["integer, negative", kinds.integer(-5, 5), "-5", -5],
    ["integer, largest", kinds.integer(0, Number.MAX_SAFE_INTEGER), "9007199254740991", 9007199254740991],
    ["duration in milliseconds", kinds.duration(0, 1e9), "500ms", 500],
    ["duration in seconds", kinds.duration(0, 1e9), "20s", 20_000],
    ["duration in minutes", kinds.duration(0, 1e9), "5m", 300_000],
    ["duration in hours", kinds.duration(0, 1e9), "24h", 86_400_000],
    ["duration in days", kinds.duration(0, 1e9), "7d", 604_800_000],
    ["flag, true", kinds.flag(), "true", true],
    ["flag, false", kinds.flag(), "false", false],
    ["oneOf", kinds.oneOf(["a", "b"]), "b", "b"],
    ["list", kinds.listOf(kinds.port(), 3), "1, 2,3", [1, 2, 3]],
  ];
  for (const [name, kind, text, value] of accepted) {
    it(`accepts ${name}: ${text}`, () => {
      expect(read(kind, text)).to.deep.equal(value);
    });
  }

  const refused: readonly [string, kinds.VariableKind<unknown>, readonly string[]][] = [
    ["text", kinds.text(3), ["abcd"]],
    ["url", kinds.url(["http"]), ["https://host", "http://", "host:80", "//host"]],
    ["address", kinds.address(), [checksummed.replace("F", "f"), checksummed.slice(2), "0x12", `${checksummed}00`]],
    ["integer", kinds.integer(1, 10), ["0", "11", "1.5", "1e1", "0x5", "five", "+5", "99999999999999999999"]],
    ["duration", kinds.duration(1_000, 60_000), ["999ms", "61s", "5", "s", "1.5s", "1 s", "-5s", "1w"]],
    ["flag", kinds.flag(), ["1", "yes", "TRUE"]],
    ["oneOf", kinds.oneOf(["a", "b"]), ["c", "A", "a,b"]],
    ["list", kinds.listOf(kinds.port(), 2), ["1,2,3", "1,,2", "1,x"]],
    ["private key", kinds.privateKey(), [key.slice(2), `${key}0`, `0x${"0".repeat(64)}`, `0x${"f".repeat(64)}`]],
  ];
  for (const [name, kind, texts] of refused) {
    for (const text of texts) {
      it(`refuses ${name}: ${text.slice(0, 30)}`, () => {
        expect(problemsOf(() => read(kind, text))).to.have.length(1);
      });
    }
  }

  it("never shows a private key or secret text, whatever is done with it", () => {
    const shown = (secret: Secret): string =>
      [
        String(secret),
        JSON.stringify({ secret }),
        inspect({ secret }, { depth: 9, showHidden: true }),
        secret.toString(),
      ].join();
    expect(read(kinds.privateKey(), key).reveal()).to.equal(key);
    expect(shown(read(kinds.privateKey(), key))).to.not.include(key.slice(2, 12));
    expect(inspect(read(kinds.secretText(), "hunter2"))).to.equal("[secret]");
    expect(shown(read(kinds.secretText(), "hunter2"))).to.not.include("hunter2");
    const [problem] = problemsOf(() => read(kinds.listOf(kinds.privateKey(), 2), `${key},${key}0`));
    expect(problem).to.not.include(key.slice(2, 12));
  });

  it("accepts a folder that exists or not, made absolute, and refuses a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "r1-config-"));
    writeFileSync(join(folder, "file"), "");
    expect(read(kinds.directory(), folder)).to.equal(folder);
    expect(read(kinds.directory(), `${folder}/a/../new`)).to.equal(join(folder, "new"));
    expect(read(kinds.directory(), "data")).to.equal(join(process.cwd(), "data"));
    expect(problemsOf(() => read(kinds.directory(), join(folder, "file")))).to.have.length(1);
    rmSync(folder, { recursive: true });
  });
});
