import { expect } from "chai";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { createNodeMetrics, readNodeMetrics } from "../../../keepers/node/metrics.js";
import type { NodeStatus } from "../../../keepers/node/node.js";

const CLOCK = new VirtualClock(1_000_000);

const RUNNING: NodeStatus = {
  ...{ node: "0xaa", state: "running", deed: 1n, owner: "0xbb", refusal: undefined, connected: true },
  ...{ sessionExpiresAt: 1_090, block: 12, blockStale: false, claims: undefined },
  heartbeat: { sent: 40, failed: 2, paused: false, lastSentAt: 993_000, lastSequence: 5n },
  counts: { sessions: 3, sessionGrantedAt: 970_000, claims: new Map([["claimed" as const, 2]]) },
};

async function lines(status: NodeStatus): Promise<string[]> {
  const metrics = createNodeMetrics();
  readNodeMetrics(metrics, { status }, { clock: CLOCK });
  const text = await metrics.text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("a node's metrics", () => {
  it("tell its heartbeats, session, state and claims", async () => {
    expect(await lines(RUNNING)).to.include.members([
      'r1_node_heartbeats_total{outcome="sent"} 40',
      'r1_node_heartbeats_total{outcome="failed"} 2',
      "r1_node_heartbeat_age_seconds 7",
      "r1_node_sessions_total 3",
      "r1_node_session_age_seconds 30",
      "r1_node_session_left_seconds 90",
      'r1_node_state{state="running"} 1',
      'r1_node_state{state="refused"} 0',
      "r1_node_broker_connected 1",
      "r1_node_block 12",
      "r1_node_block_stale 0",
      'r1_node_claims_total{outcome="claimed"} 2',
      'r1_node_claims_total{outcome="failed"} 0',
    ]);
  });

  it("tell nothing of what has not happened", async () => {
    const counts = { sessions: 0, sessionGrantedAt: undefined, claims: new Map() };
    const fresh = { ...RUNNING, counts, heartbeat: undefined, sessionExpiresAt: undefined, block: undefined };
    const told = (await lines({ ...fresh, state: "starting" })).map((line) => line.split(/[ {]/u)[0]);
    for (const unknown of ["heartbeat_age", "session_left", "session_age"]) {
      expect(told).to.not.include(`r1_node_${unknown}_seconds`);
    }
    expect(told).to.include.members(["r1_node_sessions_total", "r1_node_heartbeats_total"]);
  });
});
