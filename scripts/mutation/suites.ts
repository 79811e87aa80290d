import { createRequire } from "node:module";

import type { Artifact } from "./compiler.js";

/** How one test of a file went. */
export interface TestOutcome {
  /** `file Suite test`. */
  readonly name: string;
  readonly file: string;
  readonly hasPassed: boolean;
  readonly reason: string;
}

interface SuiteResult {
  readonly id: Artifact["id"];
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly reason?: string }[];
}

/** The part of Hardhat's test runner that is used here. */
interface Runner {
  readonly L1_CHAIN_TYPE: string;
  readonly FsAccessPermission: { readonly ReadDirectory: number };
  readonly EdrContext: new () => RunnerContext;
  l1SolidityTestRunnerFactory(): unknown;
}

interface RunnerContext {
  registerSolidityTestRunnerFactory(chainType: string, factory: unknown): Promise<void>;
  runSolidityTests(
    chainType: string,
    artifacts: readonly unknown[],
    suites: readonly Artifact["id"][],
    options: unknown,
    tracing: unknown,
    onSuite: (result: SuiteResult) => void,
  ): Promise<unknown>;
}

/** Hardhat brings it along, and its own test task offers no way to replace the bytecode of a contract. */
const runner = createRequire(createRequire(import.meta.url).resolve("hardhat/package.json"))(
  "@nomicfoundation/edr",
) as Runner;

/** A test that needs more than this is taken for endless. */
const GAS_LIMIT = 20_000_000_000n;

/** Always the same, so that the same mutant has the same fate. */
const SEED = `0x${"1".padStart(64, "0")}`;

const READABLE = ["vectors", "node_modules/@uniswap/v3-core/artifacts"];

export function isSuite({ contract }: Artifact): boolean {
  if (contract.bytecode === "0x") return false;
  const members = JSON.parse(contract.abi) as readonly { readonly type: string; readonly name?: string }[];
  return members.some(({ type, name = "" }) => type === "function" && name.startsWith("test"));
}

/** Runs Solidity tests on bytecode that was never written to disk. */
export class Suites {
  constructor(
    private readonly root: string,
    private readonly fuzzRuns: number,
  ) {}

  /** Runs all tests that stand in `files`; `artifacts` are these and everything that they create. */
  async run(artifacts: readonly Artifact[], files: ReadonlySet<string>): Promise<TestOutcome[]> {
    const suites = artifacts.filter((artifact) => files.has(artifact.id.source) && isSuite(artifact));
    if (suites.length === 0) return [];
    const context = await theContext();
    const results = await collected(suites.length, (onSuite) =>
      context.runSolidityTests(
        runner.L1_CHAIN_TYPE,
        artifacts.filter(({ id }) => files.has(id.source) || !id.source.endsWith(".t.sol")).map(linkless),
        suites.map(({ id }) => id),
        this.#options(),
        { buildInfos: [], ignoreContracts: false },
        onSuite,
      ),
    );
    return results.flatMap(({ id, testResults }) =>
      testResults.map(({ name, status, reason = "" }) => ({
        name: `${id.source} ${id.name} ${name}`,
        file: id.source,
        hasPassed: status === "Success",
        reason,
      })),
    );
  }

  #options(): unknown {
    return {
      projectRoot: this.root,
      hardfork: "osaka",
      fsPermissions: READABLE.map((path) => ({ access: runner.FsAccessPermission.ReadDirectory, path })),
      gasLimit: GAS_LIMIT,
      disableBlockGasLimit: true,
      disableTransactionGasCap: true,
      fuzz: { runs: this.fuzzRuns, seed: SEED },
    };
  }
}

let context: Promise<RunnerContext> | undefined;

/** There can be one in a process. */
const theContext = (): Promise<RunnerContext> => (context ??= newContext());

async function newContext(): Promise<RunnerContext> {
  const context = new runner.EdrContext();
  await context.registerSolidityTestRunnerFactory(runner.L1_CHAIN_TYPE, runner.l1SolidityTestRunnerFactory());
  return context;
}

const linkless = ({ id, contract }: Artifact): unknown => ({
  id,
  contract: { ...contract, linkReferences: {}, deployedLinkReferences: {} },
});

/** The results of `count` suites; the last of them may come after the run's own promise. */
function collected(count: number, run: (onSuite: (result: SuiteResult) => void) => Promise<unknown>) {
  return new Promise<SuiteResult[]>((resolve, reject) => {
    const results: SuiteResult[] = [];
    run((result) => {
      results.push(result);
      if (results.length === count) resolve(results);
    }).catch(reject);
  });
}
