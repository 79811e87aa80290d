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
import { address, integer, port, secretText, text, url } from "../core/variableKinds.js";
import { type KeySource, readKeySource } from "../keys/keySource.js";
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
  /** The oracle's, with which it makes its own credentials for the broker. */
  readonly key: KeySource | undefined;
};

/** The configuration of an ingest worker. Throws one ConfigError that lists every variable at fault. */
export function readIngestConfig(environment: Environment): IngestConfig {
  const { config, key } = readTogether({
    key: () => readKeySource({ prefix: "ORACLE" }, environment),
    config: () => readConfig(ingestSpecification, environment),
  });
  const { brokerUsername: username, brokerPassword: password } = config;
  const keyOwner = ownerOf(key);
  const oracle = config.oracle ?? keyOwner;
  const problems: string[] = [];
  if (oracle === undefined) {
    problems.push("ORACLE_ADDRESS: missing, wants the oracle to hear for, or ORACLE_PRIVATE_KEY its key");
  } else if (oracle !== (keyOwner ?? oracle)) {
    problems.push(`ORACLE_ADDRESS: got ${oracle}, wants ${keyOwner}, whose key is given`);
  }
  if ((username === undefined) !== (password === undefined)) {
    problems.push("BROKER_USERNAME and BROKER_PASSWORD: want both or neither");
  }
  if (oracle === undefined || problems.length > 0) throw new ConfigError(problems);
  return { ...config, oracle, key };
}

/** Whose key it is, as far as can be told without opening a file. */
function ownerOf(source: KeySource | undefined): Address | undefined {
  if (source?.kind === "plain") return new SigningKey(source.key.reveal()).address;
  return source?.kind === "remote" ? source.address : undefined;
}
