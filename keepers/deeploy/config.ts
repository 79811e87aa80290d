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
import { directory, duration, flag, integer, oneOf, port, secretText, text, url } from "../core/variableKinds.js";
import { keyVariableNames, type KeySource, requireKeySource } from "../keys/keySource.js";

const second = 1_000;

/** Every variable that a Deeploy service reads. */
export const deeploySpecification = {
  rpcUrl: required("RPC_URL", url(["http", "https"])),
  deployment: required("DEPLOYMENT", text()),
  brokerUrl: required("BROKER_URL", url(["mqtt", "mqtts"])),
  brokerUsername: optional("BROKER_USERNAME", text(255)),
  brokerPassword: optional("BROKER_PASSWORD", secretText()),
  dataDir: withDefault("DATA_DIR", directory(), resolve("data/deeploy")),
  apiHost: withDefault("API_HOST", text(255), "127.0.0.1"),
  apiPort: withDefault("API_PORT", port(), 8090),
  apiTrustProxy: withDefault("API_TRUST_PROXY", flag(), false),
  sends: withDefault("DEEPLOY_SENDS", flag(), false),
  storedJobs: withDefault("DEEPLOY_STORED_JOBS", integer(1, 1_000_000), 10_000),
  perAddress: withDefault("DEEPLOY_RATE_PER_ADDRESS", integer(1, 1_000_000), 600),
  perAccount: withDefault("DEEPLOY_RATE_PER_ACCOUNT", integer(1, 1_000_000), 120),
  chainPollMs: withDefault("CHAIN_POLL", duration(100, 60 * second), 2 * second),
  logLevel: withDefault("LOG_LEVEL", oneOf(logLevels), "info"),
};

export type DeeployConfig = Config<typeof deeploySpecification> & {
  readonly key: Exclude<KeySource, { kind: "remote" }>;
};

const localBecause = "the service opens the secrets that developers seal to a key that follows from its own";
const alsoKnown = ["DEEPLOY_URLS", ...keyVariableNames("DEEPLOY")];

/** The configuration of a Deeploy service. Throws one ConfigError that lists every variable at fault. */
export function readDeeployConfig(environment: Environment): DeeployConfig {
  const { config, key } = readTogether({
    key: () => requireKeySource({ prefix: "DEEPLOY", localBecause }, environment),
    config: () => readConfig(deeploySpecification, environment, { prefix: "DEEPLOY_", alsoKnown }),
  });
  if (key.kind === "remote") throw new ConfigError([`DEEPLOY_SIGNER_URL: cannot be used, because ${localBecause}`]);
  if ((config.brokerUsername === undefined) === (config.brokerPassword === undefined)) return { ...config, key };
  throw new ConfigError(["BROKER_USERNAME and BROKER_PASSWORD: want both or neither"]);
}
