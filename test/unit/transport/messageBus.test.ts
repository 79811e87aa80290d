import { SystemClock } from "../../../keepers/core/clock.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { EmbeddedBroker } from "../../../keepers/transport/embeddedBroker.js";
import { MemoryHub, type MemoryBus } from "../../../keepers/transport/memoryBus.js";
import type { MessageBus } from "../../../keepers/transport/messageBus.js";
import { MqttBus } from "../../../keepers/transport/mqttBus.js";
import { startMosquitto } from "../../helpers/services/mosquitto.js";
import { type BusFixture, conformanceLimits, messageBusConformance } from "./messageBus.conformance.js";

messageBusConformance("MemoryBus", () => {
  const hub = new MemoryHub(conformanceLimits, { clock: new SystemClock() });
  const buses: MemoryBus[] = [];
  return Promise.resolve({
    connect: (name) => {
      const bus = hub.connect(name);
      buses.push(bus);
      return Promise.resolve(bus);
    },
    cut: () => {
      hub.setConnected(false);
      return Promise.resolve();
    },
    restore: () => {
      hub.setConnected(true);
      return Promise.resolve();
    },
    close: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
    },
  });
});

messageBusConformance("MqttBus over the embedded broker", async () => {
  let broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 10_000 });
  const { port, url } = broker;
  return mqttFixture(url, {
    cut: () => broker.close(),
    restore: async () => {
      broker = await EmbeddedBroker.start({ port, maximumPacketBytes: 10_000 });
    },
    close: () => broker.close(),
  });
});

messageBusConformance("MqttBus over Mosquitto", async () => {
  const broker = await startMosquitto();
  return mqttFixture(broker.url, {
    cut: () => broker.pause("SIGKILL"),
    restore: () => broker.restart(),
    close: () => broker.stop(),
  });
});

/** Buses on a broker that comes and goes. */
function mqttFixture(url: string, broker: Omit<BusFixture, "connect">): BusFixture {
  const buses: MqttBus[] = [];
  return {
    connect: async (clientId) => {
      const bus = new MqttBus(
        {
          ...conformanceLimits,
          url,
          clientId,
          backoff: { baseMs: 1, maximumMs: 5 },
          keepaliveSeconds: 30,
          connectTimeoutMs: 5_000,
        },
        { clock: new SystemClock(), random: new CryptoRandom() },
      );
      buses.push(bus);
      await until(bus, true);
      return bus;
    },
    cut: async () => {
      const away = Promise.all(buses.map((bus) => until(bus, false)));
      await broker.cut();
      await away;
    },
    restore: async () => {
      await broker.restore();
      await Promise.all(buses.filter((bus) => !bus.closed).map((bus) => until(bus, true)));
    },
    close: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await broker.close();
    },
  };
}

/** Resolves when `bus.connected` is what is wanted. */
async function until(bus: MessageBus, wanted: boolean): Promise<void> {
  if (bus.connected === wanted) return;
  await new Promise<void>((resolve) => {
    const forget = bus.onConnection((connected) => {
      if (connected !== wanted) return;
      forget();
      resolve();
    });
  });
}
