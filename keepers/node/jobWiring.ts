import { join } from "node:path";
import { DockerEngine } from "../containers/docker/dockerEngine.js";
import type { ContainerEngine } from "../containers/engine.js";
import type { Clock } from "../core/clock.js";
import type { Environment } from "../core/config.js";
import type { Disk } from "../core/disk.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { CloudflaredTunnel } from "../ingress/cloudflaredTunnel.js";
import type { GatewayOptions } from "../ingress/gateway.js";
import type { GatewayMeter } from "../ingress/metrics.js";
import type { Tunnel } from "../ingress/tunnel.js";
import type { SigningKey } from "../protocol/signing.js";
import type { NodeChain } from "./chainAccess.js";
import type { NodeConfig } from "./config.js";
import { Front } from "./jobs/front.js";
import { NodeJobs } from "./jobs/nodeJobs.js";

export interface JobWiringDependencies {
  readonly chain: Pick<NodeChain, "chainId" | "nodeRegistry" | "jobs">;
  readonly key: SigningKey;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of the process; what a tunnel's program needs of it. */
  readonly environment: Environment;
  /** Counts what comes to the gateway. */
  readonly meter?: GatewayMeter | undefined;
  /** Default: Docker, where the configuration says. */
  readonly engine?: ContainerEngine | undefined;
}

const gatewayLimits = {
  certificateMs: 60_000,
  headersMs: 10_000,
  requestMs: 300_000,
  responseMs: 60_000,
  idleMs: 120_000,
  drainMs: 10_000,
  maximumConnections: 4_096,
  maximumPerJob: 256,
} as const;
const tunnelTimes = { startMs: 60_000, closeMs: 2_000, backoff: { baseMs: 1_000, maximumMs: 60_000 } } as const;
const tunnelBackoff = { baseMs: 10_000, maximumMs: 300_000 };

/** The paid part of a node on Docker; undefined, and plainly said, where there shall be none. */
export function wireJobs(config: NodeConfig, dependencies: JobWiringDependencies): NodeJobs | undefined {
  const { chain, key, logger } = dependencies;
  const { offeredMilliCpu: milliCpu, offeredMemoryMiB: memoryMiB, offeredDiskMiB: diskMiB } = config;
  if (config.engine === "off" || milliCpu === undefined || memoryMiB === undefined || diskMiB === undefined) {
    logger.info("NODE_ENGINE is off: this node is available, and runs no jobs");
    return undefined;
  }
  const {
    dataDir,
    deeployUrls,
    httpTimeoutMs: timeoutMs,
    jobPollMs: pollMs,
    offeredGpus: gpus,
    country,
    tags,
  } = config;
  const volumesFolder = config.volumesFolder ?? join(dataDir, `volumes-${key.address}`);
  const docker = { node: key.address, volumesFolder, socketPath: config.dockerSocket };
  const engine = dependencies.engine ?? new DockerEngine(docker, dependencies);
  const offer = { milliCpu, memoryMiB, diskMiB, gpus };
  const endsWithNode = config.onExit === "end";
  const options = {
    dataDir,
    offer,
    country,
    tags,
    deeployUrls,
    timeoutMs,
    pollMs,
    endsWithNode,
    redisUrl: config.redisUrl,
  };
  const { chainId, nodeRegistry } = chain;
  const front = wireFront(config, dependencies);
  return new NodeJobs({ ...options, chainId, nodeRegistry }, { ...dependencies, engine, chain: chain.jobs, front });
}

function wireFront(config: NodeConfig, dependencies: JobWiringDependencies): Front {
  const { clock, random, logger, environment, chain, key } = dependencies;
  const { gatewayKeyFile: keyFile, gatewayCertificateFile: certificateFile, tunnelToken, tunnelUrl } = config;
  const named = tunnelToken && tunnelUrl ? { token: tunnelToken, publicUrl: tunnelUrl } : undefined;
  const tunnel = { ...tunnelTimes, program: config.tunnelProgram, named };
  const openTunnel = (onUrl: (url: string) => void): Tunnel =>
    new CloudflaredTunnel(tunnel, { clock, random, environment, logger, onUrl });
  const isTunnelled = config.tunnel === "cloudflared";
  const gateway: GatewayOptions = {
    ...gatewayLimits,
    ...{ host: config.gatewayHost, port: config.gatewayPort, domain: config.gatewayDomain },
    tls: keyFile && certificateFile ? { keyFile, certificateFile } : undefined,
    trustProxy: isTunnelled,
    identity: { node: key.address, chainId: Number(chain.chainId) },
  };
  return new Front(
    { gateway, publicUrl: config.gatewayUrl, backoff: tunnelBackoff },
    { ...dependencies, openTunnel: isTunnelled ? openTunnel : undefined },
  );
}
