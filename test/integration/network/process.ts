import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** How the process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `npm start` without npm: the command that it runs, in a process of its own. */
export class NetworkProcess {
  readonly ended: Promise<End>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #output = "";

  /** @param temporary where it makes its temporary folder */
  constructor(args: readonly string[], temporary: string) {
    this.#child = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", ...args], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#read(chunk));
    this.ended = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** Everything that it wrote so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when it wrote that; rejects with all its output when it ends before. */
  async wrote(text: string): Promise<void> {
    const seen = new Promise<boolean>((resolve) => {
      const look = (): void => {
        if (this.#output.includes(text)) resolve(true);
      };
      this.#listeners.add(look);
      look();
    });
    const early = this.ended.then(() => this.#output.includes(text));
    if (await Promise.race([seen, early])) return;
    throw new Error(`it ended without writing ${JSON.stringify(text)}:\n${this.#output}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  #read(chunk: Buffer): void {
    this.#output += chunk.toString();
    for (const listener of this.#listeners) listener();
  }
}
