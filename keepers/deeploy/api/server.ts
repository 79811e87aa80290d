import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { KeeperError } from "../../core/errors.js";
import { installFailureHandlers } from "../../core/http/failures.js";
import type { Logger } from "../../core/logger.js";
import { changeRoutes, type ChangeRouteDependencies } from "./changeRoutes.js";
import { commandRoutes, type CommandRouteDependencies } from "./commandRoutes.js";
import type { Guard } from "./guard.js";
import { infoRoutes, type InfoRouteDependencies } from "./infoRoutes.js";
import { jobRoutes, type JobRouteDependencies } from "./jobRoutes.js";
import { description } from "./schemas.js";

export interface DeeployServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Whether a proxy in front tells the client's address (X-Forwarded-For). It must hand paths on as they come: they are signed. */
  readonly trustProxy: boolean;
}

export type DeeployServerDependencies = JobRouteDependencies &
  ChangeRouteDependencies &
  CommandRouteDependencies &
  InfoRouteDependencies & { readonly guard: Guard; readonly logger: Logger };

/** Failures of chain and disk that say nothing against a request. */
const PASSING = ["RPC_FAILED", "RPC_TIMEOUT", "RPC_BAD_ANSWER", "DISK_FULL"];
/** Bytes, for routes that set no limit of their own. */
const BODY_LIMIT = 16 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;

/** Deeploy's HTTP API; described at /openapi.json. */
export class DeeployServer {
  readonly #options: DeeployServerOptions;
  readonly #app: FastifyInstance;
  #closing: Promise<void> | undefined;

  private constructor(options: DeeployServerOptions, app: FastifyInstance) {
    this.#options = options;
    this.#app = app;
  }

  /** A server that does not listen yet. */
  static async create(options: DeeployServerOptions, dependencies: DeeployServerDependencies): Promise<DeeployServer> {
    const app = fastify({
      bodyLimit: BODY_LIMIT,
      trustProxy: options.trustProxy,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      forceCloseConnections: true,
      ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: true } },
    });
    installFailureHandlers(app, dependencies, { passing: PASSING });
    await dependencies.guard.install(app);
    await app.register(swagger, { openapi: description });
    // Routes go into a plugin, because the description collects only routes that come after its own is ready.
    await app.register((routes, _options, done) => {
      jobRoutes(routes, dependencies);
      changeRoutes(routes, dependencies);
      commandRoutes(routes, dependencies);
      infoRoutes(routes, dependencies);
      routes.get("/openapi.json", { schema: { hide: true } }, () => routes.swagger());
      done();
    });
    await app.ready();
    return new DeeployServer(options, app);
  }

  /** The OpenAPI document. */
  describe(): object {
    return this.#app.swagger();
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
