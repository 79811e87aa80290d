import { KeeperError } from "../../core/errors.js";
import { type ClassResources, excessOver, resourcesOf } from "../../protocol/jobResources.js";
import type { JobSpec } from "../../protocol/jobSpec.js";
import type { AssignedJob } from "./types.js";

/** What the node has for jobs. */
export interface Offer extends ClassResources {
  readonly gpus: number;
}

/**
 * Whether a job may run here: no more than it pays for, and no more than there is.
 * @throws KeeperError `CLASS_UNKNOWN`, `CLASS_EXCEEDED`, `NO_GPU`; none passes by waiting
 */
export function admit(
  assigned: Pick<AssignedJob, "classId" | "gpu">,
  spec: JobSpec,
  given: ClassResources | undefined,
  offer: Offer,
): ClassResources {
  if (given === undefined) throw new KeeperError("CLASS_UNKNOWN", `the catalog has no class ${assigned.classId}`);
  const excess = excessOver(spec, given, assigned.gpu !== 0);
  if (excess.length > 0)
    throw new KeeperError("CLASS_EXCEEDED", `more than class ${assigned.classId} gives: ${excess.join("; ")}`);
  const { gpus } = resourcesOf(spec);
  if (gpus > offer.gpus) throw new KeeperError("NO_GPU", `it wants ${gpus} GPUs, this node has ${offer.gpus}`);
  return given;
}
