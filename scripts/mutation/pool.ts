import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Mutant } from "./mutants.js";
import type { Verdict } from "./trial.js";
import type { Answer, Task } from "./worker.js";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

/** The compiler and the test runner keep some memory of each mutant. */
const TASKS_OF_A_WORKER = 3;

type Done = (mutant: Mutant, verdict: Verdict) => void;

/** Tries tasks in `size` processes, which are replaced now and then. */
export class Pool {
  constructor(
    private readonly snapshot: string,
    private readonly size: number,
  ) {}

  /** Asks `next` for tasks until there is none, and tells `done` what became of each mutant. */
  async run(next: () => Task | undefined, done: Done): Promise<void> {
    await Promise.all(Array.from({ length: this.size }, () => this.#work(next, done)));
  }

  async #work(next: () => Task | undefined, done: Done): Promise<void> {
    for (let task = next(); task;) {
      const worker = fork(WORKER, [this.snapshot], { execArgv: ["--import", "tsx"], stdio: "inherit" });
      try {
        for (let count = 0; task && count < TASKS_OF_A_WORKER; count += 1) {
          await doTask(worker, task, done);
          task = next();
        }
      } finally {
        worker.kill("SIGKILL");
      }
    }
  }
}

function doTask(worker: ChildProcess, task: Task, done: Done): Promise<void> {
  const mutants = new Map(task.mutants.map((mutant) => [mutant.key, mutant]));
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      worker.off("exit", onExit).off("message", onMessage);
      settle();
    };
    const onExit = (code: number | null): void =>
      finish(() => reject(new Error(`a worker ended with status ${String(code)} on ${[...mutants.keys()][0] ?? ""}`)));
    const onMessage = ({ key, verdict }: Answer): void => {
      const mutant = key === undefined ? undefined : mutants.get(key);
      if (mutant && verdict) done(mutant, verdict);
      else finish(resolve);
    };
    worker.on("exit", onExit).on("message", onMessage).send(task);
  });
}
