import { z } from "zod";
import { KeeperError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { Secret } from "../core/secret.js";
import type { QueueOptions, TaskOptions } from "./workQueue.js";

/** Longest task, as JSON in UTF-8. Bytes. */
export const MAX_TASK_BYTES = 65_536;

const MAX_NAME_CHARACTERS = 200;
const MAX_DEPTH = 32;

const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const backoff = z.strictObject({
  baseMs: z.number().min(0),
  maximumMs: z.number().min(0),
  factor: z.number().min(1).exactOptional(),
  jitter: z.number().min(0).max(1).exactOptional(),
});

/** A task as it is kept. */
export const taskRecord = z.strictObject({
  id: name,
  key: name.optional(),
  task: z.json(),
  attempts: z.int().min(1),
  backoff,
});
export type TaskRecord = z.output<typeof taskRecord>;

/** What is kept of a task that is added. Throws `TASK_INVALID`. */
export function recordOf<T>(task: T, given: TaskOptions, options: QueueOptions<T>, random: Random): TaskRecord {
  refuseSecrets(task, 0);
  const json = toJson(task);
  if (Buffer.byteLength(json) > MAX_TASK_BYTES) throw invalid(`it takes more than ${MAX_TASK_BYTES} bytes`);
  const value: unknown = JSON.parse(json);
  readTask(value, options.schema);
  const record = taskRecord.safeParse({
    ...{ id: given.id ?? Buffer.from(random.bytes(16)).toString("hex"), key: given.key, task: value },
    ...{ attempts: given.attempts ?? options.attempts, backoff: given.backoff ?? options.backoff },
  });
  if (!record.success) throw invalid(z.prettifyError(record.error));
  return record.data;
}

/** The task in a record. Throws `TASK_INVALID` when it is not what this version of the program knows. */
export function readTask<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(z.prettifyError(parsed.error));
}

function toJson(task: unknown): string {
  try {
    return JSON.stringify(task ?? null);
  } catch (cause) {
    throw new KeeperError("TASK_INVALID", "a task has to be a value of JSON", { cause });
  }
}

function refuseSecrets(value: unknown, depth: number): void {
  if (value instanceof Secret) throw invalid("it holds a secret, and tasks are kept in the clear");
  if (typeof value !== "object" || value === null) return;
  if (depth === MAX_DEPTH) throw invalid(`it is nested more than ${MAX_DEPTH} deep`);
  for (const part of Object.values(value)) refuseSecrets(part, depth + 1);
}

function invalid(reason: string): KeeperError {
  return new KeeperError("TASK_INVALID", `the task cannot be queued: ${reason}`);
}
