import { expect } from "chai";

import { type Result, SimFleet } from "../../sim/fleet.js";
import type { Plan } from "../../sim/plan.js";

export const EPOCH_MS = 30_000;

export interface Outcome extends Result {
  readonly fleet: SimFleet;
  readonly lines: readonly string[];
}

/** Runs a fleet by a plan that is altered, and demands that no promise is broken. */
export async function runScenario(seed: number, nodes: number, alter: (plan: Plan) => Plan): Promise<Outcome> {
  const lines: string[] = [];
  const fleet = new SimFleet({ seed, nodes, alter, show: (line) => lines.push(line) });
  const result = await fleet.run();
  expect(result.violation).to.equal(undefined);
  return { ...result, fleet, lines };
}
