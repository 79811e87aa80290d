/**
 * An edge node as its own program wires it, apart from its containers: they run in the daemon that the soak started, which leaves this
 * machine's firewall alone; or, where there is none, they are pretended.
 */
import { DockerEngine } from "../keepers/containers/docker/dockerEngine.js";
import type { ContainerEngine } from "../keepers/containers/engine.js";
import { MemoryEngine } from "../keepers/containers/memoryEngine.js";
import { SystemClock } from "../keepers/core/clock.js";
import { processEnvironment } from "../keepers/core/config.js";
import { SystemDisk } from "../keepers/core/disk.js";
import { describeError } from "../keepers/core/errors.js";
import { installSignalHandlers, Lifecycle } from "../keepers/core/lifecycle.js";
import { createLogger } from "../keepers/core/logger.js";
import { CryptoRandom } from "../keepers/core/random.js";
import { openChain } from "../keepers/node/chainAccess.js";
import { readNodeConfig } from "../keepers/node/config.js";
import { openSigner } from "../keepers/keys/openSigner.js";
import { wireNode } from "../keepers/node/wiring.js";
import { withoutFirewall } from "../scripts/network/containers/privateDaemon.js";

const CLOSE_MS = 4_000;
const NODE_CLOSE_MS = 32_000;

const { SOAK_ENGINE = "{}", ...environment } = processEnvironment();
const engineOptions = JSON.parse(SOAK_ENGINE) as { readonly image?: string; readonly docker?: DockerOptions };
type DockerOptions = ConstructorParameters<typeof DockerEngine>[0];

const parts = { clock: new SystemClock(), random: new CryptoRandom(), disk: new SystemDisk() };
const config = readNodeConfig(environment);
const logger = createLogger({ name: "edge-node", level: config.logLevel, format: "json" }, parts);
const lifecycle = new Lifecycle({ closeTimeoutMs: CLOSE_MS }, { ...parts, logger });
installSignalHandlers(lifecycle, { target: process, clock: parts.clock, logger });
try {
  const { rpcUrl, deployment, httpTimeoutMs: timeoutMs } = config;
  const chain = await openChain({ rpcUrl, deployment, timeoutMs }, { ...parts, logger });
  lifecycle.onClose("chain", () => chain.close());
  const node = wireNode(config, {
    ...parts,
    logger,
    chain,
    key: await openSigner(config.key, parts),
    engine: openEngine(),
  });
  lifecycle.onClose("node", () => node.close(), NODE_CLOSE_MS);
  await node.start();
  logger.info("heartbeats are going out");
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`);
  await lifecycle.close();
  process.exitCode = 1;
}

function openEngine(): ContainerEngine {
  const { docker, image } = engineOptions;
  if (docker !== undefined) return new DockerEngine(docker, { ...parts, logger, host: withoutFirewall });
  const engine = new MemoryEngine({}, parts);
  if (image !== undefined) engine.addImage(image);
  return engine;
}
