import Docker from "dockerode";

import { DockerEngine, type DockerEngineOptions } from "../../../keepers/containers/docker/dockerEngine.js";
import type { HostCommand } from "../../../keepers/containers/docker/hostCommand.js";
import type { Clock } from "../../../keepers/core/clock.js";
import type { Logger } from "../../../keepers/core/logger.js";
import type { Random } from "../../../keepers/core/random.js";
import { type Address, bytesToHex } from "../../../keepers/protocol/bytes.js";
import { BUSYBOX_IMAGE, importBusybox } from "./busyboxImage.js";
import type { ContainerHost } from "./types.js";

export interface DockerHostOptions {
  readonly socketPath: string;
  /** What the daemon is, for people. */
  readonly sentence: string;
  /** Addresses of the jobs' networks; default the engine's. */
  readonly addressPool?: string;
}

export interface DockerHostDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Programs beside the daemon; default: of this machine. */
  readonly host?: HostCommand;
}

/** A daemon with the story's image. Of what is there only that image is taken away, and only when it was made here. */
export async function dockerHost(
  { socketPath, sentence, addressPool }: DockerHostOptions,
  dependencies: DockerHostDependencies,
): Promise<ContainerHost> {
  const docker = new Docker({ socketPath });
  const image = docker.getImage(BUSYBOX_IMAGE);
  const isThere = await image.inspect().then(
    () => true,
    () => false,
  );
  if (!isThere) await importBusybox(docker);
  const pool = addressPool === undefined ? {} : { addressPool };
  const run = BigInt(bytesToHex(dependencies.random.bytes(ADDRESS_BYTES)));
  const engineOptions = (node: Address, volumesFolder: string): DockerEngineOptions => {
    return { node: nameIn(run, node), volumesFolder, socketPath, ...pool };
  };
  return {
    kind: "docker",
    sentence,
    image: BUSYBOX_IMAGE,
    engineOptions,
    engineFor: (node, volumesFolder) => new DockerEngine(engineOptions(node, volumesFolder), dependencies),
    close: async () => {
      if (!isThere) await image.remove({ force: true }).catch(() => undefined);
    },
  };
}

/** Every network has nodes of the same addresses: two on one machine would take each other's containers for their own. */
function nameIn(run: bigint, node: Address): Address {
  return `0x${(BigInt(node) ^ run).toString(16).padStart(2 * ADDRESS_BYTES, "0")}`;
}

const ADDRESS_BYTES = 20;

/** Whether a daemon answers there. */
export async function doesAnswer(socketPath: string): Promise<boolean> {
  try {
    await new Docker({ socketPath, timeout: ANSWER_MS }).ping();
    return true;
  } catch {
    return false;
  }
}

const ANSWER_MS = 3_000;
