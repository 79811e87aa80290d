import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Clock } from "../core/clock.js";
import { describeError, errorCode, KeeperError, maskUrls } from "../core/errors.js";

export interface SignerEndpointOptions {
  readonly url: string;
  /** Milliseconds for a whole answer. */
  readonly timeoutMs: number;
}

const MOST_BYTES = 2 * 1024 * 1024;
const MOST_CONNECTIONS = 8;
const STATUS_OK = 200;

/** The HTTP side of a remote signer, over TCP, TLS or a Unix socket, with connections kept open. */
export class SignerEndpoint {
  readonly #options: SignerEndpointOptions;
  readonly #clock: Clock;
  readonly #target: http.RequestOptions;
  readonly #prefix: string;
  readonly #request: typeof http.request;
  readonly #place: string;

  constructor(options: SignerEndpointOptions, dependencies: { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = dependencies.clock;
    const url = new URL(options.url);
    const client = url.protocol === "https:" ? https : http;
    const agent = new client.Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
    this.#request = client.request;
    this.#target = { ...targetOf(url), agent };
    this.#prefix = url.protocol === "unix:" ? "" : url.pathname.replace(/\/+$/u, "");
    this.#place = maskUrls(options.url);
  }

  /**
   * The text of an answer; with `body` the request is a POST of JSON. Rejects with `SIGNER_UNREACHABLE` or `SIGNER_TIMEOUT`
   * (retriable), or `SIGNER_REFUSED` for any status but 200 (retriable from 500 on). No error quotes the answer.
   */
  async ask(path: string, body?: unknown): Promise<string> {
    try {
      return await this.#once(path, body);
    } catch (error) {
      // A kept connection that the other side closed in the meantime: the same is asked again on another one.
      if (!isStale(error)) throw error;
      return this.#once(path, body);
    }
  }

  async #once(path: string, body: unknown): Promise<string> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : contentHeaders(text);
    const method = text === undefined ? "GET" : "POST";
    const request = this.#request({ ...this.#target, path: `${this.#prefix}${path}`, method, headers });
    const cancel = this.#clock.schedule(this.#options.timeoutMs, () => request.destroy(this.#late()));
    try {
      return await this.#exchange(request, text);
    } finally {
      cancel();
    }
  }

  async #exchange(request: ClientRequest, text: string | undefined): Promise<string> {
    try {
      const response = await answerOf(request, text);
      const answer = await readBounded(response);
      if (response.statusCode === STATUS_OK) return answer;
      throw this.#refused(response.statusCode ?? 0);
    } catch (cause) {
      if (cause instanceof KeeperError) throw cause;
      if (request.reusedSocket && errorCode(cause) === "ECONNRESET") throw new StaleConnection();
      const message = `the remote signer at ${this.#place} cannot be asked: ${describeError(cause)}`;
      throw new KeeperError("SIGNER_UNREACHABLE", message, { retriable: true });
    }
  }

  #late(): KeeperError {
    const message = `the remote signer at ${this.#place} did not answer within ${this.#options.timeoutMs} ms`;
    return new KeeperError("SIGNER_TIMEOUT", message, { retriable: true });
  }

  #refused(status: number): KeeperError {
    const message = `the remote signer at ${this.#place} answered with status ${status}`;
    return new KeeperError("SIGNER_REFUSED", message, { retriable: status >= 500 });
  }
}

class StaleConnection extends Error {}

function isStale(error: unknown): boolean {
  return error instanceof StaleConnection;
}

function targetOf(url: URL): http.RequestOptions {
  if (url.protocol === "unix:") return { socketPath: decodeURIComponent(url.pathname) };
  const hostname = url.hostname.replace(/^\[|\]$/gu, "");
  return { hostname, port: url.port === "" ? undefined : Number(url.port) };
}

function contentHeaders(text: string): http.OutgoingHttpHeaders {
  return { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
}

function answerOf(request: ClientRequest, text: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
    request.end(text);
  });
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`its answer has more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
