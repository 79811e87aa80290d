import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { describeError, errorCode } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { ApiError } from "../apiError.js";

/** What the server itself refuses, by status. */
const codes: Readonly<Record<number, string>> = {
  400: "BAD_REQUEST",
  404: "NOT_FOUND",
  405: "METHOD_NOT_ALLOWED",
  408: "TIMEOUT",
  413: "BODY_TOO_LARGE",
  414: "URL_TOO_LONG",
  415: "UNSUPPORTED_MEDIA_TYPE",
  431: "HEADERS_TOO_LARGE",
};

/** Makes `{code, message}` out of every failure. What is our own fault is logged and not told. */
export function installFailureHandlers(app: FastifyInstance, { logger }: { readonly logger: Logger }): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const told = toldError(error);
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

function toldError(error: FastifyError): ApiError {
  if (error instanceof ApiError) return error;
  if (errorCode(error) === "QUEUE_FULL")
    return new ApiError(503, "BUSY", "too many requests wait; try again in a second");
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500)
    return new ApiError(500, "INTERNAL", "the oracle failed to answer; its log says why");
  return new ApiError(status, codes[status] ?? "BAD_REQUEST", error.message);
}

function send(reply: FastifyReply, { status, code, message }: ApiError): FastifyReply {
  if (status === 429 || status === 503) void reply.header("retry-after", "1");
  return reply.status(status).type("application/json").send({ code, message });
}
