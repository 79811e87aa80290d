import { readFile } from "node:fs/promises";
import { expect } from "chai";
import type { MetricDefinition, MetricDefinitions } from "../../../keepers/core/metrics.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { NODE_METRICS } from "../../../keepers/node/metrics.js";
import { ORACLE_METRICS } from "../../../keepers/oracle/metrics/definitions.js";
import { EpochWatch } from "../../../keepers/oracle/metrics/epochWatch.js";
import { createIngestMetrics, INGEST_METRICS } from "../../../keepers/oracle/metrics/ingestMetrics.js";
import {
  createOracleMetrics,
  type MetricSources,
  readOracleMetrics,
} from "../../../keepers/oracle/metrics/oracleMetrics.js";
import { heartbeatCodes } from "../../../keepers/oracle/ingest/verdict.js";
import { MessageTally } from "../../../keepers/oracle/validation/tally.js";
import { MESSAGE_CODES, type MessageCode } from "../../../keepers/oracle/validation/verdict.js";
import { ORACLE_KINDS } from "../../../keepers/protocol/oracleBodies.js";

const ROOT = `0x${"11".repeat(32)}`;

function seriesOf(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
}

/** Rows of the tables that name a metric. */
async function documented(): Promise<Map<string, { readonly type: string; readonly labels: string[] }>> {
  const text = await readFile("docs/metrics.md", "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `r1_"));
  return new Map(
    rows.map((row) => {
      const [, name = "", type = "", labels = "", unit = "", meaning = ""] = row.split("|").map((cell) => cell.trim());
      expect(unit, `${name}: unit`).to.not.equal("");
      expect(meaning, `${name}: meaning`).to.not.equal("");
      const names = labels === "" ? [] : labels.split(",").map((label) => label.trim().replaceAll("`", ""));
      return [name.replaceAll("`", ""), { type, labels: names }];
    }),
  );
}

describe("docs/metrics.md", () => {
  const defined: MetricDefinitions = { ...ORACLE_METRICS, ...INGEST_METRICS, ...NODE_METRICS };

  it("names every metric that there is, and none that there is not", async () => {
    expect([...(await documented()).keys()]).to.have.members(Object.keys(defined));
  });

  it("gives the type and the labels of each", async () => {
    for (const [name, row] of await documented()) {
      const { type, labels = {} } = defined[name] as MetricDefinition;
      expect(row, name).to.deep.equal({ type, labels: Object.keys(labels) });
    }
  });

  it("is about metrics with a bounded number of series", () => {
    for (const [name, { labels = {} }] of Object.entries(defined)) {
      const sizes = Object.values(labels).map((range) => (typeof range === "number" ? range : range.length) + 1);
      expect(
        sizes.reduce((product, size) => product * size, 1),
        name,
      ).to.be.at.most(1_250);
    }
  });
});

