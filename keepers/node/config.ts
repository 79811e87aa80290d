import { resolve } from "node:path";
import { parseEther } from "ethers";
import { z } from "zod";
import { type Config, type Environment, optional, readConfig, required, withDefault } from "../core/config.js";
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
  privateKey,
  secretText,
  text,
  url,
  type VariableKind,
} from "../core/variableKinds.js";
import { gatewayProblems, gatewaySpecification } from "./gatewayConfig.js";
import { jobProblems, jobSpecification } from "./jobConfig.js";

const second = 1_000;
const minute = 60_000;

/** Every variable that an edge node reads. */
export const nodeSpecification = {
  privateKey: optional("NODE_PRIVATE_KEY", privateKey()),
  keystore: optional("NODE_KEYSTORE", path("an encrypted key file that `keygen` wrote")),
  keystorePassword: optional("NODE_KEYSTORE_PASSWORD", secretText()),
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
  claimerKey: optional("CLAIMER_PRIVATE_KEY", privateKey()),
  ...jobSpecification,
  ...gatewaySpecification,
  metricsHost: withDefault("METRICS_HOST", text(255), "127.0.0.1"),
  metricsPort: optional("METRICS_PORT", port()),
  logLevel: withDefault("LOG_LEVEL", oneOf(logLevels), "info"),
};

export type NodeConfig = Config<typeof nodeSpecification>;

/** Misspelt names that begin like this are found. */
const prefix = "AUTO_CLAIM";

/** The configuration of an edge node. Throws one ConfigError that lists every variable at fault. */
export function readNodeConfig(environment: Environment): NodeConfig {
  const together = [...keyProblems(environment), ...claimProblems(environment), ...jobProblems(environment)];
  together.push(...gatewayProblems(environment));
  const config = readSingly(environment, together);
  if (together.length > 0) throw new ConfigError(together);
  return config;
}

/** Each variable by itself; when one is at fault, the problems of variables together are told with it. */
function readSingly(environment: Environment, together: readonly string[]): NodeConfig {
  try {
    return readConfig(nodeSpecification, environment, { prefix });
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError([...error.problems, ...together]);
    throw error;
  }
}

/** What a key's variables lack or have too much of. */
function keyProblems(environment: Environment): string[] {
  const has = presence(environment);
  if (has("NODE_PRIVATE_KEY")) {
    return has("NODE_KEYSTORE") ? ["NODE_KEYSTORE: given beside NODE_PRIVATE_KEY, wants only one of the two"] : [];
  }
  if (!has("NODE_KEYSTORE")) {
    return ["NODE_PRIVATE_KEY: missing, wants a private key, unless NODE_KEYSTORE names an encrypted key file"];
  }
  if (has("NODE_KEYSTORE_PASSWORD")) return [];
  return ["NODE_KEYSTORE_PASSWORD: missing, wants the password of the file that NODE_KEYSTORE names"];
}

function claimProblems(environment: Environment): string[] {
  const has = presence(environment);
  if (environment["AUTO_CLAIM"]?.trim() !== "on" || has("CLAIMER_PRIVATE_KEY")) return [];
  return ["CLAIMER_PRIVATE_KEY: missing, wants the key of an account that pays the gas of claims (AUTO_CLAIM is on)"];
}

function presence(environment: Environment): (name: string) => boolean {
  return (name) => (environment[name]?.trim() ?? "") !== "";
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
