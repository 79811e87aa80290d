import type { VirtualClock } from "../keepers/core/virtualClock.js";
import type { SimOracle } from "./oracle.js";
import { GENESIS } from "./plan.js";

/** Until a process that ended by itself is started again; an operator's supervisor does that. Milliseconds. */
const RESTART_MS = 3_000;
/** Longest that closing in good order may take. */
const CLOSE_MS = 10_000;

export interface SupervisorDependencies {
  readonly clock: VirtualClock;
  readonly isHealed: () => boolean;
  readonly onStuck: (what: string) => void;
}

/** Starts an oracle, ends its lives as planned, and starts it again. */
export class Supervisor {
  readonly #oracle: SimOracle;
  readonly #dependencies: SupervisorDependencies;
  #life = 0;

  constructor(oracle: SimOracle, dependencies: SupervisorDependencies) {
    this.#oracle = oracle;
    this.#dependencies = dependencies;
    this.#later(GENESIS * 1000 + oracle.plan.startAt - dependencies.clock.now(), () => this.#start());
  }

  /** The process is gone. */
  onDeath(): void {
    this.#later(this.#downMs(), () => this.#start());
  }

  /** The process says that it is of no use before a restart. */
  onBroken(): void {
    const life = this.#life;
    this.#later(RESTART_MS, () => this.#restart(life));
  }

  #start(): void {
    const { isHealed } = this.#dependencies;
    const plan = isHealed() ? undefined : this.#oracle.plan.restarts[this.#life];
    this.#life += 1;
    const life = this.#life;
    this.#oracle.start(plan?.dieAt, isHealed);
    if (plan && plan.dieAt === undefined) this.#later(plan.afterMs, () => this.#restart(life));
  }

  async #restart(life: number): Promise<void> {
    if (life !== this.#life || !this.#oracle.isRunning) return;
    const ending = await this.#oracle.stop(CLOSE_MS);
    if (ending === "died") return;
    if (ending === "stuck") this.#dependencies.onStuck(`${this.#oracle.name} did not close within ${CLOSE_MS} ms`);
    this.onDeath();
  }

  #downMs(): number {
    return this.#oracle.plan.restarts[this.#life - 1]?.downMs ?? RESTART_MS;
  }

  #later(ms: number, task: () => unknown): void {
    this.#dependencies.clock.schedule(ms, task);
  }
}
