import type { Clock } from "../../../keepers/core/clock.js";
import type { Narrator } from "../narrator.js";
import type { World } from "../world.js";

/** Where a view goes; `process.stdout` is one. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Shows the network to people. */
export interface View {
  /** From now on this is what there is to see. */
  show(world: World): void;
  /** Shows the last of it, and gives the terminal back. Idempotent. */
  close(): void;
}

export interface ViewDependencies {
  readonly output: Terminal;
  readonly clock: Clock;
  readonly narrator: Narrator;
}
