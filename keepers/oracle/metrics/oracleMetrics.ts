import { Metrics, type Sample } from "../../core/metrics.js";
import type { Address } from "../../protocol/bytes.js";
import type { TallyEntry } from "../validation/tally.js";
import { ORACLE_METRICS, PHASES } from "./definitions.js";

export type OracleMetrics = Metrics<typeof ORACLE_METRICS>;

/** Where metrics are read from; undefined what is not known before the oracle has started. */
export interface MetricSources {
  readonly status: () => {
    readonly epoch: bigint;
    readonly deciding: bigint | undefined;
    readonly lastCommitted: bigint | undefined;
    readonly lag: number;
    readonly phase: string;
    readonly round: number;
    readonly block: number | undefined;
    readonly connected: boolean;
    readonly nodes: number;
    readonly heartbeats: Readonly<Record<string, number>> | undefined;
    readonly seats: number;
    readonly services: Readonly<Record<string, number>> | undefined;
    readonly probes: Readonly<Record<string, number>> | undefined;
  };
  readonly messages: () => readonly TallyEntry[];
  /** The others of the set, and when each was last heard, milliseconds since 1970. */
  readonly peers: () => readonly { readonly oracle: Address; readonly heardAt: number | undefined }[];
  readonly rpc: () => { readonly failures: number; readonly totalFailures: number };
  /** Unix seconds. */
  readonly blockTime: () => number | undefined;
  readonly isHalted: () => boolean;
  readonly slotProblem: () => string | undefined;
  readonly now: () => number;
}

/** An oracle's metrics. @param options `process`: see `Metrics` */
export function createOracleMetrics(options: { readonly process?: boolean } = {}): OracleMetrics {
  return new Metrics(ORACLE_METRICS, options);
}

/** Has everything that the oracle knows anyway read when somebody asks. @param epochMs length of an epoch */
export function readOracleMetrics(metrics: OracleMetrics, sources: MetricSources, epochMs: number): void {
  readEpochs(metrics, sources);
  readMessages(metrics, sources);
  readPeers(metrics, sources, epochMs);
  readChain(metrics, sources);
  readServices(metrics, sources);
  metrics.read("r1_nodes", () => one(sources.status().nodes));
  metrics.read("r1_broker_connected", () => one(sources.status().connected ? 1 : 0));
  metrics.read("r1_log_halted", () => one(sources.isHalted() ? 1 : 0));
  metrics.read("r1_slot_store_problem", () => one(sources.slotProblem() === undefined ? 0 : 1));
}

function readEpochs(metrics: OracleMetrics, { status }: MetricSources): void {
  metrics.read("r1_epoch_running", () => one(Number(status().epoch)));
  metrics.read("r1_epoch_deciding", () => maybe(status().deciding));
  metrics.read("r1_epoch_committed", () => one(Number(status().lastCommitted ?? -1n)));
  metrics.read("r1_epoch_lag", () => one(status().lag));
  metrics.read("r1_round", () => one(status().round));
  metrics.read("r1_phase", () => {
    const now = status().phase;
    return PHASES.map((phase) => ({ value: phase === now ? 1 : 0, labels: { phase } }));
  });
}

function readMessages(metrics: OracleMetrics, { status, messages }: MetricSources): void {
  metrics.read("r1_heartbeats_total", () =>
    Object.entries(status().heartbeats ?? {}).map(([verdict, value]) => ({ value, labels: { verdict } })),
  );
  metrics.read("r1_messages_total", () =>
    messages().map(({ kind, verdict, count }) => ({ value: count, labels: { kind, verdict } })),
  );
}

function readServices(metrics: OracleMetrics, { status }: MetricSources): void {
  metrics.read("r1_seats", () => one(status().seats));
  metrics.read("r1_service_reports_total", () =>
    Object.entries(status().services ?? {}).map(([state, value]) => ({ value, labels: { state } })),
  );
  metrics.read("r1_probes_total", () =>
    Object.entries(status().probes ?? {}).map(([verdict, value]) => ({ value, labels: { verdict } })),
  );
}

function readPeers(metrics: OracleMetrics, { peers, now }: MetricSources, epochMs: number): void {
  metrics.read("r1_peers", () => one(peers().length));
  metrics.read("r1_peers_heard", () =>
    one(peers().filter(({ heardAt }) => heardAt !== undefined && now() - heardAt <= epochMs).length),
  );
  metrics.read("r1_peer_message_age_seconds", () =>
    peers().flatMap(({ oracle, heardAt }) =>
      heardAt === undefined ? [] : [{ value: (now() - heardAt) / 1_000, labels: { oracle } }],
    ),
  );
}

function readChain(metrics: OracleMetrics, { status, rpc, blockTime, now }: MetricSources): void {
  metrics.read("r1_chain_block", () => maybe(status().block));
  metrics.read("r1_chain_block_age_seconds", () => {
    const time = blockTime();
    return time === undefined ? [] : one(now() / 1_000 - time);
  });
  metrics.read("r1_rpc_failures_total", () => one(rpc().totalFailures));
  metrics.read("r1_rpc_failures_in_row", () => one(rpc().failures));
}

function one(value: number): Sample[] {
  return [{ value }];
}

function maybe(value: number | bigint | undefined): Sample[] {
  return value === undefined ? [] : one(Number(value));
}
