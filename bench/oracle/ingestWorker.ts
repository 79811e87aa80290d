import { SystemClock } from "../../keepers/core/clock.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import type { IngestCounters } from "../../keepers/oracle/ingest/ingest.js";
import type { Address } from "../../keepers/protocol/bytes.js";
import { FileSlotStore } from "../../keepers/storage/fileSlotStore.js";
import { connectBus } from "./bus.js";
import { type Ears, openEars } from "./hearing.js";
import { BLOCK_MS, EPOCH_CLOCK, linksOf, START_MS } from "./nodes.js";
import { processCpuMs } from "./statistics.js";
import { serve } from "./workers.js";

/** What the ingest process used and heard since `begin`. */
export interface IngestUse {
  readonly cpuMs: number;
  readonly elapsedMs: number;
  readonly mostRssMb: number;
  readonly counters: IngestCounters;
  /** Fewest and most slots in which a node was heard, and all of them together. */
  readonly fewest: number;
  readonly most: number;
  readonly slots: number;
}

const SAMPLE_MS = 250;
const MEBIBYTE = 1_048_576;

/** Time as the heartbeats have it: it stands still until `begin`. */
let begunAt: number | undefined;
const clock = { now: () => START_MS + (begunAt === undefined ? 0 : performance.now() - begunAt) };

let ears: Ears;
let slots: FileSlotStore;
let nodes: readonly Address[];
let cpuAtStart = 0;
let mostRss = 0;

const handlers = {
  /** The oracle's ears, with slots on disk as in production. */
  open: async (options: { url: string; nodes: readonly Address[]; directory: string }): Promise<void> => {
    ({ nodes } = options);
    const store = { directory: options.directory, slotsPerEpoch: EPOCH_CLOCK.slotsPerEpoch, maximumNodes: 65_536 };
    slots = await FileSlotStore.open(
      { ...store, flushMs: 1_000 },
      { clock: new SystemClock(), disk: new SystemDisk(), onError: (error) => process.stderr.write(String(error)) },
    );
    ears = openEars(linksOf(nodes), { bus: await connectBus(options.url, "ingest"), slots, clock });
    await ears.ingest.start();
  },

  begin: (): void => {
    begunAt = performance.now();
    cpuAtStart = processCpuMs();
    mostRss = 0;
    const sample = (): void => {
      mostRss = Math.max(mostRss, process.memoryUsage.rss());
    };
    sample();
    setInterval(sample, SAMPLE_MS).unref();
    setInterval(ears.look, BLOCK_MS).unref();
  },

  use: (): IngestUse => {
    const cpuMs = processCpuMs() - cpuAtStart;
    const elapsedMs = performance.now() - (begunAt ?? 0);
    const epoch = EPOCH_CLOCK.epochAt(START_MS / 1_000);
    const heard = nodes.map((node) => slots.count(epoch, node));
    return {
      ...{ cpuMs, elapsedMs, mostRssMb: mostRss / MEBIBYTE, counters: ears.ingest.counters },
      ...{ fewest: Math.min(...heard), most: Math.max(...heard), slots: heard.reduce((sum, count) => sum + count, 0) },
    };
  },
};

export type IngestHandlers = typeof handlers;

serve(handlers);
