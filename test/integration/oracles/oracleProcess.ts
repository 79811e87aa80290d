import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type ServiceEnd, ServiceProcess } from "../../helpers/services/serviceProcess.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const ANSWER_MS = 2_000;
const TAIL_LINES = 100;

/** Variables of a keeper's process, as its operator would set them. */
export type Variables = Readonly<Record<string, string>>;

/** What `GET /status` says, as far as the tests look at it. */
export interface Status {
  readonly oracle: string;
  readonly deciding: number;
  readonly phase: string;
  readonly round: number;
  readonly lastCommitted?: number;
  readonly connected: boolean;
  readonly nodes: number;
}

/** A keeper started as its operator starts it: `node --import tsx keepers/<name>/main.ts --json`, in an environment of its own. */
export class KeeperProcess extends ServiceProcess {
  constructor(name: "node" | "oracle", variables: Variables) {
    const { PATH = "", HOME = "" } = process.env;
    const program = join(ROOT, "keepers", name, "main.ts");
    super(process.execPath, ["--import", import.meta.resolve("tsx"), program, "--json"], { PATH, HOME, ...variables });
  }

  /** The last lines that it wrote. */
  get tail(): string {
    return this.output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  }
}

/** One oracle of the network, which may run, be paused, be killed and run again on the same disk. */
export class OracleProcess {
  readonly address: string;
  readonly url: string;
  readonly #variables: Variables;
  readonly #runs: KeeperProcess[] = [];

  /** @param address lower-case */
  constructor(address: string, variables: Variables & { readonly API_PORT: string }) {
    this.address = address;
    this.url = `http://127.0.0.1:${variables.API_PORT}`;
    this.#variables = variables;
  }

  /** Everything that it wrote in all its runs. */
  get output(): string {
    return this.#runs.map(({ output }) => output).join("\n");
  }

  /** What it wrote in all its runs, the end of each. */
  get tail(): string {
    return this.#runs.map(({ tail }, run) => `--- ${this.address}, run ${run + 1}\n${tail}`).join("\n");
  }

  get isRunning(): boolean {
    return this.#runs.length > 0;
  }

  /** Resolves when it says that it is at work. */
  async start(): Promise<void> {
    const run = new KeeperProcess("oracle", this.#variables);
    this.#runs.push(run);
    await run.wrote(/the oracle is at work/);
  }

  /** Takes effect at once: the process does nothing more until `resume`. */
  pause(): void {
    this.#runs.at(-1)?.signal("SIGSTOP");
  }

  resume(): void {
    this.#runs.at(-1)?.signal("SIGCONT");
  }

  /** No farewell, nothing flushed. */
  async kill(): Promise<ServiceEnd | undefined> {
    return this.#runs.at(-1)?.end("SIGKILL");
  }

  async status(): Promise<Status> {
    return (await this.get("/status")).json() as Promise<Status>;
  }

  /** Rejects unless the answer is a good one. */
  async get(path: string): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.ok) return answer;
    throw new Error(`${this.url}${path} answers ${answer.status}: ${await answer.text()}`);
  }
}
