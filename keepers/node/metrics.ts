import type { Clock } from "../core/clock.js";
import { type MetricDefinitions, Metrics, type Sample } from "../core/metrics.js";
import { GATEWAY_METRICS } from "../ingress/metrics.js";
import type { EdgeNode, NodeStatus } from "./node.js";

const STATES = ["starting", "running", "paused", "refused", "closed"] as const;
const CLAIMS = ["no-deed", "no-proof", "seen", "nothing-new", "waiting", "claimed", "failed"] as const;

/** Every metric of an edge node; `docs/metrics.md` says what each is for. */
export const NODE_METRICS = {
  r1_node_state: { type: "gauge", help: "1 for the node's state, 0 for the others", labels: { state: STATES } },
  r1_node_heartbeats_total: {
    type: "counter",
    help: "Heartbeats that were due, by outcome",
    labels: { outcome: ["sent", "failed"] },
  },
  r1_node_heartbeat_age_seconds: { type: "gauge", help: "Since the last heartbeat was sent" },
  r1_node_sessions_total: { type: "counter", help: "Sessions that oracles granted" },
  r1_node_session_age_seconds: { type: "gauge", help: "Since the session was granted or renewed" },
  r1_node_session_left_seconds: { type: "gauge", help: "Until the session ends, unless it is renewed" },
  r1_node_broker_connected: { type: "gauge", help: "1 while connected to the MQTT broker" },
  r1_node_block: { type: "gauge", help: "Newest block that the node knows" },
  r1_node_block_stale: { type: "gauge", help: "1 while that block is too old to be named" },
  r1_node_claims_total: {
    type: "counter",
    help: "Looks for rewards, by what they led to",
    labels: { outcome: CLAIMS },
  },
  ...GATEWAY_METRICS,
} as const satisfies MetricDefinitions;

export type NodeMetrics = Metrics<typeof NODE_METRICS>;

/** A node's metrics, which tell nothing of it before `readNodeMetrics`. @param options `process`: see `Metrics` */
export function createNodeMetrics(options: { readonly process?: boolean } = {}): NodeMetrics {
  return new Metrics(NODE_METRICS, options);
}

/** Has the metrics read from the node's status when somebody asks. */
export function readNodeMetrics(
  metrics: NodeMetrics,
  node: Pick<EdgeNode, "status">,
  dependencies: { readonly clock: Pick<Clock, "now"> },
): void {
  const now = () => dependencies.clock.now();
  readHeartbeats(metrics, node, now);
  readSession(metrics, node, now);
  metrics.read("r1_node_state", () =>
    STATES.map((state) => ({ value: node.status.state === state ? 1 : 0, labels: { state } })),
  );
  metrics.read("r1_node_broker_connected", () => one(node.status.connected ? 1 : 0));
  metrics.read("r1_node_block", () => one(node.status.block));
  metrics.read("r1_node_block_stale", () => one(node.status.blockStale ? 1 : 0));
  metrics.read("r1_node_claims_total", () =>
    CLAIMS.map((outcome) => ({ value: node.status.counts.claims.get(outcome) ?? 0, labels: { outcome } })),
  );
}

function readHeartbeats(metrics: NodeMetrics, node: { readonly status: NodeStatus }, now: () => number): void {
  metrics.read("r1_node_heartbeats_total", () => {
    const { sent = 0, failed = 0 } = node.status.heartbeat ?? {};
    return [
      { value: sent, labels: { outcome: "sent" } },
      { value: failed, labels: { outcome: "failed" } },
    ];
  });
  metrics.read("r1_node_heartbeat_age_seconds", () => one(since(node.status.heartbeat?.lastSentAt, now())));
}

function readSession(metrics: NodeMetrics, node: { readonly status: NodeStatus }, now: () => number): void {
  metrics.read("r1_node_sessions_total", () => one(node.status.counts.sessions));
  metrics.read("r1_node_session_age_seconds", () => one(since(node.status.counts.sessionGrantedAt, now())));
  metrics.read("r1_node_session_left_seconds", () => {
    const { sessionExpiresAt } = node.status;
    return one(sessionExpiresAt === undefined ? undefined : sessionExpiresAt - now() / 1_000);
  });
}

/** Seconds; undefined for what has not happened. */
function since(at: number | undefined, now: number): number | undefined {
  return at === undefined ? undefined : (now - at) / 1_000;
}

/** Nothing is told of what is not known. */
function one(value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ value }];
}
