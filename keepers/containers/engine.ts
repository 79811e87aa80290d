import type { Secret } from "../core/secret.js";
import type { Hash } from "../protocol/bytes.js";

export type ContainerId = string;
/** What the engine calls an image whatever its name points at later. */
export type ImageId = string;

/**
 * Runs the containers of one node. It sees, and touches, only what it made for this node: everything carries labels with
 * the node's address, and ids of anything else are unknown to it. Whoever restarts finds its containers by `list`.
 *
 * Every container gets the same cage: no capabilities, no new privileges, no host paths, no engine socket, bounded
 * processes, memory (no swap beside it), CPU, disk and logs, an init process that reaps, and a network of its job alone.
 * It does not restart by itself: whoever uses the engine decides that.
 *
 * Errors are KeeperErrors with a code of `EngineErrorCode`. Every operation may reject with ENGINE_UNAVAILABLE.
 */
export interface ContainerEngine {
  ping(): Promise<EngineInfo>;

  /**
   * The image's id once it is here. A registry that cannot be reached is tried again a few times with back-off. With
   * `always`, an image that is here already does not help when the registry fails.
   * @throws IMAGE_NOT_FOUND, IMAGE_DENIED, REGISTRY_UNREACHABLE, or the signal's reason
   */
  pull(image: string, options: PullOptions): Promise<ImageId>;

  /** The network of the job's containers, on which they find each other by their names. Idempotent. */
  ensureNetwork(job: string): Promise<void>;
  /** Idempotent; rejects with NETWORK_IN_USE while containers of the job run. */
  removeNetwork(job: string): Promise<void>;

  /** Keeps data until `removeVolumes`. Idempotent. @throws VOLUME_SIZE_FIXED when it exists with another size */
  ensureVolume(job: string, name: string, sizeMiB: number): Promise<void>;
  /** With all data. Idempotent; rejects with VOLUME_IN_USE while containers that have them are left, running or not. */
  removeVolumes(job: string): Promise<void>;

  /**
   * Makes it without starting it; its network and volumes have to be there.
   * @throws IMAGE_NOT_FOUND, CONTAINER_EXISTS when this generation of it is there already, CONTAINER_REFUSED
   */
  create(container: EngineContainer): Promise<ContainerId>;
  /** Harmless when it runs. A command that its image lacks ends it with 127. @throws CONTAINER_NOT_FOUND, CONTAINER_REFUSED */
  start(id: ContainerId): Promise<void>;
  /** SIGTERM, and SIGKILL after so many seconds. Harmless when it does not run or is unknown. */
  stop(id: ContainerId, seconds: number): Promise<void>;
  /** Kills it when it runs, and takes its anonymous leftovers with it. Harmless when it is unknown. */
  remove(id: ContainerId): Promise<void>;

  /** All containers of this node, in whatever state, oldest first. */
  list(): Promise<readonly ListedContainer[]>;
  /** Undefined when it is unknown. */
  inspect(id: ContainerId): Promise<ContainerStatus | undefined>;
  /**
   * Runs a command in it. Output is standard output and error as they came, the first 64 KiB. After `timeoutMs` the
   * command is given up with code 124; it dies with its container at the latest.
   * @throws CONTAINER_NOT_FOUND, CONTAINER_NOT_RUNNING
   */
  run(id: ContainerId, command: readonly string[], timeoutMs: number): Promise<CommandResult>;
  /** Oldest first. Ends at the end of the log, or with `follow` when the container or the signal ends. @throws CONTAINER_NOT_FOUND */
  logs(id: ContainerId, options: LogOptions): AsyncIterable<LogLine>;
  /**
   * What happens to this node's containers until the signal ends it; never rejects. `resumed` comes first, and again
   * whenever the daemon was away: from then on nothing is missed, and what was before has to be looked up with `list`.
   */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Ends what runs here (events, logs, watching disks). Containers go on. Idempotent. */
  close(): Promise<void>;
}

