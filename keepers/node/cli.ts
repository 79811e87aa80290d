import { Command, CommanderError } from "commander";
import type { Clock } from "../core/clock.js";
import { type Environment, optional, readConfig } from "../core/config.js";
import type { Disk } from "../core/disk.js";
import { ConfigError, describeError } from "../core/errors.js";
import { installSignalHandlers, Lifecycle } from "../core/lifecycle.js";
import { createLogger, type LogDestination } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { Secret } from "../core/secret.js";
import { secretText } from "../core/variableKinds.js";
import { MetricsServer } from "../core/metricsServer.js";
import type { SignalTarget } from "../core/signals.js";
import { openSigner, warnOfPlainKey } from "../keys/openSigner.js";
import { createKeystore } from "../keys/keystore.js";
import { formatDeed } from "../protocol/deedId.js";
import type { NodeChain, NodeChainDependencies, NodeChainOptions } from "./chainAccess.js";
import { type NodeConfig, readNodeConfig } from "./config.js";
import { createNodeMetrics, type NodeMetrics, readNodeMetrics } from "./metrics.js";
import { explainRefusal, NodeRefusedError } from "./standing.js";
import { wireDauth, type WiringDependencies, wireNode } from "./wiring.js";

/** What the command line touches outside itself. */
export interface CliDependencies {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly output: { write(text: string): unknown };
  readonly errors: { write(text: string): unknown };
  readonly askNewPassword: () => Promise<Secret>;
  readonly openChain: (options: NodeChainOptions, dependencies: NodeChainDependencies) => Promise<NodeChain>;
  readonly signals: SignalTarget;
  /** Default: standard output. */
  readonly logDestination?: LogDestination;
}

/** Ends of the command, for scripts and service managers. */
export const ExitCode = { OK: 0, FAILED: 1, USAGE: 2, REFUSED: 3 } as const;

const closeTimeoutMs = 4_000;
/** Containers that end with the node take their time; without them it ends as soon as everything else. */
const nodeCloseTimeoutMs = 32_000;
const defaultKeystore = "node-key.json";
const newKeySpecification = { password: optional("NODE_KEYSTORE_PASSWORD", secretText()) };

const helpText = `
Configuration comes from the environment; .env.example explains every variable.
Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused: the node has no valid deed.`;

/** Runs the command; undefined while the node goes on running, or else the exit code. Never rejects. */
export async function runCli(args: readonly string[], dependencies: CliDependencies): Promise<number | undefined> {
  let outcome: number | undefined = ExitCode.OK;
  const program = describeProgram(dependencies);
  program
    .option("--check", "only tell whether the node may work, and why not")
    .option("--json", "log one JSON object a line")
    .action(async (flags: Flags) => {
      outcome = flags.check ? await check(dependencies) : await run(flags, dependencies);
    });
  program
    .command("keygen")
    .description("write a new node key to an encrypted file (password: NODE_KEYSTORE_PASSWORD or …_FILE, or asked for)")
    .argument("[file]", "the file; never overwritten", defaultKeystore)
    .action((path: string) => keygen(path, dependencies));
  try {
    await program.parseAsync(args, { from: "user" });
    return outcome;
  } catch (error) {
    return report(error, dependencies);
  }
}

interface Flags {
  readonly check?: boolean;
  readonly json?: boolean;
}

function describeProgram({ output, errors }: CliDependencies): Command {
  return new Command("edge-node")
    .description("Edge node: proves its key to an oracle, sends heartbeats, and claims its owner's rewards if wanted.")
    .addHelpText("after", helpText)
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.write(text), writeErr: (text) => errors.write(text) });
}

