import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { systemPath } from "../../../scripts/check/systemPath.js";

/** How a service ended. */
export interface ServiceEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program as a child of the test: ended by its own handle, and never left behind when the test process exits. */
export class ServiceProcess {
  readonly ended: Promise<ServiceEnd>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #listeners = new Set<() => void>();
  #output = "";

  /** @param environment instead of this process's own */
  constructor(name: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    this.#name = name;
    this.#child = spawn(name, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...environment, PATH: systemPath(environment["PATH"]) },
    });
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr]) this.#follow(stream);
    const leave = (): boolean => this.#child.kill("SIGKILL");
    process.once("exit", leave);
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#write(`${error.message}\n`));
      this.#child.once("close", (code, signal) => {
        process.off("exit", leave);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start: ${this.#output}`);
    return this.#child.pid;
  }

  /** Everything that it wrote so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves once it wrote what `pattern` says; rejects with its output when it ends before. */
  async wrote(pattern: RegExp): Promise<void> {
    const seen = new Promise<boolean>((resolve) => {
      const look = (): void => {
        if (!pattern.test(this.#output)) return;
        this.#listeners.delete(look);
        resolve(true);
      };
      this.#listeners.add(look);
      look();
    });
    const early = this.ended.then(() => pattern.test(this.#output));
    if (!(await Promise.race([seen, early]))) throw new Error(`${this.#name} ended too early:\n${this.#output}`);
  }

  /** Sends the signal and waits for the end. Harmless when it has ended already. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<ServiceEnd> {
    this.#child.kill(signal);
    return this.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #follow(stream: Readable | null): void {
    stream?.on("data", (chunk: Buffer) => this.#write(chunk.toString()));
  }

  #write(text: string): void {
    this.#output += text;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
