import type { ClassResources } from "../../protocol/jobResources.js";
import type { ContainerSpec } from "../../protocol/jobSpec.js";

export const NOTHING: ClassResources = { milliCpu: 0, memoryMiB: 0, diskMiB: 0 };

export function takesOf({ milliCpu, memoryMiB, diskMiB }: ContainerSpec): ClassResources {
  return { milliCpu, memoryMiB, diskMiB };
}

export function add(a: ClassResources, b: ClassResources): ClassResources {
  return {
    milliCpu: a.milliCpu + b.milliCpu,
    memoryMiB: a.memoryMiB + b.memoryMiB,
    diskMiB: a.diskMiB + b.diskMiB,
  };
}

/** May be below zero. */
export function subtract(a: ClassResources, b: ClassResources): ClassResources {
  return {
    milliCpu: a.milliCpu - b.milliCpu,
    memoryMiB: a.memoryMiB - b.memoryMiB,
    diskMiB: a.diskMiB - b.diskMiB,
  };
}

export function isWithin(part: ClassResources, whole: ClassResources): boolean {
  return part.milliCpu <= whole.milliCpu && part.memoryMiB <= whole.memoryMiB && part.diskMiB <= whole.diskMiB;
}
