import type { Labels, MetricDefinitions } from "../core/metrics.js";
import type { RefusalCode } from "./answers.js";
import type { ForwardOutcome } from "./forward.js";

const REFUSALS: readonly RefusalCode[] = ["REQUEST_INVALID", "NOT_FOUND", "JOB_NOT_HERE", "JOB_NOT_READY", "JOB_BUSY"];
const OUTCOMES: readonly ForwardOutcome[] = ["answered", "unreachable", "timeout", "cut"];

/** What a gateway tells; to be among the definitions of the process that has one. */
export const GATEWAY_METRICS = {
  r1_gateway_requests_total: {
    type: "counter",
    help: "Requests and WebSockets that came to the gateway, by what became of them.",
    labels: { outcome: [...OUTCOMES, ...REFUSALS, "served"] },
  },
  r1_gateway_request_seconds: {
    type: "histogram",
    help: "Time of a request through the gateway, from its headers to the end of the answer.",
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
  },
} as const satisfies MetricDefinitions;

/** The part of `Metrics` that the gateway needs. */
export interface GatewayMeter {
  add(name: "r1_gateway_requests_total", labels: Labels): void;
  observe(name: "r1_gateway_request_seconds", value: number): void;
}
