import type { JobSpec } from "./jobSpec.js";

/** What a resource class gives each node of a job, or a specification takes. */
export interface ClassResources {
  /** Thousandths of a core. */
  readonly milliCpu: number;
  readonly memoryMiB: number;
  /** Volumes, and what containers write outside them. */
  readonly diskMiB: number;
}

/** What a job takes on each of its nodes: the sum over its containers and volumes. */
export function resourcesOf({ containers, volumes }: JobSpec): ClassResources & { readonly gpus: number } {
  const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
  return {
    milliCpu: sum(containers.map((each) => each.milliCpu)),
    memoryMiB: sum(containers.map((each) => each.memoryMiB)),
    diskMiB: sum([...containers.map((each) => each.diskMiB), ...volumes.map((each) => each.sizeMiB)]),
    gpus: sum(containers.map((each) => each.gpus)),
  };
}

/**
 * One sentence for each resource of which a specification takes more than its class gives; none when it fits.
 * @param hasGpu whether the job pays for a GPU add-on
 */
export function excessOver(spec: JobSpec, given: ClassResources, hasGpu: boolean): string[] {
  const taken = resourcesOf(spec);
  const amounts = (["milliCpu", "memoryMiB", "diskMiB"] as const).filter((name) => taken[name] > given[name]);
  const problems = amounts.map((name) => `${name}: the containers take ${taken[name]}, the class gives ${given[name]}`);
  if (taken.gpus > 0 && !hasGpu)
    problems.push(`gpus: the containers take ${taken.gpus}, the job pays for no GPU add-on`);
  return problems;
}
