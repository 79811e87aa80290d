import { type IncomingMessage, request as ask, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../core/clock.js";
import { refuseUpgrade } from "./answers.js";
import { type ForwardOutcome, type Hop, UNREACHABLE } from "./forward.js";
import { responseHeaders } from "./headers.js";

/** Whether a request may become something else than HTTP: a WebSocket, and nothing else. */
export function isWebSocket({ headers, method }: IncomingMessage): boolean {
  return method === "GET" && headers.upgrade?.toLowerCase() === "websocket";
}

/** Passes a WebSocket's handshake on, and from then on bytes both ways. Resolves when it is over; never rejects. */
export function forwardUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  hop: Hop,
  clock: Clock,
): Promise<ForwardOutcome> {
  const { promise, resolve } = Promise.withResolvers<ForwardOutcome>();
  const { host, port } = hop.target;
  const headers = [...hop.headers, "connection", "Upgrade", "upgrade", "websocket"];
  const upstream = ask({ host, port, method: "GET", path: hop.path, headers, setHost: false, agent: false });
  const fail = (): void => {
    refuseUpgrade(client, UNREACHABLE);
    resolve("unreachable");
    upstream.destroy();
  };
  const cancelTimer = clock.schedule(hop.responseMs, fail);
  client.on("error", () => client.destroy());
  client.once("close", () => {
    cancelTimer();
    upstream.destroy();
    resolve("cut");
  });
  upstream.on("error", () => {
    cancelTimer();
    fail();
  });
  upstream.on("response", (answer) => {
    cancelTimer();
    resolve("answered");
    client.write(statusLine(answer, [...responseHeaders(answer.rawHeaders), "connection", "close"]));
    answer.pipe(client);
    answer.once("error", () => client.destroy());
  });
  upstream.on("upgrade", (answer, server, serverHead) => {
    cancelTimer();
    client.write(statusLine(answer, [...responseHeaders(answer.rawHeaders), ...ACCEPTED]));
    client.write(serverHead);
    server.write(head);
    join(client, server, () => resolve("answered"));
  });
  upstream.end();
  return promise;
}

const ACCEPTED = ["connection", "Upgrade", "upgrade", "websocket"];

function join(client: Duplex, server: Duplex, onEnd: () => void): void {
  for (const [one, other] of [[client, server] as const, [server, client] as const]) {
    one.pipe(other);
    one.on("error", () => one.destroy());
    one.once("close", () => {
      other.destroy();
      onEnd();
    });
  }
}

function statusLine({ statusCode = 502, statusMessage }: IncomingMessage, headers: readonly string[]): string {
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ""}`] : []));
  const reason = statusMessage ?? STATUS_CODES[statusCode] ?? "";
  return `HTTP/1.1 ${statusCode} ${reason}\r\n${lines.join("\r\n")}\r\n\r\n`;
}
