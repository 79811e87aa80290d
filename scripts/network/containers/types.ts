import type { DockerEngineOptions } from "../../../keepers/containers/docker/dockerEngine.js";
import type { ContainerEngine } from "../../../keepers/containers/engine.js";
import type { Address } from "../../../keepers/protocol/bytes.js";

/** Where the nodes of the network run containers. */
export interface ContainerHost {
  /** `none`: a mock pretends to. */
  readonly kind: "docker" | "none";
  /** What it is, for people: a whole sentence without the dot. */
  readonly sentence: string;
  /** Name of the image that the story's job runs. */
  readonly image: string;
  /** One node's own. @param folder for its volumes */
  engineFor(node: Address, folder: string): ContainerEngine;
  /** What a process of its own needs to make the same engine; absent where a mock pretends. */
  engineOptions?(node: Address, folder: string): DockerEngineOptions;
  /** Takes away whatever is left of it. Idempotent. */
  close(): Promise<void>;
}
