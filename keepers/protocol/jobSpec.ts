import { keccak256 } from "ethers";
import { z } from "zod";
import { compareBytes, type Hash } from "./bytes.js";

/** Longest specification, as canonical JSON in UTF-8. Bytes. */
export const MAX_SPEC_BYTES = 65_536;

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, "want a letter and up to 30 letters, digits or dashes");
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "want the name of an environment variable");
const path = z
  .string()
  .max(256)
  .regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^\0]*$/, "want an absolute path without ..");
const image = z
  .string()
  .max(256)
  .regex(/^[a-z0-9][a-z0-9._/:@-]*$/, "want the name of an image");
const argument = z.string().max(4_096);
const port = z.int().min(1).max(65_535);
const seconds = z.int().min(1).max(3_600);
const whole = z.int().min(0).max(0xff_ff_ff_ff);
const tokenIds = z.array(z.int().min(1).max(65_535)).max(256).default([]);

/** Asked for again and again while the container runs; `failures` in a row make it unhealthy. */
const health = z.strictObject({
  check: z.discriminatedUnion("type", [
    z.strictObject({ type: z.literal("http"), port, path: z.string().max(1_024).startsWith("/") }),
    z.strictObject({ type: z.literal("tcp"), port }),
    z.strictObject({ type: z.literal("command"), command: z.array(argument).min(1).max(64) }),
  ]),
  everySeconds: seconds.default(5),
  timeoutSeconds: seconds.default(3),
  failures: z.int().min(1).max(20).default(3),
  /** Failures within this time after the start do not count. */
  startSeconds: seconds.default(30),
});

/** A worker job: the repository is cloned and the command is run in it, by the container's image. */
const worker = z.strictObject({
  repository: z.url({ protocol: /^(https?|git)$/ }).max(1_024),
  ref: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "want a branch, a tag or a commit"),
  command: z.array(argument).min(1).max(64),
  /** Looks for new commits this often; never unless given. */
  pollSeconds: seconds.optional(),
});

const container = z.strictObject({
  name,
  image,
  /** In place of the image's own. */
  command: z.array(argument).min(1).max(64).optional(),
  environment: z.record(variable, argument).default({}),
  /** Variables whose values are among the job's secrets. */
  secrets: z.array(variable).max(64).default([]),
  /** Names of the containers that have to be healthy, or, without a health check, running, before this one is started. */
  after: z.array(name).max(8).default([]),
  milliCpu: z.int().min(10).max(1_000_000),
  memoryMiB: z.int().min(8).max(16_777_216),
  /** What it may write outside its volumes. */
  diskMiB: whole.default(64),
  processes: z.int().min(1).max(32_768).default(256),
  gpus: z.int().min(0).max(16).default(0),
  readOnlyRoot: z.boolean().default(false),
  /** Ports of it that the node publishes on one of its own. */
  publish: z.array(port).max(16).default([]),
  volumes: z
    .array(z.strictObject({ name, path, readOnly: z.boolean().default(false) }))
    .max(16)
    .default([]),
  health: health.optional(),
  restart: z.enum(["always", "on-failure", "never"]).default("always"),
  pull: z.enum(["always", "missing", "never"]).default("missing"),
  /** Looks for a newer image under the same name this often; never unless given. */
  updateSeconds: seconds.optional(),
  /** From SIGTERM to SIGKILL. */
  stopSeconds: z.int().min(1).max(120).default(10),
  worker: worker.optional(),
});

const specification = z.strictObject({
  version: z.literal(1),
  name,
  containers: z.array(container).min(1).max(8),
  volumes: z
    .array(z.strictObject({ name, sizeMiB: z.int().min(1).max(16_777_216) }))
    .max(16)
    .default([]),
  /** Credentials for images; the password is the secret of that name. */
  registries: z
    .array(
      z.strictObject({ server: z.string().min(1).max(256), username: z.string().min(1).max(256), password: variable }),
    )
    .max(8)
    .default([]),
  /** What the node's gateway serves under the job's name. */
  ingress: z
    .strictObject({ container: name, port, probePath: z.string().max(1_024).startsWith("/").default("/") })
    .optional(),
  placement: z
    .strictObject({
      countries: z
        .array(z.string().regex(/^[A-Z]{2}$/))
        .max(64)
        .default([]),
      tags: z.array(name).max(16).default([]),
      business: z.boolean().default(false),
      excluded: tokenIds,
      preferred: tokenIds,
      distinctOwners: z.boolean().default(false),
    })
    .prefault({}),
  /** `hashSecrets` of the secrets that belong to it; only together with secrets. */
  secretsHash: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .optional(),
});

