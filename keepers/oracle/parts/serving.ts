import { join } from "node:path";
import { CommitLog } from "../../chain/commitLog.js";
import { standingOf } from "../../chain/selectors.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { Address } from "../../protocol/bytes.js";
import { EpochReader } from "../api/epochReader.js";
import { ApiServer } from "../api/server.js";
import type { OracleMonitor } from "../api/views.js";
import { Challenges } from "../dauth/challenges.js";
import { Sessions } from "../dauth/sessions.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { TokenBuckets } from "../tokenBuckets.js";
import type { Hearing } from "./hearing.js";
import { EPOCHS, type OracleStorage } from "./storage.js";

const CHALLENGES = { lifetimeSeconds: 60, capacity: 100_000 };
const CREDENTIAL_SECONDS = 3_600;
const READER = { cachedEpochs: 32, waitingReads: 64 };
const BUCKETS = { burst: 100, perSecond: 20, capacity: 100_000 };

/** Serves proofs and dAuth over HTTP; gives the URL. */
export async function startServing(
  options: OracleOptions,
  modules: OracleModules,
  { slots, archive }: OracleStorage,
  { links, heard }: Hearing,
  monitor: OracleMonitor,
  lifecycle: Lifecycle,
): Promise<string> {
  const { key, clock, random, logger, follower, disk, broker } = modules;
  const standing = {
    standingOf: (node: Address, operator?: Address) => {
      const { block, state } = follower.view;
      return standingOf(state, node, block.timestamp, operator);
    },
  };
  const sessions = new Sessions(
    {
      domain: { chainId: options.chainId, verifyingContract: options.nodeRegistry },
      credentialSeconds: options.credentialSeconds ?? CREDENTIAL_SECONDS,
      terms: termsOf(options),
    },
    { challenges: new Challenges(CHALLENGES, { clock, random }), standing, key, clock, logger, admin: broker?.admin },
  );
  const epochs = new EpochReader(
    { ...READER, directory: join(options.dataDir, EPOCHS) },
    { commits: new CommitLog(options, { follower }), archive, disk, clock },
  );
  const buckets = new TokenBuckets(BUCKETS, { clock });
  const { epochClock } = options;
  const server = await ApiServer.create(options.api, {
    ...{ epochs, nodes: links, slots, heard, epochClock, clock },
    ...{ sessions, monitor, buckets, logger },
    admin: broker?.administers === true ? broker.admin : undefined,
  });
  lifecycle.onClose("API", () => server.close());
  return server.listen();
}

function termsOf({ brokerUrl, epochClock, heartbeatIntervalMs, freshBlocks, oracleUrls }: OracleOptions) {
  const { genesis, duration, slotSeconds } = epochClock;
  return {
    brokerUrl,
    epoch: { genesis, duration, slotSeconds },
    heartbeat: { intervalMs: heartbeatIntervalMs, freshBlocks },
    oracles: oracleUrls,
  };
}
