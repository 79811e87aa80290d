import { type MetricDefinitions, Metrics } from "../../core/metrics.js";
import { ORACLE_METRICS } from "./definitions.js";

const { r1_heartbeats_total, r1_seats, r1_service_reports_total, r1_nodes, r1_broker_connected } = ORACLE_METRICS;

/** Every metric of an ingest worker: of those that an oracle has for what it hears itself, and what is the worker's own. */
export const INGEST_METRICS = {
  ...{ r1_heartbeats_total, r1_seats, r1_service_reports_total, r1_nodes, r1_broker_connected },
  r1_ingest_waiting_marks: { type: "gauge", help: "Slots that were heard and are not in Redis yet" },
  r1_ingest_problems: { type: "gauge", help: "Things that are wrong: broker, chain, Redis" },
} as const satisfies MetricDefinitions;

/** What is told of a worker. */
export interface IngestStatus {
  readonly connected: boolean;
  readonly nodes: number;
  readonly heartbeats: Readonly<Record<string, number>> | undefined;
  readonly seats: number;
  readonly services: Readonly<Record<string, number>> | undefined;
  readonly waiting: number;
  readonly problems: readonly string[];
}

/** An ingest worker's metrics, read from its status when somebody asks. @param options `process`: see `Metrics` */
export function createIngestMetrics(
  worker: { readonly status: IngestStatus },
  options: { readonly process?: boolean } = {},
): Metrics<typeof INGEST_METRICS> {
  const metrics = new Metrics(INGEST_METRICS, options);
  const gauge = (value: number) => [{ value }];
  metrics.read("r1_heartbeats_total", () =>
    Object.entries(worker.status.heartbeats ?? {}).map(([verdict, value]) => ({ value, labels: { verdict } })),
  );
  metrics.read("r1_seats", () => gauge(worker.status.seats));
  metrics.read("r1_service_reports_total", () =>
    Object.entries(worker.status.services ?? {}).map(([state, value]) => ({ value, labels: { state } })),
  );
  metrics.read("r1_nodes", () => gauge(worker.status.nodes));
  metrics.read("r1_broker_connected", () => gauge(worker.status.connected ? 1 : 0));
  metrics.read("r1_ingest_waiting_marks", () => gauge(worker.status.waiting));
  metrics.read("r1_ingest_problems", () => gauge(worker.status.problems.length));
  return metrics;
}