/** What a job runs, and where it may: its hash is on chain, and nodes run nothing whose hash is another. */
export type JobSpec = z.output<typeof specification>;
/** The same as people write it, without what has a default. */
export type JobSpecInput = z.input<typeof specification>;
export type ContainerSpec = JobSpec["containers"][number];
export type HealthSpec = NonNullable<ContainerSpec["health"]>;
export type WorkerSpec = NonNullable<ContainerSpec["worker"]>;

/** A specification that cannot be run; `problems` name each field and what is wrong with it. */
export class JobSpecError extends Error {
  override readonly name = "JobSpecError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the job specification is refused: ${problems.join("; ")}`);
    this.problems = problems;
  }
}

/** The specification with its defaults. @throws JobSpecError */
export function parseJobSpec(input: unknown): JobSpec {
  const parsed = specification.safeParse(input);
  if (!parsed.success) {
    throw new JobSpecError(parsed.error.issues.map(({ path: at, message }) => `${at.join(".") || "it"}: ${message}`));
  }
  const problems = [...contradictions(parsed.data)];
  if (problems.length > 0) throw new JobSpecError(problems);
  return parsed.data;
}

/** UTF-8 of the canonical JSON: keys sorted, no white space, defaults written out. @throws JobSpecError when it is too long */
export function encodeJobSpec(spec: JobSpec): Uint8Array {
  const bytes = new TextEncoder().encode(canonicalJson(spec));
  if (bytes.length > MAX_SPEC_BYTES) throw new JobSpecError([`it takes ${bytes.length} of ${MAX_SPEC_BYTES} bytes`]);
  return bytes;
}

/** Of what somebody else encoded, byte for byte as `encodeJobSpec` would. @throws JobSpecError */
export function decodeJobSpec(bytes: Uint8Array): JobSpec {
  if (bytes.length > MAX_SPEC_BYTES) throw new JobSpecError([`it takes ${bytes.length} of ${MAX_SPEC_BYTES} bytes`]);
  const spec = parseJobSpec(parseJson(bytes));
  if (compareBytes(encodeJobSpec(spec), bytes) !== 0) throw new JobSpecError(["it is not in its canonical form"]);
  return spec;
}

/** What `JobEscrow` keeps. */
export function hashJobSpec(spec: JobSpec): Hash {
  return keccak256(encodeJobSpec(spec));
}

/** JSON with sorted keys and without white space or undefined members: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new JobSpecError(["it is not JSON"]);
  }
}

/** What each field may be by itself, but not beside the others. */
function* contradictions(spec: JobSpec): Generator<string> {
  yield* repeated("containers", namesOf(spec.containers));
  yield* repeated("volumes", namesOf(spec.volumes));
  yield* repeated(
    "registries",
    spec.registries.map(({ server }) => server),
  );
  for (const index of spec.containers.keys()) yield* containerContradictions(spec, index);
  const { ingress } = spec;
  if (ingress && !namesOf(spec.containers).includes(ingress.container)) {
    yield `ingress.container: there is no container ${ingress.container}`;
  }
  if (needsSecrets(spec) !== (spec.secretsHash !== undefined)) yield "secretsHash: wanted with secrets, and only then";
}

function* containerContradictions(spec: JobSpec, index: number): Generator<string> {
  const { after, volumes, secrets, environment } = spec.containers[index] as ContainerSpec;
  const at = `containers.${index}`;
  const earlier = namesOf(spec.containers.slice(0, index));
  for (const other of after) if (!earlier.includes(other)) yield `${at}.after: ${other} is not a container before it`;
  const known = namesOf(spec.volumes);
  for (const { name } of volumes) if (!known.includes(name)) yield `${at}.volumes: there is no volume ${name}`;
  yield* repeated(
    `${at}.volumes`,
    volumes.map((each) => each.path),
  );
  yield* repeated(`${at}.environment and ${at}.secrets`, [...Object.keys(environment), ...secrets]);
}

function* repeated(at: string, values: readonly string[]): Generator<string> {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) yield `${at}: two have ${value}`;
    seen.add(value);
  }
}

function namesOf(items: readonly { readonly name: string }[]): string[] {
  return items.map(({ name }) => name);
}

function needsSecrets({ containers, registries }: JobSpec): boolean {
  return registries.length > 0 || containers.some(({ secrets }) => secrets.length > 0);
}
