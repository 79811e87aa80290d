import { join } from "node:path";

import type { Lifecycle } from "../../core/lifecycle.js";
import { HeartbeatSender } from "../../heartbeat/heartbeatSender.js";
import { HeartbeatSequence } from "../../heartbeat/heartbeatSequence.js";
import type { OracleModules, OracleOptions } from "../options.js";

/** Sequence numbers reserved ahead on disk, so that not every heartbeat is a write. Milliseconds. */
const SEQUENCE_STEP = 60_000n;

/** An oracle is a node too: its own heartbeats are what its availability, and so its right to report, is measured by. */
export async function startBeating(
  options: OracleOptions,
  modules: OracleModules,
  lifecycle: Lifecycle,
): Promise<HeartbeatSender> {
  const { chainId, nodeRegistry, heartbeatIntervalMs: intervalMs, dataDir } = options;
  const { key, bus, clock, random, logger, disk, follower } = modules;
  const sequence = await HeartbeatSequence.open(
    { path: join(dataDir, "heartbeat.json"), step: SEQUENCE_STEP },
    { disk, clock, logger },
  );
  const blocks = {
    get current() {
      return follower.head;
    },
  };
  const sender = new HeartbeatSender(
    { chainId, nodeRegistry, intervalMs },
    { key, bus, blocks, sequence, clock, random, logger },
  );
  lifecycle.onClose("heartbeats out", async () => {
    sender.close();
    await sequence.close();
  });
  await sender.start();
  return sender;
}
