import { resolve } from "node:path";
import { parseEther } from "ethers";
import { z } from "zod";
import {
  type Config,
  type Environment,
  optional,
  readConfig,
  readTogether,
  required,
  withDefault,
} from "../core/config.js";
import { ConfigError } from "../core/errors.js";
import { logLevels } from "../core/logger.js";
import {
  address,
  directory,
  duration,
  integer,
  listOf,
  oneOf,
  port,
  text,
  url,
  type VariableKind,
} from "../core/variableKinds.js";
import { type KeySource, readKeySource, requireKeySource } from "../keys/keySource.js";
import { gatewayProblems, gatewaySpecification } from "./gatewayConfig.js";
import { jobProblems, jobSpecification } from "./jobConfig.js";

const second = 1_000;
const minute = 60_000;

/** Every variable that an edge node reads. */
export const nodeSpecification = {
  rpcUrl: required("RPC_URL", url(["http", "https"])),
  deployment: required(
    "DEPLOYMENT",
    path("the folder deploy/deployments/chain-<id>, or a JSON file {chainId, contracts}"),
  ),
  oracleUrls: required("ORACLE_URLS", listOf(url(["http", "https"]), 64)),
  operator: optional("OPERATOR_ADDRESS", address()),
  dataDir: withDefault("DATA_DIR", directory(), resolve("data/node")),
  heartbeatIntervalMs: optional("HEARTBEAT_INTERVAL", duration(100, 12 * second)),
  blockRefreshMs: withDefault("BLOCK_REFRESH", duration(100, minute), 4 * second),
  maximumBlockAgeMs: withDefault("BLOCK_MAX_AGE", duration(second, 60 * minute), 2 * minute),
  httpTimeoutMs: withDefault("HTTP_TIMEOUT", duration(100, 5 * minute), 5 * second),
  autoClaim: withDefault("AUTO_CLAIM", oneOf(["off", "on"]), "off"),
  autoClaimMinimum: withDefault("AUTO_CLAIM_MINIMUM", r1Amount(), parseEther("10")),
  autoClaimEpochs: optional("AUTO_CLAIM_EPOCHS", integer(1, 10_000)),
  ...jobSpecification,
  ...gatewaySpecification,
  metricsHost: withDefault("METRICS_HOST", text(255), "127.0.0.1"),
  metricsPort: optional("METRICS_PORT", port()),
  logLevel: withDefault("LOG_LEVEL", oneOf(logLevels), "info"),
};

export type NodeConfig = Config<typeof nodeSpecification> & {
  /** Of the node. */
  readonly key: KeySource;
  /** Of the account that pays the gas of claims. */
  readonly claimer: KeySource | undefined;
};

/** Misspelt names that begin like this are found. */
const prefix = "AUTO_CLAIM";

/** The configuration of an edge node. Throws one ConfigError that lists every variable at fault. */
export function readNodeConfig(environment: Environment): NodeConfig {
  const { config, key, claimer } = readTogether({
    key: () => requireKeySource({ prefix: "NODE", localBecause: localBecause(environment) }, environment),
    config: () => readConfig(nodeSpecification, environment, { prefix }),
    claimer: () => readClaimer(environment),
    rest: () => {
      const problems = [...jobProblems(environment), ...gatewayProblems(environment)];
      if (problems.length > 0) throw new ConfigError(problems);
    },
  });
  return { ...config, key, claimer };
}

/** Developers seal the secrets of jobs to the node's key, and no remote signer opens what is sealed. */
function localBecause(environment: Environment): string | undefined {
  const isOff = ["", "off"].includes(environment["NODE_ENGINE"]?.trim() ?? "");
  return isOff ? undefined : "a node that runs jobs (NODE_ENGINE) opens their secrets with its key";
}

function readClaimer(environment: Environment): KeySource | undefined {
  const source = readKeySource({ prefix: "CLAIMER" }, environment);
  if (source !== undefined || environment["AUTO_CLAIM"]?.trim() !== "on") return source;
  throw new ConfigError([
    "CLAIMER_PRIVATE_KEY: missing, wants the key of an account that pays the gas of claims (AUTO_CLAIM is on), " +
      "unless CLAIMER_KEYSTORE names its encrypted file or CLAIMER_SIGNER_URL a remote signer",
  ]);
}

function path(wants: string): VariableKind<string> {
  return { ...text(), wants };
}

/** An amount of R1, such as `12.5`, given in wei. */
function r1Amount(): VariableKind<bigint> {
  const schema = z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,18})?$/u)
    .transform((value) => parseEther(value));
  return { schema, wants: "an amount of R1 such as 12.5, with at most 18 decimals", secret: false };
}
