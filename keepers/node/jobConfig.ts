import { optional, type Environment, withDefault } from "../core/config.js";
import { directory, duration, integer, listOf, oneOf, text, url, type VariableKind } from "../core/variableKinds.js";

const second = 1_000;
const mostUnits = 16_777_216;

/** Every variable about paid jobs. */
export const jobSpecification = {
  engine: withDefault("NODE_ENGINE", oneOf(["off", "docker"]), "off"),
  dockerSocket: withDefault("DOCKER_SOCKET", text(256), "/var/run/docker.sock"),
  offeredMilliCpu: optional("NODE_MILLI_CPU", integer(10, 1_000_000)),
  offeredMemoryMiB: optional("NODE_MEMORY_MIB", integer(8, mostUnits)),
  offeredDiskMiB: optional("NODE_DISK_MIB", integer(1, mostUnits)),
  offeredGpus: withDefault("NODE_GPUS", integer(0, 16), 0),
  volumesFolder: optional("NODE_VOLUMES_DIR", directory()),
  deeployUrls: withDefault("DEEPLOY_URLS", listOf(url(["http", "https"]), 16), []),
  jobPollMs: withDefault("JOB_POLL", duration(100, 60 * second), 2 * second),
  redisUrl: optional("REDIS_URL", url(["redis", "rediss"])),
  onExit: withDefault("NODE_ON_EXIT", oneOf(["keep", "end"]), "keep"),
  country: optional("NODE_COUNTRY", matching(/^[A-Z]{2}$/u, "two capital letters, such as DE")),
  tags: withDefault(
    "NODE_TAGS",
    listOf(matching(/^[a-z][a-z0-9-]{0,30}$/u, "a word of small letters and digits"), 16),
    [],
  ),
};

const needed = {
  NODE_MILLI_CPU: "thousandths of a core that jobs may have",
  NODE_MEMORY_MIB: "mebibytes of memory that jobs may have",
  NODE_DISK_MIB: "mebibytes of disk that jobs may have",
  DEEPLOY_URLS: "the services that give specifications of jobs",
};

/** What a node that runs jobs lacks. */
export function jobProblems(environment: Environment): string[] {
  if (environment["NODE_ENGINE"]?.trim() !== "docker") return [];
  return Object.entries(needed)
    .filter(([name]) => (environment[name]?.trim() ?? "") === "")
    .map(([name, what]) => `${name}: missing, wants ${what} (NODE_ENGINE is docker)`);
}

function matching(pattern: RegExp, wants: string): VariableKind<string> {
  const kind = text(64);
  return { ...kind, wants, schema: kind.schema.refine((value) => pattern.test(value)) };
}
