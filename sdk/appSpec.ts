import { hexlify, randomBytes } from "ethers";
import { type JobSpec, type JobSpecInput, JobSpecError, parseJobSpec } from "../keepers/protocol/jobSpec.js";
import { hashSecrets, type JobSecrets } from "../keepers/protocol/secrets.js";
import type { paths } from "./deeployApi.js";
import { SdkError } from "./errors.js";

type ContainerInput = JobSpecInput["containers"][number];

/** What an app runs: one container, or a whole specification. */
export type AppContent = OneContainer | WholeSpec;

/** One container that has all of its class. */
interface OneContainer extends Pick<ContainerInput, "image" | "command" | "health" | "restart" | "worker"> {
  /** A letter and up to 30 letters, digits or dashes. */
  readonly name: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Port of the container that the nodes' gateways serve. */
  readonly port?: number;
  /** Named volumes by the path where the container finds them; mebibytes. */
  readonly volumes?: Readonly<Record<string, number>>;
  readonly placement?: JobSpecInput["placement"];
}

interface WholeSpec {
  readonly spec: Omit<JobSpecInput, "version" | "secretsHash">;
}

/** A class, as GET /classes has it. */
export type ResourceClass =
  paths["/classes"]["get"]["responses"][200]["content"]["application/json"]["classes"][number];

/** A specification, and the secrets that belong to it. */
export interface BuiltSpec {
  readonly spec: JobSpec;
  readonly secrets: JobSecrets | undefined;
}

/** What a container keeps of its class's disk for what it writes outside its volumes. Mebibytes, at most. */
const SCRATCH_MIB = 512;

/** @param values secrets by name; they are set in the container's environment. @throws SdkError `SPEC_INVALID` */
export function buildSpec(
  content: AppContent,
  values: Readonly<Record<string, string>> | undefined,
  given: ResourceClass,
): BuiltSpec {
  const names = Object.keys(values ?? {});
  const secrets = names.length === 0 ? undefined : { salt: hexlify(randomBytes(32)), values: values ?? {} };
  const input = "spec" in content ? content.spec : specOf(content, names, given);
  try {
    const secretsHash = secrets && hashSecrets(secrets);
    const spec = parseJobSpec({ ...input, version: 1, ...(secretsHash === undefined ? {} : { secretsHash }) });
    return { spec, secrets };
  } catch (cause) {
    if (!(cause instanceof JobSpecError)) throw cause;
    throw new SdkError("SPEC_INVALID", cause.message, { cause });
  }
}

/** By name, such as `MICRO`, or number. @throws SdkError `CLASS_UNKNOWN` */
export function findClass(classes: readonly ResourceClass[], wanted: string | number, isGpu: boolean): ResourceClass {
  const found = classes.find(
    (each) =>
      each.isGpu === isGpu && (each.classId === wanted || each.name.toLowerCase() === String(wanted).toLowerCase()),
  );
  if (found !== undefined) return found;
  const names = classes.filter((each) => each.isGpu === isGpu && each.isOffered).map(({ name }) => name);
  throw new SdkError(
    "CLASS_UNKNOWN",
    `there is no ${isGpu ? "GPU add-on" : "class"} ${wanted}; there are ${names.join(", ")}`,
  );
}

function specOf(
  content: OneContainer,
  secrets: string[],
  { milliCpu, memoryMiB, diskMiB }: ResourceClass,
): Omit<JobSpecInput, "version"> {
  const { name, port, volumes = {}, placement, environment = {} } = content;
  const mounts = Object.keys(volumes).map((path, index) => ({ name: `volume-${index}`, path }));
  const sizes = Object.values(volumes).map((sizeMiB, index) => ({ name: `volume-${index}`, sizeMiB }));
  const left = Math.max(0, diskMiB - sizes.reduce((sum, { sizeMiB }) => sum + sizeMiB, 0));
  const container = {
    ...given(content),
    ...{ name, milliCpu, memoryMiB, diskMiB: Math.min(left, SCRATCH_MIB), secrets, volumes: mounts },
    environment: { ...environment },
    publish: port === undefined ? [] : [port],
  };
  return {
    ...{ name, containers: [container], volumes: sizes },
    ...(port === undefined ? {} : { ingress: { container: name, port } }),
    ...(placement === undefined ? {} : { placement }),
  };
}

/** What goes into the container as it is; beside it stands what is not the container's. */
function given({ image, command, health, restart, worker }: OneContainer): Pick<ContainerInput, "image"> {
  const all = { image, command, health, restart, worker };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as typeof all;
}
