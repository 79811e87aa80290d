import { resolve } from "node:path";

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
  directory,
  duration,
  flag,
  integer,
  listOf,
  oneOf,
  port,
  secretText,
  text,
  url,
} from "../core/variableKinds.js";
import { type KeySource, requireKeySource } from "../keys/keySource.js";

const second = 1_000;
const minute = 60 * second;

/** Every variable that an oracle reads. */
export const oracleSpecification = {
  rpcUrl: required("RPC_URL", url(["http", "https"])),
  deployment: required("DEPLOYMENT", text()),
  brokerUrl: required("BROKER_URL", url(["mqtt", "mqtts"])),
  brokerAdminUsername: optional("BROKER_ADMIN_USERNAME", text(255)),
  brokerAdminPassword: optional("BROKER_ADMIN_PASSWORD", secretText()),
  brokerAdminUrls: withDefault("BROKER_ADMIN_URLS", listOf(url(["http", "https"]), 8), []),
  credentialMs: withDefault("CREDENTIAL_LIFETIME", duration(minute, 24 * 60 * minute), 60 * minute),
  publicBrokerUrl: optional("PUBLIC_BROKER_URL", url(["mqtt", "mqtts"])),
  peerUrls: withDefault("ORACLE_URLS", listOf(url(["http", "https"]), 64), []),
  dataDir: withDefault("DATA_DIR", directory(), resolve("data/oracle")),
  apiHost: withDefault("API_HOST", text(255), "127.0.0.1"),
  apiPort: withDefault("API_PORT", port(), 8080),
  probePrivate: withDefault("PROBE_PRIVATE", flag(), false),
  apiTrustProxy: withDefault("API_TRUST_PROXY", flag(), false),
  slotSeconds: withDefault("SLOT_SECONDS", integer(1, 3_600), 20),
  heartbeatIntervalMs: withDefault("HEARTBEAT_INTERVAL", duration(100, 12 * second), 10 * second),
  chainPollMs: withDefault("CHAIN_POLL", duration(100, minute), 2 * second),
  freshBlocks: withDefault("HEARTBEAT_FRESH_BLOCKS", integer(1, 256), 64),
  redisUrl: optional("REDIS_URL", url(["redis", "rediss"])),
  ingest: withDefault("ORACLE_INGEST", oneOf(["own", "external"]), "own"),
  maximumNodes: withDefault("MAXIMUM_NODES", integer(1, 1_000_000), 65_536),
  deeployUrls: withDefault("DEEPLOY_URLS", listOf(url(["http", "https"]), 16), []),
  specTimeoutMs: withDefault("SPEC_TIMEOUT", duration(100, 3 * second), 2 * second),
  assignEveryBlocks: withDefault("ASSIGN_EVERY_BLOCKS", integer(1, 1_000), 5),
  offerMarginMs: withDefault("OFFER_MARGIN", duration(0, 2 * minute), 10 * second),
  jobStartMs: withDefault("JOB_START_LIMIT", duration(second, 60 * minute), 3 * minute),
  jobSilentMs: withDefault("JOB_SILENT_LIMIT", duration(second, 60 * minute), minute),
  assignStageMs: withDefault("ASSIGN_STAGE", duration(100, 5 * minute), 5 * second),
  stageMs: withDefault("SUBMISSION_STAGE", duration(100, 30 * minute), 30 * second),
  roundMs: withDefault("ROUND_TIMEOUT", duration(100, 5 * minute), 2 * second),
  sealingMs: withDefault("SEALING_TIMEOUT", duration(100, 30 * minute), 20 * second),
  logLevel: withDefault("LOG_LEVEL", oneOf(logLevels), "info"),
};

export type OracleConfig = Config<typeof oracleSpecification> & { readonly key: KeySource };

/** The configuration of an oracle. Throws one ConfigError that lists every variable at fault. */
export function readOracleConfig(environment: Environment): OracleConfig {
  const { config, key } = readTogether({
    key: () => requireKeySource({ prefix: "ORACLE" }, environment),
    config: () => readConfig(oracleSpecification, environment),
  });
  const problems = contradictions(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, key };
}

function contradictions(config: Config<typeof oracleSpecification>): string[] {
  const { brokerAdminUsername: username, brokerAdminPassword: password, brokerAdminUrls: urls } = config;
  const problems: string[] = [];
  if (config.ingest === "external" && config.redisUrl === undefined) {
    problems.push("REDIS_URL: missing, wants the Redis of the ingest workers, because ORACLE_INGEST is external");
  }
  if ((username === undefined) !== (password === undefined)) {
    problems.push("BROKER_ADMIN_USERNAME and BROKER_ADMIN_PASSWORD: want both or neither");
  }
  if (username !== undefined && urls.length > 0) {
    problems.push(
      "BROKER_ADMIN_URLS: wants to be empty when BROKER_ADMIN_USERNAME makes this oracle the administrator",
    );
  }
  return problems;
}
