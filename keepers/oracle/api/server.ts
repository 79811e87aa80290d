import swagger from "@fastify/swagger";
import { fastify, type FastifyInstance } from "fastify";
import { KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { ApiError } from "../../core/http/apiError.js";
import type { Sessions } from "../dauth/sessions.js";
import type { OracleMetrics } from "../metrics/oracleMetrics.js";
import type { TokenBuckets } from "../tokenBuckets.js";
import { type DauthRouteDependencies, dauthRoutes } from "./dauthRoutes.js";
import { epochRoutes } from "./epochRoutes.js";
import { installFailureHandlers } from "../../core/http/failures.js";
import { nodeRoutes, type NodeRouteDependencies } from "./nodeRoutes.js";
import { serviceRoutes } from "./serviceRoutes.js";
import { statusRoutes } from "./statusRoutes.js";
import type { OracleMonitor } from "./views.js";

export interface ApiServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Whether a proxy in front tells the client's address (X-Forwarded-For); without one anybody could claim any. */
  readonly trustProxy: boolean;
}

export interface ApiServerDependencies extends NodeRouteDependencies {
  readonly sessions: Sessions;
  /** When this oracle administers a broker. */
  readonly admin?: DauthRouteDependencies["admin"];
  readonly monitor: OracleMonitor;
  /** One bucket per client address; IPv6 clients share one per /64. */
  readonly buckets: TokenBuckets;
  readonly logger: Logger;
}

const bodyLimit = 64 * 1024;
const requestTimeoutMs = 10_000;
const keepAliveMs = 5_000;

/** The oracle's HTTP API; described at /openapi.json. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #app: FastifyInstance;
  #closing: Promise<void> | undefined;

  private constructor(options: ApiServerOptions, app: FastifyInstance) {
    this.#options = options;
    this.#app = app;
  }

  /** A server that does not listen yet. */
  static async create(options: ApiServerOptions, dependencies: ApiServerDependencies): Promise<ApiServer> {
    const app = fastify({
      bodyLimit,
      trustProxy: options.trustProxy,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      forceCloseConnections: true,
      ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: true } },
    });
    installFailureHandlers(app, dependencies);
    installGuards(app, dependencies.buckets);
    if (dependencies.monitor.metrics) installMeasuring(app, dependencies.monitor.metrics);
    await app.register(swagger, { openapi: description });
    // Routes go into a plugin, because the description collects only routes that come after its own is ready.
    await app.register((routes, _options, done) => {
      installRoutes(routes, dependencies);
      done();
    });
    await app.ready();
    return new ApiServer(options, app);
  }

  /** Listens and gives the URL; rejects with `API_LISTEN_FAILED`, for example when the port is taken. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    try {
      return await this.#app.listen({ host, port });
    } catch (cause) {
      throw new KeeperError("API_LISTEN_FAILED", `the API cannot listen on ${host}:${port}`, { cause });
    }
  }

  /** Cuts off who is connected. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#app.close();
    return this.#closing;
  }
}

const description = {
  openapi: "3.1.0" as const,
  info: {
    title: "R1 oracle",
    version: "1",
    description:
      "Committed epochs, leaf files, proofs of availability and of service, nodes and their history, and dAuth. Failures are {code, message}.",
  },
};

function installGuards(app: FastifyInstance, buckets: TokenBuckets): void {
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-content-type-options", "nosniff");
    if (buckets.take(clientOf(request.ip))) return done();
    done(new ApiError(429, "TOO_MANY_REQUESTS", "too many requests from this address; slow down"));
  });
}

/** Routes as they are written, never as they are asked for: there are few of them. */
function installMeasuring(app: FastifyInstance, metrics: OracleMetrics): void {
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    metrics.add("r1_api_requests_total", { route, status: reply.statusCode.toString() });
    metrics.observe("r1_api_request_seconds", reply.elapsedTime / 1_000, { route });
    done();
  });
}

function installRoutes(app: FastifyInstance, dependencies: ApiServerDependencies): void {
  statusRoutes(app, dependencies);
  epochRoutes(app, dependencies);
  serviceRoutes(app, dependencies);
  nodeRoutes(app, dependencies);
  dauthRoutes(app, dependencies);
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

function clientOf(ip: string): string {
  return ip.includes(":") ? ip.split(":").slice(0, 4).join(":") : ip;
}
