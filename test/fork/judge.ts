import { expect } from "chai";

import { decodeContractError } from "../../keepers/chain/errors.js";
import { checkDeployment } from "../../scripts/deployment/check.js";
import { invariantChecks } from "../../scripts/deployment/invariants.js";
import { readSubject } from "../../scripts/deployment/subject.js";
import type { Check, Subject } from "../../scripts/deployment/types.js";
import type { Stage } from "./stage.js";

/** The name of the error with which a contract refuses; fails when it does not. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    return decodeContractError(error)?.contractError ?? String(error);
  }
  throw new Error("it was not refused");
}

/** What check:deployment finds wrong with the fork, as `area: check`. */
export async function findings(stage: Stage, file = stage.parameters): Promise<string[]> {
  return wrong(await checkDeployment(await subjectOf(stage, file)));
}

/** The same of the invariants alone, which is all that people's actions could break. */
export async function broken(stage: Stage): Promise<string[]> {
  return wrong(await invariantChecks(await subjectOf(stage, stage.parameters)));
}

function subjectOf({ chain, folder }: Stage, parameters: string): Promise<Subject> {
  const options = { rpc: "the fork", deployment: folder, parameters };
  return readSubject(options, chain.provider, () => undefined);
}

function wrong(checks: readonly Check[]): string[] {
  return checks.filter(({ verdict }) => verdict === "wrong").map(({ area, what }) => `${area}: ${what}`);
}

/** The council's own contract hides why. */
export async function expectFailure(attempt: Promise<unknown>): Promise<void> {
  const done = await attempt.then(
    () => true,
    () => false,
  );
  expect(done, "done before its time").to.equal(false);
}
