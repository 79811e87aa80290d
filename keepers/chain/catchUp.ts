import { KeeperError } from "../core/errors.js";
import { abortable } from "./abortable.js";
import type { ChainHistory } from "./chainHistory.js";
import type { ChainNotification } from "./chainNotification.js";
import type { BlockRef, ChainReader } from "./chainReader.js";

export interface CatchUpDependencies {
  readonly reader: ChainReader;
  readonly signal: AbortSignal;
  /** Newest blocks to read one by one, with their hashes; older ones are read as ranges of events. */
  readonly window: number;
  readonly onChange: (notification: ChainNotification) => void;
}

/** Blocks asked for at the same time. */
const batchSize = 16;
/** Blocks whose events are taken in at once; what failed after that starts from there. */
const rangeSize = 50_000;

/**
 * Brings the history to `head`, block by block and event by event, taking back first what is on another fork. Between two
 * awaits the history always holds whole blocks of one fork, so it may be read, or this be given up, at any moment.
 *
 * @returns `too deep` when the forks part before the oldest kept block; nothing was changed then
 */
export async function extendHistory(
  history: ChainHistory,
  head: BlockRef,
  dependencies: CatchUpDependencies,
): Promise<"done" | "too deep"> {
  if (!(await toCommonAncestor(history, head, dependencies))) return "too deep";
  await absorbOldEvents(history, head, dependencies);
  while (history.known < head.number) {
    for (const { block, events } of await readBatch(history.known + 1, head, dependencies)) {
      // The chain moved between two calls: the next look sorts it out.
      if (!history.follows(block)) throw inconsistent(`block ${block.number} does not follow the one before it`);
      history.append(block, events);
      for (const event of events) dependencies.onChange({ type: "event", event });
      dependencies.onChange({ type: "block", block });
    }
  }
  return "done";
}

/** Takes back blocks until the newest left is on the head's chain; false when none of those kept is. */
async function toCommonAncestor(
  history: ChainHistory,
  head: BlockRef,
  dependencies: CatchUpDependencies,
): Promise<boolean> {
  const { tip } = history;
  if (tip === undefined || history.follows(head)) return true;
  const oldest = (history.blocks[0] as BlockRef).number;
  for (let number = Math.min(tip.number, head.number); number >= oldest; number -= 1) {
    const theirs = await blockOf(number, head, dependencies);
    const ours = history.block(number) as BlockRef;
    if (theirs.hash !== ours.hash) continue;
    if (number < tip.number) {
      const dropped = history.rollBack(number);
      dependencies.onChange({ type: "reorg", ancestor: ours, dropped });
    }
    return true;
  }
  return false;
}

async function absorbOldEvents(
  history: ChainHistory,
  head: BlockRef,
  dependencies: CatchUpDependencies,
): Promise<void> {
  const { reader, signal, window, onChange } = dependencies;
  while (history.known < head.number - window) {
    const from = history.known + 1;
    const block = await blockOf(Math.min(head.number - window, from + rangeSize - 1), head, dependencies);
    const events = await abortable(reader.events(from, block.number), signal);
    history.absorb(block, events);
    for (const event of events) onChange({ type: "event", event });
  }
}

async function readBatch(from: number, head: BlockRef, dependencies: CatchUpDependencies) {
  const count = Math.min(batchSize, head.number - from + 1);
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return Promise.all(
    numbers.map(async (number) => {
      const block = await blockOf(number, head, dependencies);
      return { block, events: await abortable(dependencies.reader.eventsOf(block), dependencies.signal) };
    }),
  );
}

async function blockOf(number: number, head: BlockRef, { reader, signal }: CatchUpDependencies): Promise<BlockRef> {
  if (number === head.number) return head;
  const block = await abortable(reader.block(number), signal);
  if (block === undefined) throw inconsistent(`the server lacks block ${number}, below its own head ${head.number}`);
  return block;
}

function inconsistent(message: string): KeeperError {
  return new KeeperError("CHAIN_INCONSISTENT", message, { retriable: true });
}
