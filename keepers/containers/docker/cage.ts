import type { ContainerCreateOptions } from "dockerode";
import { Secret } from "../../core/secret.js";
import type { Address } from "../../protocol/bytes.js";
import type { EngineContainer } from "../engine.js";
import { containerLabels, containerName, networkName, volumeName } from "./labels.js";

export interface CageOptions {
  readonly node: Address;
  /** Where published ports listen. */
  readonly hostAddress: string;
  /** Space for the log of one container. MiB, at least 2. */
  readonly logMiB: number;
  /** Paths that the image declares as volumes: they would be written to without any limit. */
  readonly declaredVolumes: readonly string[];
}

type HostConfig = NonNullable<ContainerCreateOptions["HostConfig"]>;

const MIB = 2 ** 20;
const SHARED_MEMORY_MIB = 64;
/** Daemons that are no service of the system may not give more than they have themselves. */
const OPEN_FILES = 16_384;
/** Of -1000 … 1000; more than any ordinary process of the host has. */
const KILLED_FIRST = 500;
const LOG_FILES = 2;

/** What the daemon is told to make: nothing of it depends on what the job asks for but sizes, ports and names. */
export function cageOf(container: EngineContainer, options: CageOptions): ContainerCreateOptions {
  const [program, ...args] = container.command ?? [];
  const network = networkName(options.node, container.job);
  return {
    name: containerName(options.node, container),
    Hostname: container.container,
    Image: container.image,
    ...(program === undefined ? {} : { Entrypoint: [program], Cmd: args }),
    Env: Object.entries(container.environment).map(([name, value]) => `${name}=${reveal(value)}`),
    Labels: containerLabels(options.node, container, container.diskMiB),
    ExposedPorts: Object.fromEntries(container.publish.map((port) => [tcp(port), {}])),
    // Whoever uses the engine asks for health itself; a check of the image's own would run unseen.
    Healthcheck: { Test: ["NONE"] },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [container.container] } } },
    HostConfig: {
      NetworkMode: network,
      ...walls(),
      ...limits(container),
      ...disks(container, options),
      LogConfig: { Type: "local", Config: logRotation(options.logMiB) },
      PortBindings: Object.fromEntries(
        container.publish.map((port) => [tcp(port), [{ HostIp: options.hostAddress, HostPort: "" }]]),
      ),
    },
  };
}

function walls(): HostConfig {
  return {
    Privileged: false,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    PidMode: "",
    UTSMode: "",
    IpcMode: "private",
    Init: true,
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
  };
}

function limits({ milliCpu, memoryMiB, processes, gpus }: EngineContainer): HostConfig {
  return {
    NanoCpus: milliCpu * 1_000_000,
    Memory: memoryMiB * MIB,
    MemorySwap: memoryMiB * MIB,
    OomScoreAdj: KILLED_FIRST,
    PidsLimit: processes,
    ShmSize: Math.min(memoryMiB, SHARED_MEMORY_MIB) * MIB,
    Ulimits: [
      { Name: "nofile", Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    ...(gpus === 0 ? {} : { DeviceRequests: [{ Count: gpus, Capabilities: [["gpu"]] }] }),
  };
}

function disks(container: EngineContainer, { node, declaredVolumes }: CageOptions): HostConfig {
  const mounted = new Set(container.volumes.map(({ path }) => path));
  const inMemory = [...(container.readOnlyRoot ? ["/tmp"] : []), ...declaredVolumes].filter(
    (path) => !mounted.has(path),
  );
  const sizeMiB = Math.max(1, Math.min(container.diskMiB, container.memoryMiB));
  return {
    ReadonlyRootfs: container.readOnlyRoot,
    Tmpfs: Object.fromEntries(inMemory.map((path) => [path, `rw,nosuid,nodev,mode=1777,size=${sizeMiB}m`])),
    Binds: container.volumes.map(
      ({ name, path, readOnly }) => `${volumeName(node, container.job, name)}:${path}${readOnly ? ":ro" : ""}`,
    ),
  };
}

function logRotation(logMiB: number): Record<string, string> {
  return { "max-size": `${Math.floor(logMiB / LOG_FILES)}m`, "max-file": String(LOG_FILES), compress: "true" };
}

const tcp = (port: number): string => `${port}/tcp`;

const reveal = (value: string | Secret): string => (value instanceof Secret ? value.reveal() : value);
