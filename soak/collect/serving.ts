import mqtt from "mqtt";

import { ContainerState, decodeHeartbeat } from "../../keepers/protocol/heartbeat.js";
import type { World } from "../world/world.js";

/** Every node beats once a second. */
const LISTEN_MS = 3_000;
const OVER: readonly number[] = [ContainerState.STOPPED, ContainerState.FAILED];

/** Sentences about nodes whose heartbeats still say that they serve something, as real as containers that are left. */
export async function stillServing(world: World): Promise<string[]> {
  const { brokerUrl, protocol, keeperOf, clock, signal } = world;
  const client = await mqtt.connectAsync(brokerUrl, { clientId: "soak-listener" });
  const found = new Map<string, string>();
  client.on("message", (_topic, payload) => {
    const { node, containers } = decodeHeartbeat(Uint8Array.from(payload)).heartbeat;
    const name = keeperOf.get(node) ?? node;
    for (const { assignment, state } of containers)
      if (!OVER.includes(state)) found.set(`${name} ${assignment}`, `${name} still serves assignment ${assignment}`);
  });
  try {
    await client.subscribeAsync(`r1/${protocol.chainId}/heartbeat/+`);
    await clock.sleep(LISTEN_MS, signal);
  } finally {
    await client.endAsync(true);
  }
  return [...found.values()];
}
