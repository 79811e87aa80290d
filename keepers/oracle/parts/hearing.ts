import { linksAt } from "../../chain/selectors.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { Hash } from "../../protocol/bytes.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import type { SlotStore } from "../../storage/slotStore.js";
import { HeardNodes } from "../ingest/heardNodes.js";
import { HeartbeatValidator } from "../ingest/heartbeatValidator.js";
import { HeartbeatIngest } from "../ingest/ingest.js";
import { LinkIndex } from "../ingest/linkIndex.js";
import { WaitingRoom } from "../ingest/waitingRoom.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { TokenBuckets } from "../tokenBuckets.js";

/** Who is heard, and what was heard. */
export interface Hearing {
  readonly links: LinkIndex;
  readonly heard: HeardNodes;
  readonly ingest: HeartbeatIngest;
}

const MAXIMUM_AGE_MS = 30_000;
const MOST_AHEAD_MS = 5_000;
/** How long a proven heartbeat waits for its block: an RPC may be down for a while without anybody losing a slot. */
const BLOCK_WAIT_MS = 300_000;
const WAITING_PER_NODE = 4;
/** A node's heartbeats that are looked at: one every ten seconds is enough, and development networks beat each second. */
const BUCKETS = { burst: 8, perSecond: 2 };

/** Begins to hear the nodes with a licence, as the followed chain has them. */
export async function startHearing(
  options: OracleOptions,
  modules: OracleModules,
  slots: SlotStore,
  lifecycle: Lifecycle,
): Promise<Hearing> {
  const { chainId, nodeRegistry, epochClock, freshBlocks, maximumNodes } = options;
  const { bus, clock, logger, follower } = modules;
  const blocks = {
    get head() {
      return follower.head.number;
    },
    numberOf: (hash: Hash) => follower.blockNumberOf(hash),
  };
  // A quarter of a slot: after a restart, messages from before it cannot be told apart for longer than that.
  const maximumAheadMs = Math.min(MOST_AHEAD_MS, epochClock.slotSeconds * 250);
  const ages = { maximumAgeMs: MAXIMUM_AGE_MS, maximumAheadMs };
  const links = new LinkIndex();
  const heard = new HeardNodes({ startedAt: clock.now(), ...ages }, { slots, epochClock });
  const waitingRoom = new WaitingRoom({ waitMs: BLOCK_WAIT_MS, capacity: WAITING_PER_NODE * maximumNodes }, { blocks });
  const buckets = new TokenBuckets({ ...BUCKETS, capacity: maximumNodes }, { clock });
  const publicKeys = new PublicKeyCache({ capacity: maximumNodes });
  const validator = new HeartbeatValidator(
    { chainId, nodeRegistry, freshBlocks, ...ages },
    { links, blocks, slots, heard, buckets, publicKeys, epochClock },
  );
  const ingest = new HeartbeatIngest({ chainId }, { bus, validator, waitingRoom, heard, links, slots, clock, logger });
  const look = () => {
    const { block, state } = follower.view;
    links.replace(linksAt(state, block.timestamp));
    ingest.recheck();
  };
  look();
  const forget = follower.subscribe(({ type }) => {
    if (type !== "event") look();
  });
  lifecycle.onClose("heartbeats in", async () => {
    forget();
    await ingest.close();
  });
  await ingest.start();
  return { links, heard, ingest };
}
