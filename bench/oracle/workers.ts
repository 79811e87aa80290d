import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What a worker can be asked for, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process of its own that does what it is asked for. */
export class Worker<H extends Handlers> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", (message) => this.#settle(message as Reply));
    process.on("exit", (code, signal) => this.#failAll(new Error(`a bench worker ended: ${code ?? signal}`)));
  }

  /** @param file beside this one, without the ending; it calls `serve` */
  static async start<H extends Handlers>(file: string): Promise<Worker<H>> {
    const child = fork(new URL(`./${file}.ts`, import.meta.url), {
      execArgv: ["--import", "tsx"],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const worker = new Worker<H>(child);
    await Promise.race([once(child, "message"), once(child, "exit")]);
    return worker;
  }

  call<K extends keyof H & string>(name: K, argument: Parameters<H[K]>[0]): Promise<Awaited<ReturnType<H[K]>>> {
    const id = (this.#calls += 1);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#process.send({ id, name, argument } satisfies Call);
    return waiting.promise as Promise<Awaited<ReturnType<H[K]>>>;
  }

  async end(): Promise<void> {
    this.#process.removeAllListeners("exit");
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  #settle({ id, value, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** In the worker's process: does what is asked for, until the parent is gone. */
export function serve(handlers: Handlers): void {
  process.on("message", (message) => {
    const { id, name, argument } = message as Call;
    void answer(handlers, name, argument).then((reply) => process.send?.({ id, ...reply }));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ id: 0 } satisfies Reply);
}

async function answer(handlers: Handlers, name: string, argument: unknown): Promise<Omit<Reply, "id">> {
  try {
    return { value: await handlers[name]?.(argument as never) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
