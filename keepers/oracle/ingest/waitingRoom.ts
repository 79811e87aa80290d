import type { Beat, NamedBlock } from "./verdict.js";
import type { RecentBlocks } from "./views.js";

export interface WaitingRoomOptions {
  /** How long a beat may wait for its block, milliseconds. */
  readonly waitMs: number;
  /** Most beats that wait. */
  readonly capacity: number;
}

interface Waiting {
  readonly beat: Beat;
  readonly block: NamedBlock;
}

/**
 * Proven heartbeats that name a block which this oracle's RPC does not show yet. Without it an oracle whose RPC is seconds
 * behind, or down, would score everybody low. Each counts for the slot in which it arrived, once its block is known.
 */
export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #blocks: RecentBlocks;
  /** One per node and slot: the last. In the order of arrival. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: WaitingRoomOptions, dependencies: { readonly blocks: RecentBlocks }) {
    this.#options = options;
    this.#blocks = dependencies.blocks;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False when there is no room. */
  add(beat: Beat, block: NamedBlock): boolean {
    const key = `${beat.node}/${beat.epoch}/${beat.slot}`;
    if (this.#waiting.size >= this.#options.capacity && !this.#waiting.has(key)) return false;
    this.#waiting.delete(key);
    this.#waiting.set(key, { beat, block });
    return true;
  }

  /** Takes out the beats whose block is known by now, and those that waited too long. */
  settle(now: number): { readonly proven: readonly Beat[]; readonly expired: readonly Beat[] } {
    const proven: Beat[] = [];
    const expired: Beat[] = [];
    for (const [key, { beat, block }] of this.#waiting) {
      const isKnown = this.#blocks.numberOf(block.hash) === Number(block.number);
      if (!isKnown && now - beat.heardAt < this.#options.waitMs) continue;
      this.#waiting.delete(key);
      (isKnown ? proven : expired).push(beat);
    }
    return { proven, expired };
  }
}
