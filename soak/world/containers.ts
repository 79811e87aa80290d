import Docker from "dockerode";

import { KeeperError } from "../../keepers/core/errors.js";
import type { Address } from "../../keepers/protocol/bytes.js";
import type { DockerHostDependencies } from "../../scripts/network/containers/dockerHost.js";
import { pretendedHost } from "../../scripts/network/containers/pretendedHost.js";
import { startPrivateDaemon, whyNoDaemon } from "../../scripts/network/containers/privateDaemon.js";

/** Where the node processes run containers. */
export interface Containers {
  readonly kind: "docker" | "none";
  readonly sentence: string;
  readonly image: string;
  /** For the variable that `nodeMain.ts` reads. */
  engineOf(node: Address, volumesFolder: string): string;
  /** What there is now, whatever its state; undefined where containers end with their nodes. */
  list(): Promise<readonly string[] | undefined>;
  close(): Promise<void>;
}

const LIST_MS = 5_000;

/** A Docker daemon of the soak's own, or where none can be started a mock in each node. */
export async function openContainers(dependencies: DockerHostDependencies): Promise<Containers> {
  const why = whyNoDaemon();
  if (why !== undefined) return pretended(why, dependencies);
  const host = await startPrivateDaemon(dependencies);
  const { kind, sentence, image } = host;
  const optionsFor = (node: Address, folder: string) => {
    const options = host.engineOptions?.(node, folder);
    if (options === undefined) throw new KeeperError("NO_ENGINE", "the daemon's engine tells no options");
    return options;
  };
  return {
    ...{ kind, sentence, image },
    engineOf: (node, folder) => JSON.stringify({ docker: optionsFor(node, folder) }),
    list: async () => {
      const { socketPath } = optionsFor(`0x${"0".repeat(40)}`, "");
      const docker = new Docker({ ...(socketPath === undefined ? {} : { socketPath }), timeout: LIST_MS });
      const all = await docker.listContainers({ all: true });
      return all.map(({ Names: [name = "?"], State, Labels }) => `${name} (${State}) ${JSON.stringify(Labels)}`);
    },
    close: () => host.close(),
  };
}

function pretended(why: string, dependencies: DockerHostDependencies): Containers {
  const host = pretendedHost(why, dependencies);
  const { kind, sentence, image } = host;
  return {
    ...{ kind, sentence, image },
    close: () => host.close(),
    engineOf: () => JSON.stringify({ image }),
    list: () => Promise.resolve(undefined),
  };
}
