import { join } from "node:path";

import type { Commit } from "../../keepers/chain/protocolState.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { EpochReader } from "../../keepers/oracle/api/epochReader.js";
import { ApiServer, type ApiServerDependencies } from "../../keepers/oracle/api/server.js";
import { Challenges } from "../../keepers/oracle/dauth/challenges.js";
import { Sessions } from "../../keepers/oracle/dauth/sessions.js";
import { LinkIndex } from "../../keepers/oracle/ingest/linkIndex.js";
import { TokenBuckets } from "../../keepers/oracle/tokenBuckets.js";
import { SigningKey } from "../../keepers/protocol/signing.js";
import { MemorySlotStore } from "../../keepers/storage/memorySlotStore.js";
import { commitsUpTo, openArchive } from "./archive.js";
import { benchLogger } from "./logger.js";
import { CHAIN_ID, EPOCH_CLOCK, keyBytes, NODE_REGISTRY } from "./nodes.js";
import { processCpuMs } from "./statistics.js";
import { serve } from "./workers.js";

export interface ServerUse {
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** As in `keepers/oracle/parts/serving.ts`; nobody is turned away for asking too much. */
const READER = { cachedEpochs: 32, waitingReads: 64 };
const BUCKETS = { burst: 1e12, perSecond: 1e12, capacity: 100 };

const clock = new SystemClock();

const handlers = {
  /** Serves what is archived; gives the API's URL. */
  serve: async ({ directory, last }: { directory: string; last: Commit }): Promise<string> => {
    const archive = await openArchive(directory);
    const epochs = new EpochReader(
      { ...READER, directory: join(directory, "epochs") },
      { commits: commitsUpTo(last), archive, disk: new SystemDisk(), clock },
    );
    const server = await ApiServer.create({ host: "127.0.0.1", port: 0, trustProxy: false }, around(epochs));
    return server.listen();
  },

  /** CPU so far, and the most memory so far. */
  use: (): ServerUse => ({ cpuMs: processCpuMs(), rssMb: process.resourceUsage().maxRSS / 1_024 }),
};

export type ProofHandlers = typeof handlers;

/** The rest of the API, with nothing behind it. */
function around(epochs: EpochReader): ApiServerDependencies {
  const logger = benchLogger(clock);
  const { genesis, duration, slotSeconds } = EPOCH_CLOCK;
  const sessions = new Sessions(
    {
      domain: { chainId: CHAIN_ID, verifyingContract: NODE_REGISTRY },
      credentialSeconds: 3_600,
      terms: {
        brokerUrl: "mqtt://127.0.0.1:1883",
        epoch: { genesis, duration, slotSeconds },
        heartbeat: { intervalMs: 10_000, freshBlocks: 64 },
        oracles: [],
      },
    },
    {
      challenges: new Challenges({ lifetimeSeconds: 60, capacity: 100 }, { clock, random: new CryptoRandom() }),
      standing: { standingOf: () => ({ ok: false, reason: "NODE_NOT_ASSOCIATED" }) },
      key: new SigningKey(keyBytes("oracle", 0)),
      clock,
      logger,
    },
  );
  return {
    ...{ epochs, sessions, clock, logger, epochClock: EPOCH_CLOCK },
    nodes: new LinkIndex(),
    slots: new MemorySlotStore({ slotsPerEpoch: EPOCH_CLOCK.slotsPerEpoch, maximumNodes: 1 }),
    heard: { lastOf: () => undefined },
    monitor: { status: () => ({}), problems: () => [] },
    buckets: new TokenBuckets(BUCKETS, { clock }),
  };
}

serve(handlers);
