import { KeeperError } from "../../core/errors.js";
import type { Secret } from "../../core/secret.js";
import type { ContainerSpec } from "../../protocol/jobSpec.js";
import type { EngineContainer, ImageId, RegistryAuth } from "../engine.js";
import type { DesiredJob } from "./types.js";
import { workerCommand } from "./worker.js";

/** What images without a server in their name are pulled from. */
const defaultServer = "docker.io";

/** A container as the engine takes it; the only place where secrets meet it is its environment. */
export function engineContainer(
  job: DesiredJob,
  container: ContainerSpec,
  made: { readonly image: ImageId; readonly generation: number },
): EngineContainer {
  const { milliCpu, memoryMiB, diskMiB, processes, gpus, readOnlyRoot, publish, volumes } = container;
  const command = container.worker === undefined ? container.command : workerCommand(container.worker);
  return {
    job: String(job.jobId),
    container: container.name,
    specHash: job.specHash,
    ...made,
    ...(command === undefined ? {} : { command }),
    environment: environmentOf(container, job.secrets),
    ...{ milliCpu, memoryMiB, diskMiB, processes, gpus, readOnlyRoot },
    publish: publishedPorts(container, job, publish),
    volumes,
  };
}

/** Credentials for a container's image, when the job has some for its registry and they are here. */
export function registryAuth({ image }: ContainerSpec, { spec, secrets }: DesiredJob): RegistryAuth | undefined {
  const server = serverOf(image);
  const registry = spec.registries.find((each) => each.server === server);
  const password = registry === undefined ? undefined : secrets.get(registry.password);
  return registry === undefined || password === undefined
    ? undefined
    : { server, username: registry.username, password };
}

function environmentOf(
  { environment, secrets: names }: ContainerSpec,
  secrets: ReadonlyMap<string, Secret>,
): Record<string, string | Secret> {
  return { ...environment, ...Object.fromEntries(names.map((name) => [name, secretOf(name, secrets)])) };
}

/** The gateway reaches a container by a port of the host, so that what it serves is published too. */
function publishedPorts({ name }: ContainerSpec, { spec }: DesiredJob, publish: readonly number[]): number[] {
  const served = spec.ingress?.container === name ? [spec.ingress.port] : [];
  return [...new Set([...publish, ...served])];
}

function secretOf(name: string, secrets: ReadonlyMap<string, Secret>): Secret {
  const secret = secrets.get(name);
  if (secret === undefined) throw new KeeperError("SECRET_MISSING", `the job's secret ${name} is not here`);
  return secret;
}

/** As image names are read: what is before the first slash is a server when it looks like one. */
function serverOf(image: string): string {
  const [first = "", rest] = image.split("/", 2);
  const isServer = rest !== undefined && (/[.:]/u.test(first) || first === "localhost");
  return isServer ? first : defaultServer;
}
