import { ActiveLinks } from "../../keepers/chain/activeLinks.js";
import type { Clock } from "../../keepers/core/clock.js";
import { heartbeatAges } from "../../keepers/oracle/ingest/ages.js";
import { HeardNodes } from "../../keepers/oracle/ingest/heardNodes.js";
import { HeartbeatValidator } from "../../keepers/oracle/ingest/heartbeatValidator.js";
import { HeartbeatIngest } from "../../keepers/oracle/ingest/ingest.js";
import { LinkIndex } from "../../keepers/oracle/ingest/linkIndex.js";
import { WaitingRoom } from "../../keepers/oracle/ingest/waitingRoom.js";
import { SeatIndex } from "../../keepers/oracle/service/seatIndex.js";
import { ServiceDesk } from "../../keepers/oracle/service/serviceDesk.js";
import { TokenBuckets } from "../../keepers/oracle/tokenBuckets.js";
import type { Link } from "../../keepers/protocol/links.js";
import { PublicKeyCache } from "../../keepers/protocol/signing.js";
import type { SlotStore } from "../../keepers/storage/slotStore.js";
import type { MessageBus } from "../../keepers/transport/messageBus.js";
import { benchLogger } from "./logger.js";
import { BlockLine, CHAIN_ID, EPOCH_CLOCK, NODE_REGISTRY, stateWith } from "./nodes.js";

/** As an oracle in production; see `keepers/oracle/parts/hearing.ts`. */
const AGES = heartbeatAges(EPOCH_CLOCK);
const MAXIMUM_NODES = 65_536;

export interface HearingDependencies {
  readonly bus: Pick<MessageBus, "subscribe">;
  readonly slots: SlotStore;
  readonly clock: Pick<Clock, "now">;
}

export interface Ears {
  readonly ingest: HeartbeatIngest;
  /** What happens at each block, whether anything changed or not. */
  readonly look: () => void;
}

/** The oracle's ears on a made-up chain: all links active, every block known. */
export function openEars(links: readonly Link[], { bus, slots, clock }: HearingDependencies): Ears {
  const index = new LinkIndex();
  const state = stateWith(links);
  const active = new ActiveLinks();
  const look = (): void => index.replace(active.at(state, clock.now() / 1_000));
  look();
  const blocks = new BlockLine(() => clock.now());
  const heard = new HeardNodes({ startedAt: clock.now(), ...AGES }, { slots, epochClock: EPOCH_CLOCK });
  const waitingRoom = new WaitingRoom({ waitMs: 300_000, capacity: 4 * MAXIMUM_NODES }, { blocks });
  const buckets = new TokenBuckets({ burst: 8, perSecond: 2, capacity: MAXIMUM_NODES }, { clock });
  const publicKeys = new PublicKeyCache({ capacity: MAXIMUM_NODES });
  const logger = benchLogger(clock);
  const noSlots = { mark: () => true, has: () => false };
  const services = new ServiceDesk({ seats: new SeatIndex(), slots: noSlots, epochClock: EPOCH_CLOCK, clock, logger });
  const validator = new HeartbeatValidator(
    { chainId: CHAIN_ID, nodeRegistry: NODE_REGISTRY, freshBlocks: 64, ...AGES },
    { links: index, blocks, slots, heard, buckets, publicKeys, epochClock: EPOCH_CLOCK, services },
  );
  const ingest = new HeartbeatIngest(
    { chainId: CHAIN_ID },
    { bus, validator, waitingRoom, heard, links: index, slots, services, clock, logger },
  );
  return { ingest, look };
}
