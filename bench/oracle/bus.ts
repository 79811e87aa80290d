import { SystemClock } from "../../keepers/core/clock.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { type MessageBus, waitUntilConnected } from "../../keepers/transport/messageBus.js";
import { MqttBus } from "../../keepers/transport/mqttBus.js";
import { benchLogger } from "./logger.js";

/** A connection to the broker, as keepers make it. */
export async function connectBus(url: string, clientId: string): Promise<MessageBus> {
  const clock = new SystemClock();
  const bus = new MqttBus(
    {
      url,
      clientId,
      backoff: { baseMs: 100, maximumMs: 1_000 },
      keepaliveSeconds: 30,
      connectTimeoutMs: 5_000,
      maximumPayloadBytes: 65_536,
      outgoingLimit: 1_024,
    },
    { clock, random: new CryptoRandom(), logger: benchLogger(clock, "warn") },
  );
  await waitUntilConnected(bus, { timeoutMs: 10_000 }, { clock });
  return bus;
}
