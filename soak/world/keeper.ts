import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Clock } from "../../keepers/core/clock.js";
import { systemPath } from "../../scripts/check/systemPath.js";
import type { Journal } from "./journal.js";

/** What can be killed, started again, and sent a signal. */
export interface Part {
  /** No farewell, nothing flushed. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it is at work. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A service manager starts a process that ended by itself again after this time. */
const RESTART_MS = 1_000;
/** For an end in good order; then it is killed. */
const STOP_MS = 40_000;

export interface KeeperOptions {
  /** `oracle-1`. */
  readonly name: string;
  /** Path of the program in the repository. */
  readonly program: string;
  readonly variables: Readonly<Record<string, string>>;
  /** What it writes when it is at work. */
  readonly ready: string;
  readonly logFile: string;
}

export interface KeeperDependencies {
  readonly clock: Clock;
  readonly journal: Journal;
}

/** A keeper as its operator runs it: a process of its own, started again when it ends by itself, with a log file. */
export class Keeper implements Part {
  readonly name: string;
  readonly #options: KeeperOptions;
  readonly #dependencies: KeeperDependencies;
  #child: ChildProcess | undefined;
  #isWanted = false;
  /** Called, and forgotten, when it is at work. */
  #waiting: (() => void)[] = [];

  constructor(options: KeeperOptions, dependencies: KeeperDependencies) {
    this.name = options.name;
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    const ready = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#launch();
    await ready;
  }

  async kill(): Promise<void> {
    this.#isWanted = false;
    await this.#end("SIGKILL");
  }

  /** In good order; killed when that takes too long. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    this.signal("SIGCONT");
    const late = this.#dependencies.clock.schedule(STOP_MS, () => this.signal("SIGKILL"));
    await this.#end("SIGTERM");
    late();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    await ended;
  }

  #launch(): void {
    const { program, variables, logFile, ready } = this.#options;
    const { HOME = "" } = process.env;
    const child = spawn(process.execPath, ["--import", "tsx", program, "--json"], {
      cwd: ROOT,
      env: { PATH: systemPath(process.env["PATH"]), HOME, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const log = createWriteStream(logFile, { flags: "a" });
    let isReady = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        log.write(chunk);
        if (!isReady && chunk.includes(ready)) {
          isReady = true;
          for (const resolve of this.#waiting.splice(0)) resolve();
        }
      });
    }
    const leave = (): boolean => child.kill("SIGKILL");
    process.once("exit", leave);
    child.once("close", (code, signal) => {
      process.off("exit", leave);
      log.end();
      if (this.#isWanted) this.#again(code, signal);
    });
  }

  #again(code: number | null, signal: NodeJS.Signals | null): void {
    const { clock, journal } = this.#dependencies;
    journal.endedByItself(this.name, code, signal);
    this.#waiting.push(journal.begin(this.name, "kill"));
    clock.schedule(RESTART_MS, () => this.#isWanted && this.#launch());
  }
}
