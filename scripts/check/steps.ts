import { existsSync, globSync } from "node:fs";
import { basename } from "node:path";

/** One named check: a command that succeeds with status 0. */
export interface Step {
  readonly name: string;
  readonly title: string;
  /** Program and arguments; programs are found in node_modules/.bin. */
  readonly command: readonly string[];
  /** The command writes the totals of its tests for the final line, and there must be some. */
  readonly hasTests?: boolean;
  /** A file the step is about: without it the step is left out, but under CI it fails. */
  readonly needs?: string;
}

const KEEPER_TESTS = "test/{unit,simulation,findings}/**/*.test.ts";
const FORK_TESTS = "test/fork/**";
const DOCKER_TESTS = "test/docker/**/*.test.ts";

const script = (path: string, ...args: string[]): string[] => ["node", "--import", "tsx", path, ...args];

/**
 * Every `.test.ts` that is not a keeper test runs inside Hardhat, so that a test file in a new folder is never forgotten.
 * Fork tests are apart: they start nodes of their own; and so are those that need Docker and no contracts.
 */
const hardhatMochaTests = (): string[] =>
  globSync("test/**/*.test.ts", { exclude: [KEEPER_TESTS, FORK_TESTS, DOCKER_TESTS] }).sort();

/** Longest for one test, on a busy machine. */
const DOCKER_TEST_MS = 120_000;

/** Hardhat keeps the chain state of every test it ran until the process ends, up to a gigabyte a file. */
const SOLIDITY_FILES_AT_ONCE = 6;

const soliditySteps = (): Step[] => {
  const files = globSync("test/**/*.t.sol").sort();
  const groups = Array.from({ length: Math.ceil(files.length / SOLIDITY_FILES_AT_ONCE) }, (_, group) =>
    files.slice(group * SOLIDITY_FILES_AT_ONCE, (group + 1) * SOLIDITY_FILES_AT_ONCE),
  );
  return groups.map((group, index) => ({
    name: `solidity-tests-${index + 1}`,
    title: "unit, fuzz and invariant tests in Solidity",
    command: script("scripts/check/hardhatTests.ts", "solidity", ...group),
    hasTests: true,
  }));
};

const mocha = (tests: string, ...options: string[]): string[] => [
  ...script("node_modules/mocha/bin/mocha.js"),
  ...["--forbid-only", "--forbid-pending", "--reporter", "scripts/check/reporter.ts", ...options, tests],
];

const vectorSteps = (): Step[] =>
  [...new Set(["scripts/vectors.ts", ...globSync("scripts/vectors*.ts").sort()])].map((path) => ({
    name: basename(path, ".ts"),
    title: "shared vectors are what the code makes",
    command: script(path, "--check"),
    needs: path,
  }));

/** All checks in the order they run: the quick ones first, and what reads compiled contracts after the compiler. */
export const allSteps = (): Step[] => [
  { name: "format", title: "formatting", command: ["prettier", "--check", "--log-level", "warn", ...FORMATTED] },
  { name: "solhint", title: "Solidity lint", command: solhint() },
  { name: "compile", title: "contracts compile without warnings", command: script("scripts/check/compile.ts") },
  { name: "types", title: "TypeScript types", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "eslint", title: "TypeScript lint", command: ["eslint", "--max-warnings", "0", "."] },
  {
    name: "layers",
    title: "layers and cycles",
    command: ["depcruise", "--config", ".dependency-cruiser.cjs", ...layered()],
  },
  { name: "unused", title: "dead code and dependencies", command: ["knip"] },
  {
    name: "supply-chain",
    title: "lock file, install scripts and licences",
    command: script("scripts/check/supplyChain.ts"),
  },
  { name: "audit", title: "known weaknesses of packages", command: script("scripts/check/audit.ts") },
  ...vectorSteps(),
  ...soliditySteps(),
  {
    name: "services",
    title: "the services that tests start are installed",
    command: script("scripts/check/services.ts"),
  },
  { name: "formal", title: "proofs about the contracts", command: script("scripts/formal/main.ts") },
  { name: "keeper-tests", title: "unit tests of the keepers", command: mocha(KEEPER_TESTS), hasTests: true },
  {
    name: "docker-tests",
    title: "containers on a real Docker daemon",
    command: mocha(DOCKER_TESTS, "--timeout", String(DOCKER_TEST_MS)),
    hasTests: true,
  },
  {
    name: "contract-tests",
    title: "contract and integration tests",
    command: script("scripts/check/hardhatTests.ts", "mocha", ...hardhatMochaTests()),
    hasTests: true,
  },
  {
    name: "fork-tests",
    title: "a deployment with a past, forked, and check:deployment",
    command: script("scripts/check/hardhatTests.ts", "mocha", ...globSync(`${FORK_TESTS}/*.test.ts`).sort()),
    hasTests: true,
  },
  {
    name: "gas",
    title: "gas against the committed snapshot",
    command: ["npm", "run", "--silent", "bench:gas", "--", "--check"],
    needs: "bench/gas",
  },
];

/** What prettier formats, for the check and for `--fix`. */
export const FORMATTED: readonly string[] = ["**/*.{ts,js,mjs,cjs,json,md,sol}"];

function solhint(): string[] {
  const sources = globSync(["contracts/**/*.sol", "test/**/*.sol"]).sort();
  return ["solhint", "--disc", "--noPoster", "--max-warnings", "0", ...sources];
}

function layered(): string[] {
  return ["keepers", "sdk", "deploy", "tasks", "scripts", "sim", "soak", "bench", "test", "hardhat.config.ts"].filter(
    (path) => existsSync(path),
  );
}
