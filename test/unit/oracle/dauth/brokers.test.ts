import { type Mosquitto, startMosquitto } from "../../../helpers/services/mosquitto.js";
import { brokerAccessConformance } from "./brokerAccess.conformance.js";
import { administer, startEmbedded } from "./brokers.js";

brokerAccessConformance("the embedded broker", startEmbedded);

brokerAccessConformance("Mosquitto with dynamic security", async (world) => {
  const mosquitto: Mosquitto = await startMosquitto({ dynamicSecurity: true });
  const admin = await administer(mosquitto, world);
  const { url, port } = mosquitto;
  const close = async (): Promise<void> => {
    await admin.close();
    await mosquitto.stop();
  };
  return { url, port, admin, settle: () => admin.idle(), close };
});
