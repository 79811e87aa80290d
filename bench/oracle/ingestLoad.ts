import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startBroker } from "./broker.js";
import type { IngestHandlers, IngestUse } from "./ingestWorker.js";
import type { LoadHandlers, LoadResult } from "./loadWorker.js";
import { NODES } from "./nodes.js";
import { Worker } from "./workers.js";

export interface LoadFigures {
  readonly coreShare: number;
  readonly rssMb: number;
}

const BEAT_SECONDS = 10;
const SLOT_SECONDS = 20;
const CONNECTIONS = 8;
const ARRIVAL_MS = 10_000;

/**
 * All nodes beat every ten seconds through a broker to one oracle's ears. Load, broker and ears are processes of their own; what
 * counts is the CPU and the memory of the ears.
 * @throws Error when a heartbeat was lost, or did not count as it should
 */
export async function measureIngestLoad(seconds: number, tell: (text: string) => void): Promise<LoadFigures> {
  const directory = await mkdtemp(join(tmpdir(), "bench-slots-"));
  const broker = await startBroker();
  const [load, ears] = await Promise.all([
    Worker.start<LoadHandlers>("loadWorker"),
    Worker.start<IngestHandlers>("ingestWorker"),
  ]);
  try {
    const nodes = await load.call("make", { nodes: NODES });
    await ears.call("open", { url: broker.url, nodes, directory });
    const beats = Math.ceil(seconds / BEAT_SECONDS);
    tell(`signing ${NODES * beats} heartbeats`);
    await load.call("sign", { beats });
    await load.call("connect", { url: broker.url, connections: CONNECTIONS });
    tell(`${seconds} s of heartbeats through ${broker.name}`);
    await ears.call("begin", undefined);
    const sent = await load.call("send", undefined);
    const use = await arrived(ears, sent);
    checkLoss(use, sent, Math.floor((beats * BEAT_SECONDS) / SLOT_SECONDS));
    tell(`${sent.published} heartbeats, none lost; the latest was sent ${sent.latestMs.toFixed(0)} ms late`);
    return { coreShare: use.cpuMs / use.elapsedMs, rssMb: use.mostRssMb };
  } finally {
    await Promise.all([load.end(), ears.end()]);
    await broker.close();
    await rm(directory, { recursive: true });
  }
}

async function arrived(ears: Worker<IngestHandlers>, { published }: LoadResult): Promise<IngestUse> {
  let use = await ears.call("use", undefined);
  for (let waited = 0; heardBy(use) < published && waited < ARRIVAL_MS; waited += 100) {
    await sleep(100);
    use = await ears.call("use", undefined);
  }
  return use;
}

/** Every message came in, every one was good or the second in its slot, and every node was heard in every whole slot. */
function checkLoss(use: IngestUse, { published }: LoadResult, wholeSlots: number): void {
  const { ACCEPTED, DUPLICATE_SLOT } = use.counters;
  const isSound = ACCEPTED + DUPLICATE_SLOT === published && use.slots === ACCEPTED && use.fewest >= wholeSlots;
  if (!isSound) throw new Error(`heartbeats were lost: ${published} sent, ${JSON.stringify(use)}`);
}

function heardBy({ counters }: IngestUse): number {
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}
