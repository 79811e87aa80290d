import type { Address } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { Heartbeat } from "../../protocol/heartbeat.js";
import type { SlotStore } from "../../storage/slotStore.js";
import type { Beat } from "./verdict.js";

export interface HeardNodesOptions {
  /** When this process began to listen, milliseconds since 1970. */
  readonly startedAt: number;
  /** Heartbeats older than this, or further ahead of the receiver's clock, are refused anyway; milliseconds. */
  readonly maximumAgeMs: number;
  readonly maximumAheadMs: number;
}

export interface HeardNodesDependencies {
  readonly slots: Pick<SlotStore, "has">;
  readonly epochClock: EpochClock;
}

type Message = Pick<Heartbeat, "node" | "sequence" | "time">;

/**
 * The last beat of each node, and with it the rule against replays: a node's sequence only goes up.
 *
 * Sequences are not kept on disk. Right after a restart a message from before it could therefore pass once more, which the
 * slots tell: when a node was heard shortly before the restart, only what it wrote after the restart counts. What was heard
 * longer ago than that is too old to be accepted.
 */
export class HeardNodes {
  readonly #options: HeardNodesOptions;
  readonly #dependencies: HeardNodesDependencies;
  readonly #last = new Map<Address, Beat>();

  constructor(options: HeardNodesOptions, dependencies: HeardNodesDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#last.size;
  }

  /** Undefined when it was not heard since the start. */
  lastOf(node: Address): Beat | undefined {
    return this.#last.get(node);
  }

  /** Notes a proven beat. */
  note(beat: Beat): void {
    this.#last.set(beat.node, beat);
  }

  /**
   * Whether a message may have been counted already.
   * @param message `time`: the node's own, milliseconds since 1970
   * @param namesNewBlock whether it names a block that this oracle did not know when it started
   */
  isReplay({ node, sequence, time }: Message, namesNewBlock: boolean): boolean {
    const last = this.#last.get(node);
    if (last !== undefined) return sequence <= last.sequence;
    const { startedAt, maximumAheadMs } = this.#options;
    const written = Number(time) - startedAt;
    const isSurelyNew = written > maximumAheadMs || (written > 0 && namesNewBlock);
    return !isSurelyNew && this.#wasHeardBeforeStart(node);
  }

  /** Forgets the nodes that lost their licence, so that memory follows the number of links. */
  retain(isWanted: (node: Address) => boolean): void {
    for (const node of this.#last.keys()) if (!isWanted(node)) this.#last.delete(node);
  }

  /** A message that is fresh now can have been counted in no slot before those looked at here. */
  #wasHeardBeforeStart(node: Address): boolean {
    const { startedAt, maximumAgeMs, maximumAheadMs } = this.#options;
    const { slots, epochClock } = this.#dependencies;
    const slotMs = epochClock.slotSeconds * 1_000;
    const earliest = startedAt - maximumAgeMs - maximumAheadMs;
    for (let time = startedAt; time > earliest - slotMs; time -= slotMs) {
      const place = epochClock.slotAt(time);
      if (place !== undefined && slots.has(place.epoch, place.slot, node)) return true;
    }
    return false;
  }
}
