import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Commit } from "../../keepers/chain/protocolState.js";
import { fillArchive } from "./archive.js";
import { NODES } from "./nodes.js";
import type { ProofHandlers } from "./proofWorker.js";
import type { ProofLoadHandlers } from "./proofLoadWorker.js";
import { median } from "./statistics.js";
import { Worker } from "./workers.js";

const EPOCHS = 12;
const FEW_EPOCHS = 3;
const CONNECTIONS = 32;
const BATCH = 5_000;

/**
 * Proofs over HTTP for each second of CPU that the server's process uses: any deed of any of twelve epochs with 46,224 leaves
 * each, from the disk. Memory is told of a server that has to do with three of them, and of one that has to do with all.
 */
export async function measureProofs(batches: number, tell: (text: string) => void): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "bench-proofs-"));
  const load = await Worker.start<ProofLoadHandlers>("proofLoadWorker");
  try {
    tell(`archiving ${EPOCHS} epochs of ${NODES} leaves`);
    const last = await fillArchive(directory, EPOCHS, NODES);
    const place = { directory, last, load };
    tell("making their trees");
    await serveProofs({ ...place, epochs: EPOCHS, batches: 0 });
    tell(`asking for proofs of ${FEW_EPOCHS} epochs`);
    const few = await serveProofs({ ...place, epochs: FEW_EPOCHS, batches });
    tell(`asking for proofs of ${EPOCHS} epochs`);
    const all = await serveProofs({ ...place, epochs: EPOCHS, batches });
    tell(
      `most memory: ${few.rssMb.toFixed(0)} MB with ${FEW_EPOCHS} epochs, ${all.rssMb.toFixed(0)} MB with ${EPOCHS}`,
    );
    return median(all.rates);
  } finally {
    await load.end();
    await rm(directory, { recursive: true });
  }
}

interface Serving {
  readonly directory: string;
  readonly last: Commit;
  readonly load: Worker<ProofLoadHandlers>;
  readonly epochs: number;
  readonly batches: number;
}

/** A server's life: a batch to warm up, then those that count. */
async function serveProofs({ directory, last, load, epochs, batches }: Serving) {
  const server = await Worker.start<ProofHandlers>("proofWorker");
  try {
    const url = await server.call("serve", { directory, last });
    const asked = { url, roots: rootsUpTo(last).slice(0, epochs), deeds: NODES, connections: CONNECTIONS };
    const rates: number[] = [];
    for (let batch = 0; batch <= batches; batch++) {
      const before = await server.call("use", undefined);
      await load.call("ask", { ...asked, requests: BATCH });
      const { cpuMs } = await server.call("use", undefined);
      if (batch > 0) rates.push((1_000 * BATCH) / (cpuMs - before.cpuMs));
    }
    return { rates, rssMb: (await server.call("use", undefined)).rssMb };
  } finally {
    await server.end();
  }
}

/** Oldest first. */
function rootsUpTo(last: Commit) {
  const roots = [];
  for (let commit: Commit | undefined = last; commit; commit = commit.previous) roots.unshift(commit.root);
  return roots;
}
