import pino from "pino";
import pretty from "pino-pretty";
import type { Clock } from "./clock.js";
import { redact } from "./redact.js";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** What an entry says besides its message; secrets in it are redacted (see `redact`). */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: the message is a fixed sentence, everything that varies goes in the fields. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /** A logger whose every entry has these fields too. */
  child(bindings: LogFields): Logger;
}

export interface LoggerOptions {
  /** Which process speaks; stands in every entry. */
  readonly name: string;
  readonly level: LogLevel;
  /** One JSON object a line (default), or colours for people. */
  readonly format?: "json" | "pretty";
}

/** Where lines go; standard output unless given. */
export interface LogDestination {
  write(line: string): void;
}

/** The logger of a process, on pino. */
export function createLogger(
  options: LoggerOptions,
  dependencies: { readonly clock: Clock; readonly destination?: LogDestination },
): Logger {
  const settings: pino.LoggerOptions = {
    base: { name: options.name },
    level: options.level,
    timestamp: () => `,"time":${dependencies.clock.now()}`,
    formatters: { level: (label) => ({ level: label }) },
  };
  return new PinoLogger(pino(settings, openDestination(options, dependencies.destination)));
}

function openDestination(options: LoggerOptions, destination: LogDestination | undefined): pino.DestinationStream {
  if (destination !== undefined) return destination;
  return options.format === "pretty" ? pretty({ sync: true }) : pino.destination({ sync: true });
}

class PinoLogger implements Logger {
  readonly #pino: pino.Logger;

  constructor(instance: pino.Logger) {
    this.#pino = instance;
  }

  trace(message: string, fields?: LogFields): void {
    this.#log("trace", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  fatal(message: string, fields?: LogFields): void {
    this.#log("fatal", message, fields);
  }

  child(bindings: LogFields): Logger {
    return new PinoLogger(this.#pino.child(redact(bindings)));
  }

  #log(level: Exclude<LogLevel, "silent">, message: string, fields: LogFields = {}): void {
    if (this.#pino.isLevelEnabled(level)) this.#pino[level](redact(fields), message);
  }
}