async function run({ json = false }: Flags, dependencies: CliDependencies): Promise<number | undefined> {
  const config = readNodeConfig(dependencies.environment);
  const { clock, signals, logDestination } = dependencies;
  const format = json ? "json" : "pretty";
  const logger = createLogger(
    { name: "edge-node", level: config.logLevel, format },
    { clock, ...(logDestination === undefined ? {} : { destination: logDestination }) },
  );
  const lifecycle = new Lifecycle({ closeTimeoutMs }, { clock, logger });
  const forget = installSignalHandlers(lifecycle, { target: signals, clock, logger });
  try {
    for (const source of [config.key, config.claimer]) warnOfPlainKey(source, { logger });
    const parts = await openParts(config, { ...dependencies, logger }, lifecycle);
    const metrics = createNodeMetrics({ process: true });
    const node = wireNode(config, { ...parts, meter: metrics });
    readNodeMetrics(metrics, node, dependencies);
    lifecycle.onClose("node", () => node.close(), nodeCloseTimeoutMs);
    await serveMetrics(config, metrics, { ...dependencies, logger }, lifecycle);
    const { address } = parts.key;
    logger.info("starting", { node: address, chainId: parts.chain.chainId, oracles: config.oracleUrls });
    await node.start();
    logger.info("heartbeats are going out", { node: address });
    return undefined;
  } catch (error) {
    if (lifecycle.signal.aborted) return undefined;
    forget();
    await lifecycle.close();
    throw error;
  }
}

/** Only where a port is given. */
async function serveMetrics(
  { metricsHost: host, metricsPort: port }: NodeConfig,
  metrics: NodeMetrics,
  { logger }: Pick<WiringDependencies, "logger">,
  lifecycle: Lifecycle,
): Promise<void> {
  if (port === undefined) return;
  const server = await MetricsServer.start({ host, port }, { metrics });
  lifecycle.onClose("metrics", () => server.close());
  logger.info("metrics are served", { url: server.url });
}

async function check(dependencies: CliDependencies): Promise<number> {
  const { environment, clock, output } = dependencies;
  const config = readNodeConfig(environment);
  const logger = createLogger({ name: "edge-node", level: "silent" }, dependencies);
  const lifecycle = new Lifecycle({ closeTimeoutMs }, { clock });
  try {
    const parts = await openParts({ ...config, autoClaim: "off" }, { ...dependencies, logger }, lifecycle);
    const verdict = await wireDauth(config, parts).request();
    const applicant = { node: parts.key.address, operator: config.operator };
    if (verdict.kind === "refused") {
      output.write(`${explainRefusal(verdict.refusal, applicant)}\n`);
      return ExitCode.REFUSED;
    }
    const { deed, owner } = verdict.session;
    output.write(`node ${applicant.node} may work: ${formatDeed(deed)} of ${owner} is in order\n`);
    return ExitCode.OK;
  } finally {
    await lifecycle.close();
  }
}

async function openParts(
  config: NodeConfig,
  dependencies: CliDependencies & Pick<WiringDependencies, "logger">,
  lifecycle: Lifecycle,
): Promise<WiringDependencies> {
  const key = await openSigner(config.key, dependencies);
  const { rpcUrl, deployment, httpTimeoutMs: timeoutMs } = config;
  const claimerSource = config.autoClaim === "on" ? config.claimer : undefined;
  const claimer = claimerSource && (await openSigner(claimerSource, dependencies));
  const chain = await dependencies.openChain({ rpcUrl, deployment, timeoutMs, claimer }, dependencies);
  lifecycle.onClose("chain", () => chain.close());
  const { disk, clock, random, logger, environment } = dependencies;
  return { key, chain, disk, clock, random, logger, environment };
}

async function keygen(path: string, dependencies: CliDependencies): Promise<void> {
  const { password = await dependencies.askNewPassword() } = readConfig(newKeySpecification, dependencies.environment);
  const address = await createKeystore({ path, password }, dependencies);
  dependencies.output.write(`node ${address}: its key is in ${path}, encrypted. Keep the file and the password.\n`);
}

function report(error: unknown, { errors }: CliDependencies): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  errors.write(`${error instanceof ConfigError ? error.message : describeError(error)}\n`);
  if (error instanceof NodeRefusedError) return ExitCode.REFUSED;
  return error instanceof ConfigError ? ExitCode.USAGE : ExitCode.FAILED;
}
