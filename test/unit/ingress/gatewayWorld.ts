import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, request, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { SystemClock } from "../../../keepers/core/clock.js";
import { Gateway, type GatewayDependencies, type GatewayOptions } from "../../../keepers/ingress/gateway.js";

export const gatewayOptions: GatewayOptions = {
  ...{ host: "127.0.0.1", port: 0, domain: "Node.Test", certificateMs: 60_000, trustProxy: false },
  ...{ identity: { node: `0x${"aa".repeat(20)}`, chainId: 31_337 }, headersMs: 10_000, requestMs: 60_000 },
  ...{ responseMs: 10_000, idleMs: 10_000, drainMs: 10_000, maximumConnections: 100, maximumPerJob: 50 },
};

/** A gateway and jobs' containers, as servers of this process. */
export class GatewayWorld {
  readonly #servers: Server[] = [];
  #gateway: Gateway | undefined;
  #port = 0;

  async start(changes: Partial<GatewayOptions> = {}, dependencies: Partial<GatewayDependencies> = {}) {
    this.#gateway = await Gateway.start(
      { ...gatewayOptions, ...changes },
      { clock: new SystemClock(), ...dependencies },
    );
    this.#port = Number(new URL(this.#gateway.url).port);
    return this.#gateway;
  }

  get gateway(): Gateway {
    return this.#gateway!;
  }

  get port(): number {
    return this.#port;
  }

  /** A container that answers; gives its target. */
  async container(answer: RequestListener, onUpgrade?: (request: IncomingMessage, socket: Duplex) => void) {
    const server = createServer(answer);
    if (onUpgrade) server.on("upgrade", onUpgrade);
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    await this.#gateway?.close();
  }

  /** One request on a connection of its own. */
  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    const { method = "GET", headers = {}, body } = options;
    return new Promise((resolve, reject) => {
      const asking = request({ host: "127.0.0.1", port: this.port, path, method, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks).toString() });
        });
      });
      asking.on("error", reject);
      asking.end(body);
    });
  }

  /** Sends bytes as they are, and gives everything that comes until the gateway closes the connection. */
  async raw(text: string): Promise<string> {
    const socket = connect(this.port, "127.0.0.1");
    let got = "";
    socket.on("data", (chunk: Buffer) => {
      got += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.write(text);
    await new Promise((resolve) => socket.once("close", resolve));
    return got;
  }
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A WebSocket server that says each short text back, in capitals. */
export function shoutBack(request: IncomingMessage, socket: Duplex): void {
  const key = `${request.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.on("error", () => undefined);
  socket.on("end", () => socket.end());
  socket.on("data", (frame: Buffer) => {
    if ((frame[0]! & 0x0f) !== 1) return socket.end();
    const mask = frame.subarray(2, 6);
    const text = Buffer.from(frame.subarray(6).map((byte, index) => byte ^ mask[index % 4]!)).toString();
    socket.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text.toUpperCase())]));
  });
}
