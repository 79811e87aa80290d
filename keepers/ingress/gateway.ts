import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createSecureServer, type Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Cancel, Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { answerJson, checkRequest, type Refusal, refuse, refuseUpgrade } from "./answers.js";
import { type Certificate, type CertificateFiles, readCertificate } from "./certificate.js";
import { type CutOff, Flows } from "./flows.js";
import { forward, type ForwardOutcome, type Hop } from "./forward.js";
import { requestHeaders } from "./headers.js";
import type { GatewayMeter } from "./metrics.js";
import { type Route, type RoutedPath, RouteTable, type Target } from "./routeTable.js";
import { forwardUpgrade, isWebSocket } from "./upgrade.js";

export interface GatewayOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Each job is served as `<name>-<job>.<domain>`; by `/jobs/<job>/…` in any case. */
  readonly domain?: string | undefined;
  /** With these files it speaks HTTPS; looked at again every `certificateMs`. */
  readonly tls?: CertificateFiles | undefined;
  readonly certificateMs: number;
  /** Whether a tunnel or proxy of ours is all that connects: then it is believed who the client is. */
  readonly trustProxy: boolean;
  /** What `GET /.well-known/r1` says besides the jobs. */
  readonly identity: { readonly node: string; readonly chainId: number };
  /** Time for a request's headers, and for all of a request. Milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Time for a job to begin its answer. */
  readonly responseMs: number;
  /** A connection or WebSocket on which nothing moves for so long is closed. */
  readonly idleMs: number;
  /** Time that requests to what is no longer served get to end. */
  readonly drainMs: number;
  readonly maximumConnections: number;
  /** Requests and WebSockets of one job at once. */
  readonly maximumPerJob: number;
}

export interface GatewayDependencies {
  readonly clock: Clock;
  readonly meter?: GatewayMeter | undefined;
  readonly logger?: Logger | undefined;
}

/** What a job's requests go through while it points to one target. */
interface Lane {
  readonly flows: Flows;
  readonly agent: Agent;
}

type Passage = { readonly hop: Hop; readonly lane: Lane } | { readonly refusal: Refusal };

const MAX_HEADER_BYTES = 16_384;
const KEEP_ALIVE_MS = 5_000;
const IDLE_UPSTREAM_MS = 4_000;
const WELL_KNOWN = "/.well-known/r1";