describe("an oracle's metrics", () => {
  let clock: VirtualClock;
  let tally: MessageTally;
  let status: ReturnType<MetricSources["status"]>;
  let peers: ReturnType<MetricSources["peers"]>;
  let halted: boolean;

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    tally = new MessageTally();
    peers = [];
    halted = false;
    status = {
      ...{ epoch: 9n, deciding: 8n, lastCommitted: 6n, lag: 2, phase: "prevote", round: 3, block: 77, connected: true },
      ...{ nodes: 5, heartbeats: { ACCEPTED: 11, FORGED: 2 }, seats: 3 },
      ...{ services: { RUNNING: 21, FAILED: 1 }, probes: { OK: 8, TIMEOUT: 2 } },
    };
  });

  function create() {
    const metrics = createOracleMetrics();
    const sources: MetricSources = {
      ...{ status: () => status, messages: () => tally.entries, peers: () => peers, isHalted: () => halted },
      ...{ rpc: () => ({ failures: 1, totalFailures: 4 }), blockTime: () => 970, slotProblem: () => undefined },
      now: () => clock.now(),
    };
    readOracleMetrics(metrics, sources, 60_000);
    return metrics;
  }

  it("tell epochs, chain, broker, log and phase as they are at the moment", async () => {
    const metrics = create();
    const expected: Record<string, string> = {
      ...{ r1_epoch_running: "9", r1_epoch_deciding: "8", r1_epoch_committed: "6", r1_epoch_lag: "2", r1_round: "3" },
      ...{
        r1_seats: "3",
        r1_nodes: "5",
        r1_chain_block: "77",
        r1_chain_block_age_seconds: "30",
        r1_rpc_failures_in_row: "1",
      },
      ...{ r1_rpc_failures_total: "4", r1_broker_connected: "1", r1_log_halted: "0", r1_slot_store_problem: "0" },
    };
    const text = await metrics.text();
    for (const [name, value] of Object.entries(expected)) {
      expect(seriesOf(text, name)).to.deep.equal([`${name} ${value}`]);
    }
    expect(seriesOf(text, "r1_phase").filter((line) => line.endsWith(" 1"))).to.deep.equal([
      'r1_phase{phase="prevote"} 1',
    ]);
    halted = true;
    status = { ...status, deciding: undefined, connected: false };
    const later = await metrics.text();
    expect(seriesOf(later, "r1_log_halted")).to.deep.equal(["r1_log_halted 1"]);
    expect(seriesOf(later, "r1_epoch_deciding")).to.deep.equal([]);
    expect(seriesOf(later, "r1_broker_connected")).to.deep.equal(["r1_broker_connected 0"]);
  });

  it("count heartbeats by verdict and messages by kind and verdict", async () => {
    tally.count("seal", "accepted");
    tally.count("seal", "accepted");
    tally.count("leaves", "unwanted");
    tally.count("unknown", "malformed");
    const text = await create().text();
    expect(seriesOf(text, "r1_heartbeats_total")).to.have.members([
      'r1_heartbeats_total{verdict="ACCEPTED"} 11',
      'r1_heartbeats_total{verdict="FORGED"} 2',
    ]);
    expect(seriesOf(text, "r1_messages_total")).to.have.members([
      'r1_messages_total{kind="seal",verdict="accepted"} 2',
      'r1_messages_total{kind="leaves",verdict="unwanted"} 1',
      'r1_messages_total{kind="unknown",verdict="malformed"} 1',
    ]);
  });

  it("know every verdict that there is by its name", async () => {
    status = { ...status, heartbeats: Object.fromEntries(heartbeatCodes.map((code) => [code, 1])) };
    for (const kind of ORACLE_KINDS) {
      for (const code of Object.keys(MESSAGE_CODES) as MessageCode[]) tally.count(kind, code);
    }
    const text = await create().text();
    expect(seriesOf(text, "r1_heartbeats_total").join()).to.not.include('"other"');
    expect(seriesOf(text, "r1_messages_total").join()).to.not.include('"other"');
  });

  it("tell who of the set was heard, and when", async () => {
    peers = [
      { oracle: "0xaa", heardAt: clock.now() - 5_000 },
      { oracle: "0xbb", heardAt: clock.now() - 61_000 },
      { oracle: "0xcc", heardAt: undefined },
    ];
    const text = await create().text();
    expect(seriesOf(text, "r1_peers")).to.deep.equal(["r1_peers 3"]);
    expect(seriesOf(text, "r1_peers_heard")).to.deep.equal(["r1_peers_heard 1"]);
    expect(seriesOf(text, "r1_peer_message_age_seconds")).to.deep.equal([
      'r1_peer_message_age_seconds{oracle="0xaa"} 5',
      'r1_peer_message_age_seconds{oracle="0xbb"} 61',
    ]);
  });

  it("measure steps, rounds and decisions of an epoch", async () => {
    const metrics = create();
    const watch = new EpochWatch({ metrics, clock });
    const epoch = 8n;
    watch.onEvent({ type: "started", epoch, oracles: 4, links: 3, seats: 0 });
    await clock.advance(2_000);
    watch.onEvent({ type: "round", epoch, round: 0, step: "propose" });
    await clock.advance(1_000);
    watch.onEvent({ type: "round", epoch, round: 0, step: "prevote" });
    await clock.advance(4_000);
    watch.onEvent({ type: "round", epoch, round: 1, step: "propose" });
    await clock.advance(500);
    watch.onEvent({ type: "decided", epoch, round: 1, value: ROOT, root: ROOT });
    watch.onEvent({ type: "round", epoch, round: 2, step: "propose" });
    const text = await metrics.text();
    const sums = (name: string) => seriesOf(text, `${name}_sum`).concat(seriesOf(text, `${name}_count`));
    expect(sums("r1_decision_seconds")).to.deep.equal(["r1_decision_seconds_sum 7.5", "r1_decision_seconds_count 1"]);
    expect(sums("r1_decision_rounds")).to.deep.equal(["r1_decision_rounds_sum 2", "r1_decision_rounds_count 1"]);
    expect(sums("r1_round_seconds")).to.deep.equal(["r1_round_seconds_sum 5.5", "r1_round_seconds_count 2"]);
    expect(seriesOf(text, "r1_step_seconds_sum")).to.deep.equal([
      'r1_step_seconds_sum{step="collecting"} 2',
      'r1_step_seconds_sum{step="propose"} 1.5',
      'r1_step_seconds_sum{step="prevote"} 4',
    ]);
  });

  it("count how epochs end, what became of commits, and failures of the log", async () => {
    const metrics = create();
    const { onEvent } = new EpochWatch({ metrics, clock });
    onEvent({ type: "decided", epoch: 1n, round: 0, value: ROOT, root: ROOT });
    onEvent({ type: "decided", epoch: 2n, round: 0, value: ROOT, root: undefined });
    onEvent({ type: "adopted", epoch: 3n, root: ROOT });
    onEvent({ type: "disputed", epoch: 3n, root: ROOT });
    onEvent({ type: "halted", epoch: 4n, why: "no space" });
    for (const stage of [0, 3, 4, 63]) onEvent({ type: "submission", epoch: 1n, stage, outcome: "sent" });
    onEvent({ type: "submission", epoch: 1n, stage: 0, outcome: "refused" });
    const text = await metrics.text();
    expect(seriesOf(text, "r1_epochs_total")).to.have.members(
      ["decided", "skipped", "adopted", "disputed"].map((outcome) => `r1_epochs_total{outcome="${outcome}"} 1`),
    );
    expect(seriesOf(text, "r1_log_failures_total")).to.deep.equal(["r1_log_failures_total 1"]);
    expect(seriesOf(text, "r1_submissions_total")).to.have.members([
      'r1_submissions_total{outcome="sent",stage="0"} 1',
      'r1_submissions_total{outcome="sent",stage="3"} 1',
      'r1_submissions_total{outcome="sent",stage="later"} 2',
      'r1_submissions_total{outcome="refused",stage="0"} 1',
    ]);
  });
});

describe("an ingest worker's metrics", () => {
  it("tell what it hears and what waits", async () => {
    const heard = { heartbeats: { ACCEPTED: 7 }, seats: 4, services: { RUNNING: 6 } };
    const status = { connected: true, nodes: 3, ...heard, waiting: 2, problems: ["Redis is away"] };
    const text = await createIngestMetrics({ status }).text();
    const told = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(told).to.have.members([
      'r1_heartbeats_total{verdict="ACCEPTED"} 7',
      "r1_seats 4",
      'r1_service_reports_total{state="RUNNING"} 6',
      "r1_nodes 3",
      "r1_broker_connected 1",
      "r1_ingest_waiting_marks 2",
      "r1_ingest_problems 1",
    ]);
  });
});
