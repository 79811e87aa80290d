import { KeeperError } from "../../keepers/core/errors.js";
import { codeChecks } from "./code.js";
import { invariantChecks } from "./invariants.js";
import { parameterChecks } from "./parameterChecks.js";
import { roleChecks } from "./roles.js";
import { type Area, AREAS, type Check, demand, type Subject } from "./types.js";
import { wiringChecks } from "./wiring.js";

const CHECKS: Readonly<Record<Area, (subject: Subject) => Promise<Check[]>>> = {
  code: codeChecks,
  wiring: wiringChecks,
  roles: roleChecks,
  parameters: parameterChecks,
  invariants: invariantChecks,
};

/** All that can be checked of a live deployment without sending anything, area by area. */
export async function checkDeployment(subject: Subject): Promise<Check[]> {
  const checks: Check[] = [];
  for (const area of AREAS) {
    checks.push(...(await checkArea(area, subject)));
  }
  return checks;
}

/** What cannot be read is wrong, and keeps nothing else from being checked. A parameter file that lacks something is not. */
async function checkArea(area: Area, subject: Subject): Promise<Check[]> {
  try {
    return await CHECKS[area](subject);
  } catch (error) {
    if (error instanceof KeeperError) throw error;
    const found = error instanceof Error ? error.message : String(error);
    const advice = "a contract there is another one, or the RPC server does not serve it: see the lines above";
    return [demand(area, `reading the ${area}`, { holds: false, expected: "contracts that answer", found, advice })];
  }
}
