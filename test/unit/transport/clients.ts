import { connect, type Socket } from "node:net";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";

/** A bare MQTT client that never reconnects: what a stranger would bring. */
export function rawClient(url: string, options: IClientOptions = {}): MqttClient {
  const client = mqtt.connect(url, { reconnectPeriod: 0, timerVariant: "native", ...options });
  client.on("error", () => undefined);
  return client;
}

/** Resolves with true when the client gets in, with false when it is cut off. */
export function isLetIn(client: MqttClient): Promise<boolean> {
  return new Promise((resolve) => {
    client.once("connect", () => resolve(true));
    client.once("close", () => resolve(false));
  });
}

/** Resolves when the client loses its connection. */
export function isCutOff(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    client.once("close", () => resolve());
  });
}

/** A TCP connection that speaks no MQTT unless told to. */
export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
  });
  return socket;
}
