import type { FastifyInstance } from "fastify";
import { answers, list, object, text } from "../../core/http/schemas.js";
import type { OracleMetrics } from "../metrics/oracleMetrics.js";
import type { OracleMonitor } from "./views.js";

const tags = ["oracle"];
const healthAnswer = object({ status: { enum: ["ok", "degraded"] }, problems: list(text) });

/** How the oracle itself is. */
export function statusRoutes(app: FastifyInstance, { monitor }: { readonly monitor: OracleMonitor }): void {
  app.get<{ Reply: object }>(
    "/health",
    {
      schema: {
        tags,
        summary: "200 when all is well, 503 with the problems when not",
        response: { ...answers(healthAnswer), 503: { description: "something is wrong", ...healthAnswer } },
      },
    },
    (_request, reply) => {
      const problems = monitor.problems();
      const isWell = problems.length === 0;
      return reply.status(isWell ? 200 : 503).send({ status: isWell ? "ok" : "degraded", problems });
    },
  );
  app.get(
    "/status",
    {
      schema: {
        tags,
        summary: "What the oracle is doing: epoch, phase, round, lag, counters",
        response: answers({ type: "object", additionalProperties: true }),
      },
    },
    () => plain(monitor.status()),
  );
  if (monitor.metrics) metricsRoute(app, monitor.metrics);
}

function metricsRoute(app: FastifyInstance, metrics: OracleMetrics): void {
  app.get(
    "/metrics",
    { schema: { tags, summary: "Metrics in Prometheus' text format", response: { 200: { type: "string" } } } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}

/** The same with every bigint as a number, or as decimal digits where a number would round. */
function plain(value: unknown): unknown {
  const exact = (item: bigint): number | string =>
    item <= BigInt(Number.MAX_SAFE_INTEGER) && item >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(item) : item.toString();
  const json = JSON.stringify(value, (_name, item: unknown) => (typeof item === "bigint" ? exact(item) : item));
  return JSON.parse(json) as unknown;
}