/** What an engine's KeeperError says; the two that may pass by themselves are `retriable`. */
export type EngineErrorCode =
  /** Retriable: the daemon does not answer, or is starting or ending. */
  | "ENGINE_UNAVAILABLE"
  /** The daemon failed or refused in a way that has no name here. */
  | "ENGINE_FAILED"
  | "IMAGE_NOT_FOUND"
  /** Credentials missing or wrong. Many registries say so of images that do not exist, too. */
  | "IMAGE_DENIED"
  /** Retriable. */
  | "REGISTRY_UNREACHABLE"
  | "CONTAINER_EXISTS"
  | "CONTAINER_NOT_FOUND"
  | "CONTAINER_NOT_RUNNING"
  | "CONTAINER_REFUSED"
  | "NETWORK_IN_USE"
  | "VOLUME_IN_USE"
  | "VOLUME_SIZE_FIXED";

export interface EngineInfo {
  readonly version: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Of the file system that holds images, containers and volumes; 0 when it cannot be seen from here. */
  readonly diskMiB: number;
  readonly gpus: number;
}

export interface PullOptions {
  readonly policy: "always" | "missing" | "never";
  readonly auth?: RegistryAuth;
  readonly signal: AbortSignal;
}

export interface RegistryAuth {
  readonly server: string;
  readonly username: string;
  readonly password: Secret;
}

/** Which container of which job it is. Two generations may run side by side during an update. */
export interface ContainerIdentity {
  readonly job: string;
  /** Its name in the job, and in the job's network. */
  readonly container: string;
  readonly specHash: Hash;
  readonly generation: number;
}

export interface EngineContainer extends ContainerIdentity {
  /** Name, or better the id that `pull` gave. It is never pulled here. */
  readonly image: string;
  /** In place of the image's own entry point and command. */
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string | Secret>>;
  readonly milliCpu: number;
  readonly memoryMiB: number;
  /** What it may write outside its volumes; when it writes more it is ended with `disk-full`. */
  readonly diskMiB: number;
  readonly processes: number;
  readonly gpus: number;
  /** Then it may write to its volumes and to /tmp (in memory, at most `diskMiB`) only. */
  readonly readOnlyRoot: boolean;
  /** Each gets a free port of the host. */
  readonly publish: readonly number[];
  /** Named as in `ensureVolume`. */
  readonly volumes: readonly { readonly name: string; readonly path: string; readonly readOnly: boolean }[];
}

export interface ListedContainer extends ContainerIdentity {
  readonly id: ContainerId;
  readonly state: ContainerState;
}

export type ContainerState = "created" | "running" | "exited";

export interface ContainerStatus extends ListedContainer {
  /** Milliseconds since 1970; undefined when it was never started. */
  readonly startedAt: number | undefined;
  /** How it ended last; undefined unless `exited`. */
  readonly exit: ContainerExit | undefined;
  /** Port of the container → port of the host, while it runs. */
  readonly ports: ReadonlyMap<number, number>;
  /** Where the host reaches it in its job's network, while it runs. */
  readonly address: string | undefined;
  /** What it wrote outside its volumes, whole mebibytes rounded up. */
  readonly diskMiB: number;
}

export interface ContainerExit {
  /** 128 + the number of the signal that ended it, as shells count. */
  readonly code: number;
  readonly reason: ExitReason;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export type ExitReason = "ended" | "out-of-memory" | "disk-full";

export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

export interface LogOptions {
  /** At most so many of the newest lines there are at the start. */
  readonly tail: number;
  /** Only lines from then on. Milliseconds since 1970. */
  readonly since?: number;
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  /** Without the end of line; cut after 16 KiB. */
  readonly text: string;
}

export type EngineEvent =
  | (ContainerIdentity & { readonly type: "started"; readonly id: ContainerId })
  | (ContainerIdentity & { readonly type: "exited"; readonly id: ContainerId; readonly code: number })
  | { readonly type: "resumed" };
