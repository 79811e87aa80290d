import { EventEmitter } from "node:events";

import type { SignalTarget } from "../../../keepers/core/signals.js";

/** A process that notes with which status it would have ended. */
export class Target extends EventEmitter implements SignalTarget {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}
