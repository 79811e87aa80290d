import { resolve } from "node:path";

import { type Config, type Environment, optional, readConfig, required, withDefault } from "../core/config.js";
import { logLevels } from "../core/logger.js";
import {
  directory,
  duration,
  flag,
  integer,
  listOf,
  oneOf,
  port,
  privateKey,
  text,
  url,
} from "../core/variableKinds.js";

const second = 1_000;
const minute = 60 * second;

/** Every variable that an oracle reads. */
export const oracleSpecification = {
  privateKey: required("ORACLE_PRIVATE_KEY", privateKey()),
  rpcUrl: required("RPC_URL", url(["http", "https"])),
  deployment: required("DEPLOYMENT", text()),
  brokerUrl: required("BROKER_URL", url(["mqtt", "mqtts"])),
  publicBrokerUrl: optional("PUBLIC_BROKER_URL", url(["mqtt", "mqtts"])),
  peerUrls: withDefault("ORACLE_URLS", listOf(url(["http", "https"]), 64), []),
  dataDir: withDefault("DATA_DIR", directory(), resolve("data/oracle")),
  apiHost: withDefault("API_HOST", text(255), "127.0.0.1"),
  apiPort: withDefault("API_PORT", port(), 8080),
  apiTrustProxy: withDefault("API_TRUST_PROXY", flag(), false),
  slotSeconds: withDefault("SLOT_SECONDS", integer(1, 3_600), 20),
  heartbeatIntervalMs: withDefault("HEARTBEAT_INTERVAL", duration(100, 12 * second), 10 * second),
  chainPollMs: withDefault("CHAIN_POLL", duration(100, minute), 2 * second),
  freshBlocks: withDefault("HEARTBEAT_FRESH_BLOCKS", integer(1, 256), 64),
  maximumNodes: withDefault("MAXIMUM_NODES", integer(1, 1_000_000), 65_536),
  stageMs: withDefault("SUBMISSION_STAGE", duration(100, 30 * minute), 30 * second),
  roundMs: withDefault("ROUND_TIMEOUT", duration(100, 5 * minute), 3 * second),
  sealingMs: withDefault("SEALING_TIMEOUT", duration(100, 30 * minute), 20 * second),
  logLevel: withDefault("LOG_LEVEL", oneOf(logLevels), "info"),
};

export type OracleConfig = Config<typeof oracleSpecification>;

/** The configuration of an oracle. Throws one ConfigError that lists every variable at fault. */
export function readOracleConfig(environment: Environment): OracleConfig {
  return readConfig(oracleSpecification, environment);
}
