import { SeededRandom } from "../../../../keepers/core/random.js";
import { EmbeddedAdmin } from "../../../../keepers/oracle/dauth/brokerAdmin.js";
import { BrokerGate } from "../../../../keepers/oracle/dauth/brokerGate.js";
import { defaultMosquittoAdminOptions, MosquittoAdmin } from "../../../../keepers/oracle/dauth/mosquittoAdmin.js";
import { EmbeddedBroker } from "../../../../keepers/transport/embeddedBroker.js";
import { MqttBus } from "../../../../keepers/transport/mqttBus.js";
import type { Mosquitto } from "../../../helpers/services/mosquitto.js";
import type { BrokerUnderTest, BrokerWorld } from "./brokerWorld.js";
import { domain } from "./network.js";

/** The embedded broker, with room for few strangers. */
export async function startEmbedded({ access, clock }: BrokerWorld): Promise<BrokerUnderTest> {
  const gate = new BrokerGate({ access, clock });
  const broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 10_000, maximumWaiting: 150 }, gate);
  const admin = new EmbeddedAdmin({ broker, gate });
  const { url, port } = broker;
  return { url, port, admin, settle: () => Promise.resolve(), close: () => broker.close() };
}

export interface AdminOptions {
  readonly login?: { readonly username: string; readonly password: string };
  readonly seed?: number;
  readonly grantLimit?: number;
}

/** An administrator of a Mosquitto, connected. */
export async function administer(
  { url, admin: root }: Pick<Mosquitto, "url" | "admin">,
  { access, clock, log }: BrokerWorld,
  { login = root, seed = 1, ...changes }: AdminOptions = {},
): Promise<MosquittoAdmin & { readonly connected: boolean }> {
  const random = new SeededRandom(seed);
  const bus = new MqttBus(
    {
      ...{ url, clientId: `admin-${seed}`, backoff: { baseMs: 100, maximumMs: 100 }, keepaliveSeconds: 15 },
      ...{ connectTimeoutMs: 5_000, maximumPayloadBytes: 4_194_304, outgoingLimit: 16 },
    },
    { clock, random, logger: log.logger, credentials: () => Promise.resolve(login) },
  );
  const connected = new Promise<void>((resolve) => {
    bus.onConnection((now) => {
      if (now) resolve();
    });
  });
  const options = { ...defaultMosquittoAdminOptions, domain, ...changes };
  const admin = await MosquittoAdmin.open(options, { access, bus, clock, random, logger: log.logger });
  await connected;
  await admin.idle();
  return Object.defineProperty(admin, "connected", { get: () => bus.connected }) as MosquittoAdmin & {
    readonly connected: boolean;
  };
}
