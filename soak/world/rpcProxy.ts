import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

import type { Clock } from "../../keepers/core/clock.js";
import type { RpcMode } from "../plan.js";

const SLOW_MS = 2_500;
/** Of `failing` and `refusing`, which answer nothing else, one in so many questions gets through; of `lossy` all do. */
const THROUGH_EVERY = 7;
const JSON_TYPE = { "content-type": "application/json" };

/** Between one keeper and the chain: passes everything on, until it is told to fail in one of many ways. */
export class RpcProxy {
  readonly #target: URL;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true });
  #server: Server;
  #port = 0;
  #mode: RpcMode | undefined;
  #asked = 0;

  private constructor(target: string, clock: Clock) {
    this.#target = new URL(target);
    this.#clock = clock;
    this.#server = this.#makeServer();
  }

  /** @param target URL of the chain */
  static async start(target: string, { clock }: { readonly clock: Clock }): Promise<RpcProxy> {
    const proxy = new RpcProxy(target, clock);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Fails from now on; undefined: works. */
  async set(mode: RpcMode | undefined): Promise<void> {
    const wasAway = this.#mode === "away";
    this.#mode = mode;
    // Whoever waits for an answer would otherwise wait on.
    this.#server.closeAllConnections();
    if (mode === "away") await this.#stopListening();
    else if (wasAway) await this.#listen();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await this.#stopListening();
    this.#agent.destroy();
  }

  #makeServer(): Server {
    return createServer((question, answer) => {
      this.#serve(question, answer).catch(() => answer.destroy());
    });
  }

  async #listen(): Promise<void> {
    this.#server = this.#makeServer();
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#server.once("error", reject);
    this.#server.listen(this.#port, "127.0.0.1", () => resolve(undefined));
    await promise;
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #stopListening(): Promise<void> {
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(question: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(question);
    const mode = this.#mode;
    this.#asked += 1;
    const getsThrough = this.#asked % THROUGH_EVERY === 0;
    if (mode === "silent") return;
    if (mode === "failing" && !getsThrough) return void answer.writeHead(503).end("no");
    if (mode === "refusing" && !getsThrough) return void answer.writeHead(200, JSON_TYPE).end(refusalOf(body));
    if (mode === "slow") await this.#clock.sleep(SLOW_MS);
    const { status, bytes } = await this.#ask(body);
    // What was asked was done, and whoever asked does not get to know.
    if (mode === "lossy" && !getsThrough) return void answer.destroy();
    const sent = mode === "garbled" && !getsThrough ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
    answer.writeHead(status, JSON_TYPE).end(sent);
  }

  #ask(body: Buffer): Promise<{ status: number; bytes: Buffer }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; bytes: Buffer }>();
    const headers = { ...JSON_TYPE, "content-length": body.length };
    const asking = request(this.#target, { method: "POST", agent: this.#agent, headers }, (response) => {
      const status = response.statusCode ?? 500;
      buffer(response).then((bytes) => resolve({ status, bytes }), reject);
    });
    asking.once("error", reject);
    asking.end(body);
    return promise;
  }
}

function refusalOf(body: Buffer): string {
  const error = { code: -32_005, message: "limit exceeded" };
  const questions = JSON.parse(body.toString()) as { id?: unknown } | { id?: unknown }[];
  const one = ({ id }: { id?: unknown }) => ({ jsonrpc: "2.0", id: id ?? null, error });
  return JSON.stringify(Array.isArray(questions) ? questions.map(one) : one(questions));
}
