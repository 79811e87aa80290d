import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError } from "../../core/http/apiError.js";
import { REQUEST_HEADERS } from "../../protocol/deeployRequest.js";
import type { Authenticator, Caller } from "../requests/authenticator.js";

export interface GuardOptions {
  /** Requests in a minute from one address (IPv6: one /64), and by one account. */
  readonly perAddress: number;
  readonly perAccount: number;
}

const NO_BODY = new Uint8Array();
const ALLOWED_HEADERS = ["content-type", ...Object.values(REQUEST_HEADERS)].join(", ");

/** Lets requests in: counted by address, signed by a wallet where a route asks for it, and counted by account then. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #authenticator: Authenticator;
  readonly #bodies = new WeakMap<FastifyRequest, Uint8Array>();
  readonly #callers = new WeakMap<FastifyRequest, Caller>();
  #isWithinAccountLimit: (request: FastifyRequest) => Promise<boolean> = () => Promise.resolve(false);

  constructor(options: GuardOptions, dependencies: { readonly authenticator: Authenticator }) {
    this.#options = options;
    this.#authenticator = dependencies.authenticator;
  }

  /** Before the routes. */
  async install(app: FastifyInstance): Promise<void> {
    const { perAddress, perAccount } = this.#options;
    const timeWindow = "1 minute";
    await app.register(rateLimit, {
      max: perAddress,
      timeWindow,
      ipv6Subnet: 64,
      errorResponseBuilder: () => tooMany("from this address"),
    });
    const keyGenerator = (request: FastifyRequest): string => this.callerOf(request).account;
    const count = app.createRateLimit({ max: perAccount, timeWindow, keyGenerator });
    this.#isWithinAccountLimit = async (request) => {
      const { isAllowed, ...rest } = await count(request);
      return isAllowed || !("isExceeded" in rest && rest.isExceeded);
    };
    this.#keepBodies(app);
    allowBrowsers(app);
  }

  /** A hook for routes that only the holder of an account may use: before the body's content is looked at. */
  readonly signed = async (request: FastifyRequest): Promise<void> => {
    const { method, url, headers } = request;
    const caller = await this.#authenticator.identify({ method, url, headers, body: this.bodyOf(request) });
    this.#callers.set(request, caller);
    if (!(await this.#isWithinAccountLimit(request))) throw tooMany(`by ${caller.account}`);
    await this.#authenticator.accept(caller);
  };

  /** Who made a request to a route with the hook `signed`. */
  callerOf(request: FastifyRequest): Caller {
    const caller = this.#callers.get(request);
    if (caller === undefined) throw new Error("this route asks for no signature");
    return caller;
  }

  /** The body as it came, byte for byte. */
  bodyOf(request: FastifyRequest): Uint8Array {
    return this.#bodies.get(request) ?? NO_BODY;
  }

  #keepBodies(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
      const bytes = body as Buffer;
      this.#bodies.set(request, bytes);
      try {
        done(null, bytes.length === 0 ? undefined : JSON.parse(bytes.toString("utf8")));
      } catch {
        done(new ApiError(400, "BAD_REQUEST", "the body is not JSON"));
      }
    });
  }
}

/** Web pages of any origin may ask: a request proves itself, and no cookie is ever looked at. */
function allowBrowsers(app: FastifyInstance): void {
  app.addHook("onRequest", (_request, reply, done) => {
    void reply.headers({ "access-control-allow-origin": "*", "x-content-type-options": "nosniff" });
    done();
  });
  app.options("/*", { schema: { hide: true } }, (_request, reply) =>
    reply
      .status(204)
      .headers({
        "access-control-allow-methods": "GET, POST, PUT, DELETE",
        "access-control-allow-headers": ALLOWED_HEADERS,
        "access-control-max-age": "86400",
      })
      .send(),
  );
}

function tooMany(which: string): ApiError {
  return new ApiError(429, "TOO_MANY_REQUESTS", `too many requests ${which} within a minute; slow down`);
}
