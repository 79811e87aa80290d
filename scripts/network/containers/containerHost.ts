import { describeError } from "../../../keepers/core/errors.js";
import { findProgram } from "../../check/systemPath.js";
import { dockerHost, type DockerHostDependencies, doesAnswer } from "./dockerHost.js";
import { pretendedHost } from "./pretendedHost.js";
import { startPrivateDaemon, whyNoDaemon } from "./privateDaemon.js";
import type { ContainerHost } from "./types.js";

const USUAL = "unix:///var/run/docker.sock";
const SCHEME = "unix://";

/** The Docker Engine of this machine if there is one; else one of the network's own; else, plainly said, a mock. Never rejects. */
export async function openContainerHost(
  named: string | undefined,
  dependencies: DockerHostDependencies,
): Promise<ContainerHost> {
  const why = whyNotHere(named) ?? (await whyNotAt(named ?? USUAL));
  try {
    if (why === undefined) return await openHere(named ?? USUAL, dependencies);
    const obstacle = named === undefined ? whyNoDaemon() : why;
    return obstacle === undefined ? await startPrivateDaemon(dependencies) : pretendedHost(obstacle, dependencies);
  } catch (error) {
    return pretendedHost(describeError(error), dependencies);
  }
}

function openHere(address: string, dependencies: DockerHostDependencies): Promise<ContainerHost> {
  const sentence = `containers are real: they run in the Docker Engine at ${address}`;
  return dockerHost({ socketPath: address.slice(SCHEME.length), sentence }, dependencies);
}

function whyNotHere(named: string | undefined): string | undefined {
  if (findProgram("busybox") === undefined) return "their image is made of busybox, which is not installed";
  return named === undefined || named.startsWith(SCHEME)
    ? undefined
    : `DOCKER_HOST is ${named}, which is no unix:// socket`;
}

async function whyNotAt(address: string): Promise<string | undefined> {
  return (await doesAnswer(address.slice(SCHEME.length))) ? undefined : `no daemon answers at ${address}`;
}
