import { ActiveLinks } from "../../chain/activeLinks.js";
import type { Lifecycle } from "../../core/lifecycle.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import { heartbeatAges } from "../ingest/ages.js";
import { HeardNodes } from "../ingest/heardNodes.js";
import { HeartbeatValidator } from "../ingest/heartbeatValidator.js";
import { HeartbeatIngest } from "../ingest/ingest.js";
import { LinkIndex } from "../ingest/linkIndex.js";
import { WaitingRoom } from "../ingest/waitingRoom.js";
import type { OracleModules, OracleOptions } from "../options.js";
import { SeatIndex } from "../service/seatIndex.js";
import { ServiceDesk } from "../service/serviceDesk.js";
import { TokenBuckets } from "../tokenBuckets.js";
import type { OracleStorage } from "./storage.js";

/** Who is heard, and what was heard. */
export interface Hearing {
  readonly links: LinkIndex;
  /** The last beat of each node, as far as this process heard it. */
  readonly heard: HeardNodes;
  /** The assignments there are now. */
  readonly seats: SeatIndex;
  /** What their nodes said of them, as far as this process heard it. */
  readonly services: ServiceDesk;
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
  { slots, services: serviceSlots }: Pick<OracleStorage, "slots" | "services">,
  lifecycle: Lifecycle,
): Promise<Hearing> {
  const { clock, follower, logger } = modules;
  const links = new LinkIndex();
  // A store that tells replays itself needs no guesses about what was heard before this process began.
  const memory = slots.tellsReplays ? { has: () => false } : slots;
  const { epochClock } = options;
  const heard = new HeardNodes({ startedAt: clock.now(), ...heartbeatAges(epochClock) }, { slots: memory, epochClock });
  const seats = new SeatIndex();
  const services = new ServiceDesk({ seats, slots: serviceSlots, epochClock, clock, logger });
  const parts = { slots, links, heard, services };
  const ingest = options.ingest === "external" ? undefined : createIngest(options, modules, parts);
  const active = new ActiveLinks();
  const look = () => {
    const { block, state } = follower.view;
    const epoch = epochClock.epochAt(clock.now() / 1_000);
    links.replace(active.at(state, block.timestamp));
    if (seats.replace(state, epoch)) services.forgetOthers();
    const prepared = state.jobs.size > 0 ? serviceSlots.prepare(epoch) : undefined;
    ingest?.recheck();
    return prepared;
  };
  await look();
  const forget = follower.subscribe(({ type }) => {
    if (type !== "event") void look();
  });
  lifecycle.onClose("heartbeats in", async () => {
    forget();
    await ingest?.close();
  });
  await ingest?.start();
  return { links, heard, seats, services, ingest };
}

function createIngest(
  options: HearingOptions,
  { bus, clock, logger, follower }: HearingModules,
  { slots, links, heard, services }: Pick<Hearing, "links" | "heard" | "services"> & Pick<OracleStorage, "slots">,
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
    { links, blocks, slots, heard, buckets, publicKeys, epochClock, services },
  );
  const parts = { bus, validator, waitingRoom, heard, links, slots, services, clock, logger };
  return new HeartbeatIngest({ chainId, group }, parts);
}
