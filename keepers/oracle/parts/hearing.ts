import { ActiveLinks } from "../../chain/activeLinks.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import type { SlotStore } from "../../storage/slotStore.js";
import { heartbeatAges } from "../ingest/ages.js";
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
  /** The last beat of each node, as far as this process heard it. */
  readonly heard: HeardNodes;
  /** Undefined when other processes hear for this one. */
  readonly ingest: HeartbeatIngest | undefined;
}

export interface HearingOptions extends Pick<
  OracleOptions,
  "chainId" | "nodeRegistry" | "epochClock" | "freshBlocks" | "maximumNodes" | "ingest"
> {
  /** Shares the hearing with the other members of this group. */
  readonly group?: string | undefined;
}

/** The group in which the processes that hear for one oracle share a subscription; brokers let nobody else into it. */
export function ingestGroup(oracle: Address): string {
  return oracle;
}

export type HearingModules = Pick<OracleModules, "bus" | "clock" | "logger" | "follower">;

/** How long a proven heartbeat waits for its block: an RPC may be down for a while without anybody losing a slot. */
const BLOCK_WAIT_MS = 300_000;
const WAITING_PER_NODE = 4;
/** A node's heartbeats that are looked at: one every ten seconds is enough, and development networks beat each second. */
const BUCKETS = { burst: 8, perSecond: 2 };

/** Begins to hear the nodes with a licence, as the followed chain has them; or only to know them, when others hear. */
export async function startHearing(
  options: HearingOptions,
  modules: HearingModules,
  slots: SlotStore,
  lifecycle: Lifecycle,
): Promise<Hearing> {
  const { clock, follower } = modules;
  const links = new LinkIndex();
  // A store that tells replays itself needs no guesses about what was heard before this process began.
  const memory = slots.tellsReplays ? { has: () => false } : slots;
  const { epochClock } = options;
  const heard = new HeardNodes({ startedAt: clock.now(), ...heartbeatAges(epochClock) }, { slots: memory, epochClock });
  const ingest = options.ingest === "external" ? undefined : createIngest(options, modules, { slots, links, heard });
  const active = new ActiveLinks();
  const look = () => {
    const { block, state } = follower.view;
    links.replace(active.at(state, block.timestamp));
    ingest?.recheck();
  };
  look();
  const forget = follower.subscribe(({ type }) => {
    if (type !== "event") look();
  });
  lifecycle.onClose("heartbeats in", async () => {
    forget();
    await ingest?.close();
  });
  await ingest?.start();
  return { links, heard, ingest };
}

function createIngest(
  options: HearingOptions,
  { bus, clock, logger, follower }: HearingModules,
  { slots, links, heard }: { readonly slots: SlotStore; readonly links: LinkIndex; readonly heard: HeardNodes },
): HeartbeatIngest {
  const { chainId, nodeRegistry, epochClock, freshBlocks, maximumNodes, group } = options;
  const blocks = {
    get head() {
      return follower.head.number;
    },
    numberOf: (hash: Hash) => follower.blockNumberOf(hash),
  };
  const waitingRoom = new WaitingRoom({ waitMs: BLOCK_WAIT_MS, capacity: WAITING_PER_NODE * maximumNodes }, { blocks });
  const buckets = new TokenBuckets({ ...BUCKETS, capacity: maximumNodes }, { clock });
  const publicKeys = new PublicKeyCache({ capacity: maximumNodes });
  const validator = new HeartbeatValidator(
    { chainId, nodeRegistry, freshBlocks, ...heartbeatAges(epochClock) },
    { links, blocks, slots, heard, buckets, publicKeys, epochClock },
  );
  return new HeartbeatIngest({ chainId, group }, { bus, validator, waitingRoom, heard, links, slots, clock, logger });
}