/** A node's HTTP gateway: leads requests to the containers of the jobs that it serves, and to nothing else. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #dependencies: GatewayDependencies;
  readonly #server: Server | SecureServer;
  readonly #table: RouteTable;
  readonly #lanes = new Map<bigint, Lane>();
  #certificate: Certificate | undefined;
  #cancelReload: Cancel = () => undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: GatewayOptions, dependencies: GatewayDependencies, certificate?: Certificate) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#certificate = certificate;
    this.#table = new RouteTable(options);
    this.#server = createFor(options, certificate);
    this.#server.maxConnections = options.maximumConnections;
    this.#server.setTimeout(options.idleMs);
    this.#server.on("request", (request, response) => void this.#serve(request, response));
    this.#server.on("upgrade", (request, socket, head) => void this.#serveUpgrade(request, socket, head));
  }

  /** Listens. Rejects with `GATEWAY_LISTEN_FAILED` or `CERTIFICATE_INVALID`. */
  static async start(options: GatewayOptions, dependencies: GatewayDependencies): Promise<Gateway> {
    const certificate = options.tls && (await readCertificate(options.tls));
    const gateway = new Gateway(options, dependencies, certificate);
    await gateway.#listen();
    gateway.#scheduleReload();
    return gateway;
  }

  /** Of this machine; what the world calls it is for a tunnel or the operator to say. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    const { host, tls } = this.#options;
    return `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  }

  /** Requests and WebSockets under way. */
  get open(): number {
    return [...this.#lanes.values()].reduce((sum, { flows }) => sum + flows.size, 0);
  }

  /**
   * From now on new requests of a job go to `target`; without one they are asked to try later. Resolves once those under way
   * to what it was before have ended, or were cut off after `drainMs`: then the old container may be stopped.
   * Throws `ROUTE_INVALID`.
   */
  async setRoute(jobId: bigint, { name, target }: { readonly name: string; readonly target?: Target | undefined }) {
    const known = this.#table.get(jobId);
    this.#table.set({ jobId, name, target });
    if (known !== undefined && isSame(known.target, target)) return;
    const lane = { flows: new Flows(), agent: new Agent({ keepAlive: true, timeout: IDLE_UPSTREAM_MS }) };
    const before = this.#lanes.get(jobId);
    this.#lanes.set(jobId, lane);
    await this.#retire(before);
  }

  /** The same for a job that is served no longer. */
  async removeRoute(jobId: bigint): Promise<void> {
    const before = this.#lanes.get(jobId);
    this.#table.remove(jobId);
    this.#lanes.delete(jobId);
    await this.#retire(before);
  }

  /** Takes no more requests, lets those under way end, and cuts off what has not after `drainMs`. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelReload();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeIdleConnections();
    await Promise.all([...this.#lanes.values()].map((lane) => this.#retire(lane)));
    this.#server.closeAllConnections();
    await closed;
  }

  async #retire(lane: Lane | undefined): Promise<void> {
    if (lane === undefined) return;
    await lane.flows.drain(this.#options.drainMs, this.#dependencies.clock);
    lane.agent.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = this.#dependencies.clock.now();
    if (this.#closing !== undefined) response.setHeader("connection", "close");
    if (this.#isWellKnown(request)) {
      this.#count("served");
      answerJson(response, 200, this.#description());
      return;
    }
    const passage = this.#passageOf(request);
    if ("refusal" in passage) {
      this.#count(passage.refusal.code);
      refuse(response, passage.refusal);
      return;
    }
    const end = passage.lane.flows.begin(() => response.destroy());
    const outcome = await forward(request, response, passage.hop, this.#dependencies.clock);
    end();
    this.#count(outcome);
    this.#dependencies.meter?.observe("r1_gateway_request_seconds", (this.#dependencies.clock.now() - began) / 1_000);
  }

  async #serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const passage = this.#passageOf(request);
    if ("refusal" in passage) {
      this.#count(passage.refusal.code);
      refuseUpgrade(socket, passage.refusal);
      return;
    }
    const cutOff: CutOff = () => socket.destroy();
    const end = passage.lane.flows.begin(cutOff);
    request.socket.setTimeout(this.#options.idleMs, cutOff);
    const outcome = await forwardUpgrade(request, socket, head, passage.hop, this.#dependencies.clock);
    end();
    this.#count(outcome);
  }

  #isWellKnown({ url = "", method, headers }: IncomingMessage): boolean {
    const isAsked = url.split("?", 1)[0] === WELL_KNOWN && (method === "GET" || method === "HEAD");
    return isAsked && !this.#table.isJobHost(headers.host ?? "");
  }

  #description() {
    const jobs = this.#table.list().map(({ jobId, name, target }) => ({
      ...{ jobId: jobId.toString(), name, ready: target !== undefined },
    }));
    return { version: 1, ...this.#options.identity, jobs };
  }

  #passageOf(request: IncomingMessage): Passage {
    const refusal = checkRequest(request);
    if (refusal !== undefined) return { refusal };
    const { url = "", headers } = request;
    const host = headers.host ?? "";
    const found = this.#table.find(host, url);
    if (found !== undefined) return this.#passageTo(found, request);
    return { refusal: this.#table.isJobHost(host) ? NOT_HERE : NOT_FOUND };
  }

  #passageTo({ jobId, path, prefix }: RoutedPath, request: IncomingMessage): Passage {
    const route: Route | undefined = this.#table.get(jobId);
    const lane = this.#lanes.get(jobId);
    if (route === undefined || lane === undefined) return { refusal: NOT_HERE };
    const { target } = route;
    if (target === undefined) return { refusal: NOT_READY };
    const { trustProxy, tls, responseMs, maximumPerJob } = this.#options;
    if (lane.flows.size >= maximumPerJob) return { refusal: BUSY };
    const headers = requestHeaders(request, { prefix, protocol: tls ? "https" : "http", trusted: trustProxy });
    return { lane, hop: { target, path, headers, agent: lane.agent, responseMs } };
  }

  #count(outcome: ForwardOutcome | Refusal["code"] | "served"): void {
    this.#dependencies.meter?.add("r1_gateway_requests_total", { outcome });
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => {
        reject(new KeeperError("GATEWAY_LISTEN_FAILED", `the gateway cannot listen on ${host}:${port}`, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  #scheduleReload(): void {
    if (this.#options.tls === undefined || this.#closing !== undefined) return;
    this.#cancelReload = this.#dependencies.clock.schedule(this.#options.certificateMs, async () => {
      await this.#reload();
      this.#scheduleReload();
    });
  }

  /** A renewed certificate serves new connections; one that cannot be used leaves the old one in place. */
  async #reload(): Promise<void> {
    const { tls } = this.#options;
    if (tls === undefined || !("setSecureContext" in this.#server)) return;
    try {
      const { key, cert } = await readCertificate(tls);
      if (key === this.#certificate?.key && cert === this.#certificate.cert) return;
      this.#certificate = { key, cert };
      this.#server.setSecureContext({ key, cert, ...TLS });
      this.#dependencies.logger?.info("the gateway has a new certificate", { file: tls.certificateFile });
    } catch (error) {
      this.#dependencies.logger?.error("the gateway keeps its old certificate", { error });
    }
  }
}

const NOT_FOUND: Refusal = { status: 404, code: "NOT_FOUND", message: "a job is found by its name or at /jobs/<job>/" };
const NOT_HERE: Refusal = { status: 404, code: "JOB_NOT_HERE", message: "this node does not serve that job" };
const NOT_READY: Refusal = { status: 503, code: "JOB_NOT_READY", message: "the job is being started; try again" };
const BUSY: Refusal = { status: 503, code: "JOB_BUSY", message: "the job has as many requests as it may; try again" };
const TLS = { minVersion: "TLSv1.2" } as const;

function createFor(options: GatewayOptions, certificate: Certificate | undefined): Server | SecureServer {
  const settings: ServerOptions = {
    ...{ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, insecureHTTPParser: false },
    ...{ headersTimeout: options.headersMs, requestTimeout: options.requestMs },
    ...{ connectionsCheckingInterval: Math.ceil(options.headersMs / 4), shouldUpgradeCallback: isWebSocket },
  };
  if (certificate === undefined) return createServer(settings);
  return createSecureServer({ ...settings, ...TLS, ...certificate, ALPNProtocols: ["http/1.1"] });
}

function isSame(one: Target | undefined, other: Target | undefined): boolean {
  return one?.host === other?.host && one?.port === other?.port;
}
