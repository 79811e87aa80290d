import { z } from "zod";
import { KeeperError } from "../core/errors.js";
import { taskRecord, type TaskRecord } from "./task.js";

/**
 * Where the embedded queue notes what happens to its tasks; `FileJournal` in keepers/storage is one. What `append` has
 * confirmed is replayed after a crash, in order.
 */
export interface TaskLog {
  append(record: Uint8Array): Promise<void>;
  replay(): AsyncIterable<Uint8Array>;
  /** Drops the records that `keep` does not want. */
  truncate(keep: (record: Uint8Array) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Longest entry of a task log. Bytes. */
export const MAX_ENTRY_BYTES = 131_072;

const number = z.int().min(0);
const entry = z.discriminatedUnion("type", [
  /** `number` is the task's own for ever, `due` when it may run, milliseconds since 1970. */
  z.strictObject({ type: z.literal("added"), number, due: z.number(), record: taskRecord }),
  z.strictObject({ type: z.literal("started"), number }),
  /** To run again at `due`; `attempts` is how many count. */
  z.strictObject({ type: z.literal("returned"), number, due: z.number(), attempts: number }),
  z.strictObject({ type: z.literal("died"), number, error: z.string() }),
  z.strictObject({ type: z.literal("ended"), number }),
]);
export type LogEntry = z.output<typeof entry>;

/** A task as the log tells of it. */
export interface LoggedTask {
  readonly number: number;
  readonly record: TaskRecord;
  due: number;
  /** Attempts that began and count. */
  attempts: number;
  running: boolean;
  /** Set when it is dead. */
  error: string | undefined;
}

export function encodeEntry(value: LogEntry): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Throws `QUEUE_CORRUPT`. */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  try {
    return entry.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    throw new KeeperError("QUEUE_CORRUPT", "the log of a queue has an entry that no version wrote", { cause });
  }
}

/** The tasks that a log leaves, in the order they were added in. Throws `QUEUE_CORRUPT`. */
export async function replayTasks(log: TaskLog): Promise<Map<number, LoggedTask>> {
  const tasks = new Map<number, LoggedTask>();
  for await (const bytes of log.replay()) apply(tasks, decodeEntry(bytes));
  return tasks;
}

function apply(tasks: Map<number, LoggedTask>, value: LogEntry): void {
  if (value.type === "added") {
    const { number, record, due } = value;
    tasks.set(number, { number, record, due, attempts: 0, running: false, error: undefined });
    return;
  }
  const task = tasks.get(value.number);
  if (task === undefined) return;
  if (value.type === "started") Object.assign(task, { running: true, attempts: task.attempts + 1 });
  else if (value.type === "returned") Object.assign(task, { running: false, due: value.due, attempts: value.attempts });
  else if (value.type === "died") Object.assign(task, { running: false, error: value.error });
  else tasks.delete(value.number);
}
