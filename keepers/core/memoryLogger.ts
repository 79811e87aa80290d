import type { Clock } from "./clock.js";
import { createLogger, type Logger } from "./logger.js";

/** One entry as it would have been written, bindings included. */
export interface LogEntry extends Record<string, unknown> {
  readonly level: string;
  readonly msg: string;
}

/** A logger for tests that keeps what it was told, through the same redaction as the real one. */
export function memoryLogger(clock: Clock): { readonly logger: Logger; readonly entries: LogEntry[] } {
  const entries: LogEntry[] = [];
  const destination = { write: (line: string): void => void entries.push(JSON.parse(line) as LogEntry) };
  return { logger: createLogger({ name: "test", level: "trace" }, { clock, destination }), entries };
}
