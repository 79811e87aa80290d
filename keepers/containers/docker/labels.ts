import { createHash } from "node:crypto";
import type { Address } from "../../protocol/bytes.js";
import type { ContainerIdentity } from "../engine.js";

/** On everything that an engine makes. What lacks the node's own address is nobody's business here. */
export const NODE_LABEL = "network.r1.node";
export const JOB_LABEL = "network.r1.job";
export const CONTAINER_LABEL = "network.r1.container";
export const SPEC_LABEL = "network.r1.spec";
export const GENERATION_LABEL = "network.r1.generation";
/** MiB that a container may write outside its volumes, or that a volume may hold. */
export const LIMIT_LABEL = "network.r1.limit-mib";

/** Names of bridges begin with it, on every node, so that one firewall rule finds them. */
export const BRIDGE_PREFIX = "r1j";

const HASH_DIGITS = 12;

export type Labels = Readonly<Record<string, string | undefined>>;

export function containerLabels(node: Address, identity: ContainerIdentity, diskMiB: number): Record<string, string> {
  return {
    ...jobLabels(node, identity.job),
    [CONTAINER_LABEL]: identity.container,
    [SPEC_LABEL]: identity.specHash,
    [GENERATION_LABEL]: String(identity.generation),
    [LIMIT_LABEL]: String(diskMiB),
  };
}

/** Of networks and volumes. */
export function jobLabels(node: Address, job: string): Record<string, string> {
  return { [NODE_LABEL]: node, [JOB_LABEL]: job };
}

export function isOf(node: Address, labels: Labels | null | undefined): boolean {
  return labels?.[NODE_LABEL] === node;
}

export function identityOf(labels: Labels): ContainerIdentity {
  return {
    job: labels[JOB_LABEL] ?? "",
    container: labels[CONTAINER_LABEL] ?? "",
    specHash: labels[SPEC_LABEL] ?? "",
    generation: Number(labels[GENERATION_LABEL] ?? 0),
  };
}

/** Bytes; undefined when it has none. */
export function limitOf(labels: Labels): number | undefined {
  const text = labels[LIMIT_LABEL];
  return text === undefined ? undefined : Number(text) * 2 ** 20;
}

/** For the engine's lists: only what has these labels. */
export function labelFilter(node: Address, job?: string): { label: string[] } {
  const labels = Object.entries(job === undefined ? { [NODE_LABEL]: node } : jobLabels(node, job));
  return { label: labels.map(([name, value]) => `${name}=${value}`) };
}

/** Several nodes may share a daemon, and names are theirs alone. */
export function containerName(node: Address, { job, container, generation }: ContainerIdentity): string {
  return `r1-${node.slice(2)}-${job}-${container}-${generation}`;
}

export function networkName(node: Address, job: string): string {
  return `r1-${node.slice(2)}-${job}`;
}

export function volumeName(node: Address, job: string, name: string): string {
  return `r1-${node.slice(2)}-${job}-${name}`;
}

/** Names of network interfaces have 15 characters at most. */
export function bridgeName(node: Address, job: string): string {
  return BRIDGE_PREFIX + digestOf(node, job).slice(0, HASH_DIGITS);
}

/** Uniform in 0 … 2^32 − 1. */
export function numberOf(node: Address, job: string): number {
  return Number.parseInt(digestOf(node, job).slice(0, 8), 16);
}

function digestOf(node: Address, job: string): string {
  return createHash("sha256").update(`${node}/${job}`).digest("hex");
}
