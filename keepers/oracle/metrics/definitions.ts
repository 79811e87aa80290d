import type { MetricDefinitions } from "../../core/metrics.js";
import { ContainerState } from "../../protocol/heartbeat.js";
import { ORACLE_KINDS } from "../../protocol/oracleBodies.js";
import { MAX_ORACLES } from "../../protocol/oracleValue.js";
import { DISPATCH_OUTCOMES } from "../assigning/dispatch.js";
import { ADVERT_CODES, ASSIGNMENT_CODES } from "../assigning/verdict.js";
import { heartbeatCodes } from "../ingest/verdict.js";
import { PROBE_VERDICTS } from "../probing/httpProbe.js";
import { MESSAGE_CODES } from "../validation/verdict.js";

/** What an oracle is doing within an epoch. */
export const STEPS = ["collecting", "propose", "prevote", "precommit"] as const;
export const PHASES = ["starting", "waiting", ...STEPS, "halted"] as const;

/** Place in the order of submitters, by which it is counted; far ones together. */
export const STAGES = ["0", "1", "2", "3", "later"] as const;

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];
const FAST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
/** More than the API has, and a bound for what it may get. */
const MOST_ROUTES = 48;
const MOST_STATUSES = 24;

/** Every metric of an oracle; `docs/metrics.md` says what each is for. */
export const ORACLE_METRICS = {
  r1_heartbeats_total: {
    type: "counter",
    help: "Heartbeats heard, by verdict",
    labels: { verdict: ["ACCEPTED", "WAITING", "NOT_STORED", ...heartbeatCodes] },
  },
  r1_seats: { type: "gauge", help: "Assignments of deeds to jobs, now or from the next epoch on" },
  r1_service_reports_total: {
    type: "counter",
    help: "What heartbeats said of assignments, by state",
    labels: { state: Object.keys(ContainerState) },
  },
  r1_probes_total: {
    type: "counter",
    help: "Visits of what jobs publish, by what came of them",
    labels: { verdict: PROBE_VERDICTS },
  },
  r1_nodes: { type: "gauge", help: "Nodes with a licence, whose heartbeats count" },
  r1_messages_total: {
    type: "counter",
    help: "Other oracles' messages, by kind and verdict",
    labels: { kind: [...ORACLE_KINDS, "unknown"], verdict: ["accepted", ...Object.keys(MESSAGE_CODES)] },
  },
  r1_epoch_running: { type: "gauge", help: "The running epoch by this machine's clock" },
  r1_epoch_deciding: { type: "gauge", help: "The next epoch that is not decided here" },
  r1_epoch_committed: { type: "gauge", help: "The last epoch on the chain; -1 before the first" },
  r1_epoch_lag: { type: "gauge", help: "Ended epochs that are not on the chain" },
  r1_epochs_total: {
    type: "counter",
    help: "Epochs that ended here, by how",
    labels: { outcome: ["decided", "skipped", "adopted", "disputed"] },
  },
  r1_decision_seconds: { type: "histogram", help: "From an epoch's beginning here to its decision", buckets: SECONDS },
  r1_decision_rounds: {
    type: "histogram",
    help: "Rounds that a decision took; 1 is the first leader's",
    buckets: [1, 2, 3, 4, 6, 8, 12, 16, 32],
  },
  r1_round: { type: "gauge", help: "The round under way; -1 outside the rounds" },
  r1_round_seconds: { type: "histogram", help: "Length of a round", buckets: SECONDS },
  r1_step_seconds: {
    type: "histogram",
    help: "Length of a step, the collecting of reports included",
    labels: { step: STEPS },
    buckets: SECONDS,
  },
  r1_phase: { type: "gauge", help: "1 for what the oracle is doing, 0 for the rest", labels: { phase: PHASES } },
  r1_submissions_total: {
    type: "counter",
    help: "Commits that this oracle sent, by outcome and by its place in the order of submitters",
    labels: { outcome: ["sent", "refused", "failed"], stage: STAGES },
  },
  r1_adverts_total: {
    type: "counter",
    help: "What nodes told that they offer, by verdict",
    labels: { verdict: ["accepted", ...Object.keys(ADVERT_CODES)] },
  },
  r1_assignment_messages_total: {
    type: "counter",
    help: "Assignments that other oracles signed, by verdict",
    labels: { verdict: ["accepted", ...Object.keys(ASSIGNMENT_CODES)] },
  },
  r1_assignments_signed_total: { type: "counter", help: "Assignments that this oracle signed" },
  r1_assignments_total: {
    type: "counter",
    help: "Assignments that this oracle sent, by outcome",
    labels: { outcome: DISPATCH_OUTCOMES },
  },
  r1_assigning_abstained_total: { type: "counter", help: "Blocks at which this oracle could not decide about jobs" },
  r1_jobs_unplaced: { type: "gauge", help: "Jobs that lack nodes which there are not" },
  r1_peers: { type: "gauge", help: "Other oracles of the set" },
  r1_peers_heard: { type: "gauge", help: "Other oracles of the set that spoke within an epoch's length" },
  r1_peer_message_age_seconds: {
    type: "gauge",
    help: "Since an oracle's last message; missing for one that was never heard",
    labels: { oracle: MAX_ORACLES },
  },
  r1_log_halted: {
    type: "gauge",
    help: "1 while the voting log cannot be written, or nothing be signed, and this oracle says nothing",
  },
  r1_log_failures_total: { type: "counter", help: "Times that the agreement stopped because of the voting log" },
  r1_slot_store_problem: { type: "gauge", help: "1 while heartbeat slots cannot be kept" },
  r1_chain_block: { type: "gauge", help: "Newest block that this oracle follows" },
  r1_chain_block_age_seconds: { type: "gauge", help: "Age of that block by this machine's clock" },
  r1_rpc_failures_total: { type: "counter", help: "Looks at the chain that failed" },
  r1_rpc_failures_in_row: { type: "gauge", help: "Looks at the chain that failed since the last success" },
  r1_broker_connected: { type: "gauge", help: "1 while connected to the MQTT broker" },
  r1_api_requests_total: {
    type: "counter",
    help: "Requests answered, by route and HTTP status",
    labels: { route: MOST_ROUTES, status: MOST_STATUSES },
  },
  r1_api_request_seconds: {
    type: "histogram",
    help: "Time to answer a request",
    labels: { route: MOST_ROUTES },
    buckets: FAST_SECONDS,
  },
} as const satisfies MetricDefinitions;
