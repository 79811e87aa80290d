/** When epochs start, and how they are cut into slots; all in whole seconds. */
export interface EpochClockOptions {
  /** Start of epoch 0, Unix seconds. */
  readonly genesis: number;
  /** Length of an epoch; a multiple of `slotSeconds`. */
  readonly duration: number;
  /** Length of a slot: a node is available in a slot when it was heard once. */
  readonly slotSeconds: number;
}

/** A slot of an epoch, counted from 0. */
export interface Slot {
  readonly epoch: bigint;
  readonly slot: number;
}

const MS = 1000;

/** The arithmetic of epochs and slots. It reads no time: the caller says when. */
export class EpochClock {
  readonly genesis: number;
  readonly duration: number;
  readonly slotSeconds: number;
  readonly slotsPerEpoch: number;

  /** @throws RangeError for lengths that are not positive whole seconds, or slots that do not fill the epoch exactly. */
  constructor(options: EpochClockOptions) {
    checkSeconds("genesis", options.genesis, 0);
    checkSeconds("duration", options.duration, 1);
    checkSeconds("slotSeconds", options.slotSeconds, 1);
    if (options.duration % options.slotSeconds !== 0) {
      throw new RangeError(`an epoch of ${options.duration} s is no whole number of slots of ${options.slotSeconds} s`);
    }
    this.genesis = options.genesis;
    this.duration = options.duration;
    this.slotSeconds = options.slotSeconds;
    this.slotsPerEpoch = options.duration / options.slotSeconds;
  }

  /** The epoch running at `seconds`; 0 before genesis too, as on chain. */
  epochAt(seconds: number): bigint {
    return BigInt(Math.max(0, Math.floor((seconds - this.genesis) / this.duration)));
  }

  /** First second of the epoch. */
  start(epoch: bigint): number {
    return this.genesis + Number(epoch) * this.duration;
  }

  /** First second after the epoch. */
  end(epoch: bigint): number {
    return this.start(epoch) + this.duration;
  }

  /** The slot running at `milliseconds`, or undefined before genesis: nothing counts then. */
  slotAt(milliseconds: number): Slot | undefined {
    const slots = Math.floor((milliseconds - this.genesis * MS) / (this.slotSeconds * MS));
    if (slots < 0) return undefined;
    return { epoch: BigInt(Math.floor(slots / this.slotsPerEpoch)), slot: slots % this.slotsPerEpoch };
  }
}

function checkSeconds(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name}: got ${value}, want whole seconds from ${least}`);
  }
}
