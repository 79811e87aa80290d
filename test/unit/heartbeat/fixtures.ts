import { type Disk } from "../../../keepers/core/disk.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import type { Logger } from "../../../keepers/core/logger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { BlockReference } from "../../../keepers/heartbeat/blockTracker.js";
import { HeartbeatSender, type HeartbeatSenderDependencies } from "../../../keepers/heartbeat/heartbeatSender.js";
import { HeartbeatSequence } from "../../../keepers/heartbeat/heartbeatSequence.js";
import {
  decodeHeartbeat,
  type DecodedHeartbeat,
  heartbeatTopic,
  MAX_HEARTBEAT_BYTES,
} from "../../../keepers/protocol/heartbeat.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { type MemoryBus, MemoryHub } from "../../../keepers/transport/memoryBus.js";

export const chainId = 31_337n;
export const nodeRegistry = `0x${"11".repeat(20)}`;
export const sequencePath = "/data/heartbeat.json";
export const block: BlockReference = { number: 7, hash: `0x${"ab".repeat(32)}`, timestamp: 1_700_000_000 };

/** A heartbeat as an oracle hears it. */
export interface Heard extends DecodedHeartbeat {
  readonly at: number;
}

export interface Rig {
  readonly clock: VirtualClock;
  readonly logger: Logger;
  readonly entries: LogEntry[];
  readonly hub: MemoryHub;
  readonly bus: MemoryBus;
  readonly key: SigningKey;
  readonly sequence: HeartbeatSequence;
  readonly heard: Heard[];
  readonly sender: HeartbeatSender;
}

export interface RigOptions {
  readonly seed?: number | string;
  readonly intervalMs?: number;
  readonly disk?: Disk;
  readonly clock?: VirtualClock;
  readonly dependencies?: Partial<HeartbeatSenderDependencies>;
}

/** A sender on a virtual clock, and an oracle's ear on the same broker. */
export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const { seed = 1, intervalMs = 10_000, disk = new MemoryDisk(), clock = new VirtualClock() } = options;
  const { logger, entries } = memoryLogger(clock);
  const hub = new MemoryHub({ maximumPayloadBytes: MAX_HEARTBEAT_BYTES, outgoingLimit: 16 }, { clock });
  const bus = hub.connect("node");
  const key = new SigningKey(`0x${"42".repeat(32)}`);
  const sequence = await HeartbeatSequence.open({ path: sequencePath, step: 60_000n }, { disk, clock, logger });
  const heard: Heard[] = [];
  await hub.connect("oracle").subscribe(heartbeatTopic(chainId, key.address), (_topic, payload) => {
    heard.push({ ...decodeHeartbeat(payload.slice()), at: clock.now() });
  });
  const random = new SeededRandom(seed);
  const sender = new HeartbeatSender(
    { chainId, nodeRegistry, intervalMs },
    { key, bus, blocks: { current: block }, sequence, clock, random, logger, ...options.dependencies },
  );
  return { clock, logger, entries, hub, bus, key, sequence, heard, sender };
}

/** Starts and lets the first heartbeat out. */
export async function startBeating({ sender, clock }: Rig): Promise<void> {
  const started = sender.start();
  await clock.advance(0);
  await started;
}
