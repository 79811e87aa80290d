import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { KeeperError } from "./errors.js";

/** What can be scraped; `Metrics` is one. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** `GET /metrics` and nothing else, for a process that has no API. */
export class MetricsServer {
  readonly #server: Server;
  readonly #host: string;
  #closing: Promise<void> | undefined;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
  }

  /** Listens; rejects with `METRICS_LISTEN_FAILED`, for example when the port is taken. */
  static async start(
    { host, port }: MetricsServerOptions,
    { metrics }: { readonly metrics: Exposition },
  ): Promise<MetricsServer> {
    const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, ({ method, url }, response) => {
      if (method === "GET" && url === "/metrics") void answer(response, metrics);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        const message = `metrics cannot be served on ${host}:${port}`;
        reject(new KeeperError("METRICS_LISTEN_FAILED", message, { cause }));
      });
      server.listen(port, host, resolve);
    });
    return new MetricsServer(server, host);
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://${this.#host.includes(":") ? `[${this.#host}]` : this.#host}:${port}/metrics`;
  }

  /** Cuts off who is connected. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closing;
  }
}

async function answer(response: ServerResponse, metrics: Exposition): Promise<void> {
  try {
    const text = await metrics.text();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } catch {
    response.writeHead(500).end();
  }
}
