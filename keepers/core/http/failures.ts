import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { describeError, errorCode, KeeperError } from "../errors.js";
import type { Logger } from "../logger.js";
import { ApiError } from "./apiError.js";

/** What the server itself refuses, by status. */
const codes: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  408: "TIMEOUT",
  413: "BODY_TOO_LARGE",
  414: "URL_TOO_LONG",
  415: "UNSUPPORTED_MEDIA_TYPE",
  429: "TOO_MANY_REQUESTS",
  431: "HEADERS_TOO_LARGE",
};

/**
 * Makes `{code, message}` out of every failure. What is our own fault is logged and not told. Before any other hook, for a client
 * that is gone has no address any more, and what counts requests by address needs one.
 * @param options.passing codes of KeeperErrors that go by themselves, such as that of a chain that is away: told with status 503
 */
export function installFailureHandlers(
  app: FastifyInstance,
  { logger }: { readonly logger: Logger },
  { passing = [] }: { readonly passing?: readonly string[] } = {},
): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const isGone = request.socket.remoteAddress === undefined;
    done(isGone ? new ApiError(400, "CLIENT_GONE", "the client closed the connection") : undefined);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const told = toldError(error, passing);
    if (told.status === 500) {
      logger.error("a request failed", { method: request.method, url: request.url, error: describeError(error) });
    }
    return send(reply, told);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const message = `there is no ${request.method} ${request.url.slice(0, 200)}; see /openapi.json`;
    return send(reply, new ApiError(404, "NOT_FOUND", message));
  });
}

function toldError(error: FastifyError, passing: readonly string[]): ApiError {
  if (error instanceof ApiError) return error;
  if (errorCode(error) === "QUEUE_FULL") return busy();
  if (error instanceof KeeperError && passing.includes(error.code)) {
    return new ApiError(503, error.code, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return internal();
  return new ApiError(status, codes[status] ?? "BAD_REQUEST", error.message);
}

function busy(): ApiError {
  return new ApiError(503, "BUSY", "too many requests wait; try again in a second");
}

function internal(): ApiError {
  return new ApiError(500, "INTERNAL", "the service failed to answer; its log says why");
}

function send(reply: FastifyReply, { status, code, message }: ApiError): FastifyReply {
  if (status === 429 || status === 503) void reply.header("retry-after", "1");
  return reply.status(status).type("application/json").send({ code, message });
}
