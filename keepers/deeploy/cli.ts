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
import { openKey, warnOfPlainKey } from "../keys/openSigner.js";
import { type DeeployConfig, readDeeployConfig } from "./config.js";
import { wireDeeploy } from "./wiring.js";

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
const ExitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const;

interface Flags {
  readonly check?: boolean;
  readonly json?: boolean;
}

const CLOSE_TIMEOUT_MS = 4_000;

const HELP = `
Configuration comes from the environment; .env.example explains every variable.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration.`;

/** Runs the command; undefined while the service goes on running, or else the exit code. Never rejects. */
export async function runCli(args: readonly string[], dependencies: CliDependencies): Promise<number | undefined> {
  let outcome: number | undefined = ExitCode.OK;
  const { output, errors } = dependencies;
  const program = new Command("deeploy")
    .description(
      "Deeploy: takes container jobs in, gives out the transactions that make them, and relays to their nodes.",
    )
    .addHelpText("after", HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.write(text);
      },
      writeErr: (text) => {
        errors.write(text);
      },
    })
    .option("--check", "only check the configuration and the deployment")
    .option("--json", "log one JSON object a line")
    .action(async (flags: Flags) => {
      const config = readDeeployConfig(dependencies.environment);
      if (flags.check) outcome = await check(config, dependencies);
      else outcome = await run(config, flags, dependencies);
    });
  try {
    await program.parseAsync(args, { from: "user" });
    return outcome;
  } catch (error) {
    return report(error, dependencies);
  }
}

async function check(config: DeeployConfig, { disk, output }: CliDependencies): Promise<number> {
  const { chainId } = await readDeployment(config.deployment, { disk });
  const { address } = await openKey(config.key);
  output.write(`Deeploy service ${address} on chain ${chainId}: the configuration is complete\n`);
  return ExitCode.OK;
}

async function run(config: DeeployConfig, { json }: Flags, dependencies: CliDependencies): Promise<number | undefined> {
  const { clock, disk, signals } = dependencies;
  const format = json ? "json" : "pretty";
  const logger = createLogger({ name: "deeploy", level: config.logLevel, format }, { clock });
  const deployment = await readDeployment(config.deployment, { disk });
  const lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_TIMEOUT_MS }, { clock, logger });
  const forget = installSignalHandlers(lifecycle, { target: signals, clock, logger });
  try {
    warnOfPlainKey(config.key, { logger });
    const wired = await wireDeeploy(config, { ...dependencies, deployment, logger, signal: lifecycle.signal });
    lifecycle.onClose("Deeploy", () => wired.close());
    const url = await wired.deeploy.start();
    logger.info("Deeploy is at work", { account: wired.account, url });
    return undefined;
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
