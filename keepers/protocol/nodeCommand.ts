import { z } from "zod";
import { type Address, EncodingError, type Hash } from "./bytes.js";
import { type DeeployRequest, requestBodyHash } from "./deeployRequest.js";
import { JobRight } from "./jobRights.js";

/** Longest command on the wire, as JSON in UTF-8. Bytes. */
export const MAX_COMMAND_BYTES = 16_384;

/** Longest piece of an answer, as JSON in UTF-8. Bytes. */
export const MAX_ANSWER_BYTES = 16_384;

/** Longest time that a node goes on sending log lines for one command. Seconds. */
const MAX_FOLLOW_SECONDS = 3_600;

/** Most lines of a log that are told at first. */
const MAX_TAIL = 10_000;

/**
 * A wallet's own request, as Deeploy relays it to a node. The node understands the request as signed, and nothing else; it asks
 * the chain whether the account may do it.
 */
export interface SignedCommand {
  readonly request: DeeployRequest;
  /** The request's body, byte for byte; empty for a GET. */
  readonly body: string;
  /** 65 bytes of a key, or whatever a smart-contract wallet takes. Lower-case hex with 0x. */
  readonly signature: string;
}

/** What a request asks of a node. Without a container's name all of the job's are meant. */
export type NodeCommand = CommandTarget &
  (
    | { readonly kind: "restart" | "stop" | "start" | "state" }
    | { readonly kind: "logs"; readonly tail: number; readonly since?: number; readonly followSeconds: number }
  );

interface CommandTarget {
  readonly jobId: bigint;
  /** Of all nodes of the job only this one. */
  readonly node?: Address;
  readonly container?: string;
}

/** One piece of a node's answer. Pieces are counted from 0; nothing follows the one that says `last`. */
export interface CommandAnswer {
  readonly index: number;
  readonly last: boolean;
  /** In the last piece of a command that failed. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly lines?: readonly AnswerLine[];
  readonly state?: JobReport;
}

export interface AnswerLine {
  readonly container: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How a job stands on a node, for people. */
export interface JobReport {
  /** A name of `ContainerState`. */
  readonly state: string;
  /** Why it does not run, when it does not. */
  readonly reason?: string;
  readonly containers: readonly {
    readonly name: string;
    readonly state: string;
    /** Ends that nobody asked for, one after the other. */
    readonly failures: number;
    readonly reason?: string;
  }[];
}

/** Where Deeploy publishes commands for a node; the payload is `encodeCommand`. */
export function commandTopic(chainId: bigint, node: Address): string {
  return `r1/${chainId}/command/${node.toLowerCase()}`;
}

/** Where a node publishes its answer; the id is the request's digest (`deeployRequestDigest`). */
export function answerTopic(chainId: bigint, node: Address, requestId: Hash): string {
  return `r1/${chainId}/answer/${node.toLowerCase()}/${requestId.toLowerCase()}`;
}

/** The right that a delegate needs for a command. */
export function rightFor(command: NodeCommand): JobRight {
  return command.kind === "logs" || command.kind === "state" ? JobRight.LOGS : JobRight.OPERATE;
}

/** UTF-8 of JSON. @throws EncodingError when it is too long or malformed */
export function encodeCommand(command: SignedCommand): Uint8Array {
  return encode("command", signedCommand, command, MAX_COMMAND_BYTES);
}

/** @throws EncodingError */
export function decodeCommand(bytes: Uint8Array): SignedCommand {
  return decode("command", signedCommand, bytes, MAX_COMMAND_BYTES);
}

/** @throws EncodingError when it is too long or malformed */
export function encodeAnswer(answer: CommandAnswer): Uint8Array {
  return encode("answer", commandAnswer, answer, MAX_ANSWER_BYTES);
}

/** @throws EncodingError */
export function decodeAnswer(bytes: Uint8Array): CommandAnswer {
  return decode("answer", commandAnswer, bytes, MAX_ANSWER_BYTES);
}

/**
 * What a request asks of a node: `POST /jobs/{id}/restart`, `…/stop` or `…/start` with the JSON `{node?, container?}` or no body, and
 * `GET /jobs/{id}/state` or `…/logs`, whose query has `node`, `container` and, for logs, `tail`, `since` (milliseconds since 1970)
 * and `follow` (seconds). Whether the body is the one that was signed is checked here too.
 * @throws EncodingError
 */
export function readNodeCommand({ request, body }: Omit<SignedCommand, "signature">): NodeCommand {
  if (requestBodyHash(new TextEncoder().encode(body)) !== request.bodyHash.toLowerCase()) {
    throw new EncodingError("command: the body is not the one that was signed");
  }
  const { jobId, kind, query } = readPath(request);
  if (kind === "logs") return { kind, jobId, ...readQuery(query, logQuery) };
  if (kind === "state") return { kind, jobId, ...readQuery(query, target) };
  if (query !== "") throw new EncodingError(`command: ${kind} takes no query`);
  return { kind, jobId, ...readTarget(body) };
}

function readPath({ method, path }: DeeployRequest): {
  readonly jobId: bigint;
  readonly kind: NodeCommand["kind"];
  readonly query: string;
} {
  const { digits, kind, query = "" } = PATH.exec(path)?.groups ?? {};
  if (digits === undefined || kind === undefined) {
    throw new EncodingError("command: want the path /jobs/{id}/ and restart, stop, start, state or logs");
  }
  const known = kind as NodeCommand["kind"];
  if (method !== METHODS[known]) throw new EncodingError(`command: ${kind} is no ${method}`);
  return { jobId: BigInt(digits), kind: known, query };
}

const PATH = /^\/jobs\/(?<digits>\d{1,77})\/(?<kind>restart|stop|start|state|logs)(?:\?(?<query>.*))?$/;
const METHODS = { restart: "POST", stop: "POST", start: "POST", state: "GET", logs: "GET" } as const;

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .toLowerCase();
const count = (most: number): z.ZodType<number> => z.coerce.number().int().min(0).max(most);

const signedCommand = z.strictObject({
  request: z.strictObject({
    account: address,
    method: z.string().max(16),
    path: z.string().max(2_048),
    bodyHash: hash,
    nonce: hash,
    expiresAt: z.int().min(0),
  }),
  body: z.string().max(4_096),
  signature: z.string().regex(/^0x(?:[0-9a-f]{2}){1,2048}$/),
});

const target = z.strictObject({
  node: address.exactOptional(),
  container: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/)
    .exactOptional(),
});

