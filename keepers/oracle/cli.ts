import { Command, CommanderError } from "commander";

import { readDeployment } from "../chain/deployment.js";
import type { Clock } from "../core/clock.js";
import type { Environment } from "../core/config.js";
import type { Disk } from "../core/disk.js";
import { ConfigError, describeError } from "../core/errors.js";
import { installSignalHandlers, Lifecycle } from "../core/lifecycle.js";
import { createLogger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { SignalTarget } from "../core/signals.js";
import { SigningKey } from "../protocol/signing.js";
import { readOracleConfig } from "./config.js";
import { wireOracle } from "./wiring.js";

/** What the command line touches outside itself. */
export interface CliDependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly output: { write(text: string): unknown };
  readonly errors: { write(text: string): unknown };
  readonly signals: SignalTarget;
}

/** Ends of the command, for scripts and service managers. */
export const ExitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const;

const closeTimeoutMs = 4_000;

const helpText = `
Configuration comes from the environment; .env.example explains every variable.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration.`;

/** Runs the command; undefined while the oracle goes on running, or else the exit code. Never rejects. */
export async function runCli(args: readonly string[], dependencies: CliDependencies): Promise<number | undefined> {
  let outcome: number | undefined = ExitCode.OK;
  const { output, errors } = dependencies;
  const program = new Command("oracle")
    .description("Oracle: hears nodes, agrees with the other oracles on every epoch, commits it, and serves proofs.")
    .option("--check", "only check the configuration and the deployment")
    .option("--json", "log one JSON object a line")
    .addHelpText("after", helpText)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.write(text);
      },
      writeErr: (text) => {
        errors.write(text);
      },
    })
    .action(async (flags: { readonly check?: boolean; readonly json?: boolean }) => {
      outcome = flags.check ? await check(dependencies) : await run(flags.json ?? false, dependencies);
    });
  try {
    await program.parseAsync(args, { from: "user" });
    return outcome;
  } catch (error) {
    return report(error, dependencies);
  }
}

async function check({ environment, disk, output }: CliDependencies): Promise<number> {
  const config = readOracleConfig(environment);
  const { chainId } = await readDeployment(config.deployment, { disk });
  const { address } = new SigningKey(config.privateKey.reveal());
  output.write(`oracle ${address} on chain ${chainId}: the configuration is complete\n`);
  return ExitCode.OK;
}

async function run(json: boolean, dependencies: CliDependencies): Promise<number | undefined> {
  const { environment, clock, disk, signals } = dependencies;
  const config = readOracleConfig(environment);
  const logger = createLogger({ name: "oracle", level: config.logLevel, format: json ? "json" : "pretty" }, { clock });
  const deployment = await readDeployment(config.deployment, { disk });
  const lifecycle = new Lifecycle({ closeTimeoutMs }, { clock, logger });
  const forget = installSignalHandlers(lifecycle, { target: signals, clock, logger });
  try {
    const { signal } = lifecycle;
    const wired = await wireOracle(config, { ...dependencies, deployment, logger, signal });
    const { oracle } = wired;
    lifecycle.onClose("oracle", () => wired.close());
    oracle.onEvent((event) => {
      logger.info("epoch", { ...event });
    });
    await oracle.start();
    logger.info("the oracle is at work", { oracle: oracle.status.oracle, api: oracle.apiUrl });
  } catch (error) {
    if (lifecycle.signal.aborted) return undefined;
    forget();
    await lifecycle.close();
    throw error;
  }
}

function report(error: unknown, { errors }: CliDependencies): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  errors.write(`${error instanceof ConfigError ? error.message : describeError(error)}\n`);
  return error instanceof ConfigError ? ExitCode.USAGE : ExitCode.FAILED;
}
