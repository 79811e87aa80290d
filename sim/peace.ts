import { EVERYBODY_BEFORE, type OraclePlan, type Plan } from "./plan.js";

/** The plan without any fault: scripted scenarios add their own. */
export function peaceful(plan: Plan): Plan {
  const network = { minimumMs: 5, maximumMs: 60, loss: 0, duplication: 0, partitions: [] };
  const oracles = plan.oracles.map(quiet);
  return { ...plan, healAt: 0, network, oracles, reorganisations: [], changes: [], splitter: false };
}

/** Changes the plan of one oracle. */
export function withOracle(plan: Plan, index: number, change: Partial<OraclePlan>): Plan {
  return { ...plan, oracles: plan.oracles.map((oracle, i) => (i === index ? { ...oracle, ...change } : oracle)) };
}

function quiet(oracle: OraclePlan): OraclePlan {
  return {
    ...oracle,
    rpc: { latencyMs: oracle.rpc.latencyMs, failureRate: 0, maximumLag: 0, clinging: 0, outages: [] },
    disk: { syncMs: oracle.disk.syncMs, failureRate: 0, faults: [] },
    restarts: [],
    startAt: EVERYBODY_BEFORE,
    byzantine: undefined,
    ineligible: [],
  };
}