const logQuery = z
  .strictObject({
    ...target.shape,
    tail: count(MAX_TAIL).default(100),
    since: count(Number.MAX_SAFE_INTEGER).exactOptional(),
    follow: count(MAX_FOLLOW_SECONDS).default(0),
  })
  .transform(({ follow: followSeconds, ...rest }) => ({ ...rest, followSeconds }));

const line = z.strictObject({
  container: z.string(),
  at: z.number(),
  stream: z.enum(["stdout", "stderr"]),
  text: z.string(),
});

const containerReport = z.strictObject({
  name: z.string(),
  state: z.string(),
  failures: z.int().min(0),
  reason: z.string().exactOptional(),
});

const jobReport = z.strictObject({
  state: z.string(),
  reason: z.string().exactOptional(),
  containers: z.array(containerReport).max(64),
});

const commandAnswer = z.strictObject({
  index: z.int().min(0),
  last: z.boolean(),
  error: z.strictObject({ code: z.string().max(64), message: z.string() }).exactOptional(),
  lines: z.array(line).exactOptional(),
  state: jobReport.exactOptional(),
});

function readQuery<T>(query: string, schema: z.ZodType<T>): T {
  const pairs = [...new URLSearchParams(query)];
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) throw new EncodingError("command: a name comes twice");
  return parseWith("command", schema, Object.fromEntries(pairs));
}

function readTarget(body: string): z.output<typeof target> {
  return body === "" ? {} : parseWith("command", target, parseJson("command", body));
}

function encode<T>(what: string, schema: z.ZodType<T>, value: T, limit: number): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(parseWith(what, schema, value)));
  checkLength(what, bytes, limit);
  return bytes;
}

function decode<T>(what: string, schema: z.ZodType<T>, bytes: Uint8Array, limit: number): T {
  checkLength(what, bytes, limit);
  return parseWith(what, schema, parseJson(what, new TextDecoder().decode(bytes)));
}

function checkLength(what: string, { length }: Uint8Array, limit: number): void {
  if (length > limit) throw new EncodingError(`${what}: ${length} bytes, want at most ${limit}`);
}

function parseWith<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new EncodingError(`${what}: ${issues.join("; ")}`);
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EncodingError(`${what}: not JSON`);
  }
}
