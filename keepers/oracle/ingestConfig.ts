import { type Config, type Environment, optional, readConfig, required, withDefault } from "../core/config.js";
import { ConfigError } from "../core/errors.js";
import { address, integer, port, privateKey, secretText, text, url } from "../core/variableKinds.js";
import type { Address } from "../protocol/bytes.js";
import { SigningKey } from "../protocol/signing.js";
import { oracleSpecification } from "./config.js";

const {
  rpcUrl,
  deployment,
  brokerUrl,
  brokerAdminUrls,
  slotSeconds,
  chainPollMs,
  freshBlocks,
  maximumNodes,
  logLevel,
} = oracleSpecification;

/** Every variable that an ingest worker reads; those that it has in common with its oracle mean the same. */
export const ingestSpecification = {
  ...{ rpcUrl, deployment, brokerUrl, slotSeconds, chainPollMs, freshBlocks, maximumNodes, logLevel },
  redisUrl: required("REDIS_URL", url(["redis", "rediss"])),
  oracle: optional("ORACLE_ADDRESS", address()),
  privateKey: optional("ORACLE_PRIVATE_KEY", privateKey()),
  brokerAdminUrls,
  number: optional("INGEST_WORKER", integer(1, 999)),
  brokerUsername: optional("BROKER_USERNAME", text(255)),
  metricsHost: withDefault("METRICS_HOST", text(255), "127.0.0.1"),
  metricsPort: optional("METRICS_PORT", port()),
  brokerPassword: optional("BROKER_PASSWORD", secretText()),
};

export type IngestConfig = Config<typeof ingestSpecification> & {
  /** Whose slots it marks. */
  readonly oracle: Address;
};

/** The configuration of an ingest worker. Throws one ConfigError that lists every variable at fault. */
export function readIngestConfig(environment: Environment): IngestConfig {
  const config = readConfig(ingestSpecification, environment);
  const { privateKey: key, brokerUsername: username, brokerPassword: password } = config;
  const keyOwner = key && new SigningKey(key.reveal()).address;
  const oracle = config.oracle ?? keyOwner;
  const problems: string[] = [];
  if (oracle === undefined) {
    problems.push("ORACLE_ADDRESS: missing, wants the oracle to hear for, or ORACLE_PRIVATE_KEY its key");
  } else if (oracle !== (keyOwner ?? oracle)) {
    problems.push(`ORACLE_ADDRESS: got ${oracle}, wants ${keyOwner}, whose key ORACLE_PRIVATE_KEY is`);
  }
  if ((username === undefined) !== (password === undefined)) {
    problems.push("BROKER_USERNAME and BROKER_PASSWORD: want both or neither");
  }
  if (oracle === undefined || problems.length > 0) throw new ConfigError(problems);
  return { ...config, oracle };
}
