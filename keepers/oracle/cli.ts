import { Command, CommanderError } from "commander";

import { type Deployment, readDeployment } from "../chain/deployment.js";
import type { Clock } from "../core/clock.js";
import type { Environment } from "../core/config.js";
import type { Disk } from "../core/disk.js";
import { ConfigError, describeError } from "../core/errors.js";
import { installSignalHandlers, Lifecycle } from "../core/lifecycle.js";
import { createLogger, type Logger, type LogLevel } from "../core/logger.js";
import { MetricsServer } from "../core/metricsServer.js";
import type { Random } from "../core/random.js";
import type { SignalTarget } from "../core/signals.js";
import { openSigner, warnOfPlainKey } from "../keys/openSigner.js";
import { type OracleConfig, readOracleConfig } from "./config.js";
import { type IngestConfig, readIngestConfig } from "./ingestConfig.js";
import { wireIngestWorker } from "./ingestWiring.js";
import { createIngestMetrics } from "./metrics/ingestMetrics.js";
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

interface Flags {
  readonly check?: boolean;
  readonly json?: boolean;
}

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
    .option("--check", "only check the configuration and the deployment")
    .option("--json", "log one JSON object a line")
    .action(async (flags: Flags) => {
      outcome = flags.check
        ? await check(dependencies)
        : await run("oracle", flags, readOracleConfig, openOracle, dependencies);
    });
  program
    .command("ingest")
    .description("Ingest worker: hears nodes for an oracle, with others like it, and marks their slots in Redis.")
    .addHelpText("after", helpText)
    .action(async () => {
      const flags = program.opts<Flags>();
      outcome = flags.check
        ? await checkIngest(dependencies)
        : await run("ingest", flags, readIngestConfig, openIngest, dependencies);
    });
  try {
    await program.parseAsync(args, { from: "user" });
    return outcome;
  } catch (error) {
    return report(error, dependencies);
  }
}

async function check({ environment, disk, output, clock }: CliDependencies): Promise<number> {
  const config = readOracleConfig(environment);
  const { chainId } = await readDeployment(config.deployment, { disk });
  const { address } = await openSigner(config.key, { clock });
  output.write(`oracle ${address} on chain ${chainId}: the configuration is complete\n`);
  return ExitCode.OK;
}

async function checkIngest({ environment, disk, output }: CliDependencies): Promise<number> {
  const config = readIngestConfig(environment);
  const { chainId } = await readDeployment(config.deployment, { disk });
  output.write(`ingest worker of oracle ${config.oracle} on chain ${chainId}: the configuration is complete\n`);
  return ExitCode.OK;
}

/** A process that was wired: what starts it, and what ends it. */
interface Opened {
  start(): Promise<void>;
  close(): Promise<void>;
}

interface OpenDependencies extends CliDependencies {
  readonly deployment: Deployment;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

type Open<C> = (config: C, dependencies: OpenDependencies) => Promise<Opened>;

const openOracle: Open<OracleConfig> = async (config, dependencies) => {
  const { logger } = dependencies;
  warnOfPlainKey(config.key, dependencies);
  const wired = await wireOracle(config, dependencies);
  const { oracle } = wired;
  const start = async () => {
    oracle.onEvent((event) => {
      logger.info("epoch", { ...event });
    });
    await oracle.start();
    logger.info("the oracle is at work", { oracle: oracle.status.oracle, api: oracle.apiUrl });
  };
  return { start, close: () => wired.close() };
};

const openIngest: Open<IngestConfig> = async (config, dependencies) => {
  warnOfPlainKey(config.key, dependencies);
  const wired = await wireIngestWorker(config, dependencies);
  const { metricsHost: host, metricsPort: port } = config;
  let metrics: MetricsServer | undefined;
  const start = async () => {
    if (port !== undefined) {
      metrics = await MetricsServer.start(
        { host, port },
        { metrics: createIngestMetrics(wired.worker, { process: true }) },
      );
      dependencies.logger.info("metrics are served", { url: metrics.url });
    }
    await wired.worker.start();
    dependencies.logger.info("the ingest worker is at work", { oracle: config.oracle });
  };
  const close = async () => {
    await wired.close();
    await metrics?.close();
  };
  return { start, close };
};

async function run<C extends { readonly logLevel: LogLevel; readonly deployment: string }>(
  name: string,
  { json }: Flags,
  readConfig: (environment: Environment) => C,
  open: Open<C>,
  dependencies: CliDependencies,
): Promise<number | undefined> {
  const { environment, clock, disk, signals } = dependencies;
  const config = readConfig(environment);
  const logger = createLogger({ name, level: config.logLevel, format: json ? "json" : "pretty" }, { clock });
  const deployment = await readDeployment(config.deployment, { disk });
  const lifecycle = new Lifecycle({ closeTimeoutMs }, { clock, logger });
  const forget = installSignalHandlers(lifecycle, { target: signals, clock, logger });
  try {
    const opened = await open(config, { ...dependencies, deployment, logger, signal: lifecycle.signal });
    lifecycle.onClose(name, () => opened.close());
    await opened.start();
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
