import type { ClassResources } from "../../protocol/jobResources.js";
import type { ContainerId, ContainerState } from "../engine.js";

/** A container that a job should have. */
export interface WantedContainer {
  readonly name: string;
  /** Containers that have to be ready before it is started. */
  readonly after: readonly string[];
  /** Undefined while its image is not known: what runs under its name stays meanwhile. */
  readonly generation: number | undefined;
  /** Whether it could be created now. */
  readonly hasImage: boolean;
  readonly takes: ClassResources;
  /** Two generations must never run at once: they would write to one volume, or want one device. */
  readonly alone: boolean;
  readonly stopSeconds: number;
  /** It ended, and is not to be started again. */
  readonly finished: boolean;
  /** Earliest time at which it may be started, after failures. Milliseconds since 1970. */
  readonly notBefore: number;
}

/** A container that a job has. */
export interface SeenContainer {
  readonly id: ContainerId;
  readonly name: string;
  readonly generation: number;
  readonly state: ContainerState;
  /** Of a running one; `starting` until its checks have spoken. */
  readonly health: "starting" | "good" | "bad";
  readonly takes: ClassResources;
  readonly stopSeconds: number;
  /** Somebody asked for it to be ended and started again. */
  readonly recycle: boolean;
  /** Useless to start again as it is, because its disk is full. */
  readonly spent: boolean;
}

export interface PlanInput {
  /** `stop`: everything ends and stays; `gone`: nothing is left of the job. */
  readonly mode: "run" | "stop" | "gone";
  /** In the order in which they are started. */
  readonly wanted: readonly WantedContainer[];
  /** Oldest first. */
  readonly seen: readonly SeenContainer[];
  /** Network and volumes are there. */
  readonly prepared: boolean;
  /** What all running containers may take together. */
  readonly allowance: ClassResources;
  /** Before then no running container is replaced by its next generation. Milliseconds since 1970. */
  readonly holdUntil: number;
  readonly now: number;
}

export type Action =
  | { readonly kind: "prepare" }
  | { readonly kind: "create"; readonly name: string }
  | { readonly kind: "start"; readonly id: ContainerId; readonly name: string }
  | { readonly kind: "stop"; readonly id: ContainerId; readonly name: string; readonly seconds: number }
  | { readonly kind: "remove"; readonly id: ContainerId; readonly name: string }
  /** Network and volumes go; the last there is to do for a job. */
  | { readonly kind: "clean" };

export interface Plan {
  /** The next thing to do; nothing else may happen to the job's containers until it is done. */
  readonly action?: Action;
  /** Containers whose images are to be fetched meanwhile. */
  readonly pulls: readonly string[];
  /** When to ask again although nothing happened. Milliseconds since 1970. */
  readonly wakeAt?: number;
}

/** What one container needs next: something to do, an image, time, or nothing. */
type Step = { readonly action: Action } | { readonly pull: string } | { readonly wakeAt: number } | undefined;

/**
 * The next step from the containers that a job has to those that it should have. Steps are small, so that each is decided on
 * what is true then; repeated, they end in the state wanted, whatever state they began in.
 *
 * A new generation runs and is healthy before the one before it ends, where the allowance has room for both; where it has not, or
 * both would write to one volume, the old one ends first.
 */
export function plan(input: PlanInput): Plan {
  if (input.mode !== "run") return only(windDown(input));
  const tidying = tidy(input);
  return tidying === undefined ? advance(input) : only(tidying);
}

function only(action: Action | undefined): Plan {
  return action === undefined ? { pulls: [] } : { action, pulls: [] };
}

function windDown({ mode, wanted, seen }: PlanInput): Action | undefined {
  const place = (name: string): number => wanted.findIndex((each) => each.name === name) + 1 || wanted.length + 1;
  const last = seen.toReversed().sort((a, b) => place(b.name) - place(a.name));
  const running = last.find(({ state }) => state === "running");
  if (running !== undefined) return stop(running);
  if (mode === "stop") return undefined;
  const [left] = last;
  return left === undefined ? { kind: "clean" } : remove(left);
}

/** Takes away what is not wanted, but for what still serves until its next generation does. */
function tidy({ wanted, seen }: PlanInput): Action | undefined {
  const generations = new Map(wanted.map(({ name, generation }) => [name, generation]));
  for (const container of seen.toReversed()) {
    const unknown = !generations.has(container.name);
    if (container.state === "running") {
      if (unknown) return stop(container);
      continue;
    }
    const generation = generations.get(container.name);
    if (unknown || (generation !== undefined && generation !== container.generation)) return remove(container);
  }
  return undefined;
}

function advance(input: PlanInput): Plan {
  const pulls: string[] = [];
  let wakeAt = Infinity;
  let action: Action | undefined;
  for (const wanted of input.wanted) {
    const step = stepOf(wanted, input);
    if (step === undefined) continue;
    if ("pull" in step) pulls.push(step.pull);
    else if ("wakeAt" in step) wakeAt = Math.min(wakeAt, step.wakeAt);
    else action ??= step.action;
  }
  return { pulls, ...(action === undefined ? {} : { action }), ...(wakeAt === Infinity ? {} : { wakeAt }) };
}

function stepOf(wanted: WantedContainer, input: PlanInput): Step {
  const { current, old } = generationsOf(wanted, input);
  if (current?.state === "running") return keep(current, old);
  if (wanted.finished) return end(old);
  if (wanted.notBefore > input.now) return { wakeAt: wanted.notBefore };
  if (current === undefined) return beginOf(wanted, old, input);
  if (current.spent) return { action: remove(current) };
  return startOf(wanted, current, old, input);
}

/** A container that runs as wanted ends when it has to be started again, and makes its forerunner end once it is healthy. */
function keep(current: SeenContainer, old: SeenContainer | undefined): Step {
  if (current.health === "bad" || current.recycle) return { action: stop(current) };
  return current.health === "good" ? end(old) : undefined;
}

/** Brings a container about that is not there. */
function beginOf(wanted: WantedContainer, old: SeenContainer | undefined, input: PlanInput): Step {
  if (wanted.generation === undefined || !wanted.hasImage) return { pull: wanted.name };
  if (old !== undefined && input.holdUntil > input.now) return { wakeAt: input.holdUntil };
  if (!isUnblocked(wanted, input)) return undefined;
  if (old !== undefined && !canJoin(wanted, input)) return { action: stop(old) };
  return { action: input.prepared ? { kind: "create", name: wanted.name } : { kind: "prepare" } };
}

function startOf(
  wanted: WantedContainer,
  current: SeenContainer,
  old: SeenContainer | undefined,
  input: PlanInput,
): Step {
  if (!isUnblocked(wanted, input)) return undefined;
  if (old !== undefined && wanted.alone) return { action: stop(old) };
  const running = input.seen.filter(({ state }) => state === "running");
  if (fits([...running, wanted], input.allowance)) {
    return { action: { kind: "start", id: current.id, name: current.name } };
  }
  const surplus = running.toReversed().find((each) => isOld(each, input));
  return surplus === undefined ? undefined : { action: stop(surplus) };
}

function end(old: SeenContainer | undefined): Step {
  return old === undefined ? undefined : { action: stop(old) };
}

/** The container as wanted, and the newest running one of another generation. */
function generationsOf(
  { name, generation }: WantedContainer,
  { seen }: PlanInput,
): { current: SeenContainer | undefined; old: SeenContainer | undefined } {
  const own = seen.filter((each) => each.name === name);
  return {
    current: own.find((each) => each.generation === generation),
    old: own.findLast((each) => each.generation !== generation && each.state === "running"),
  };
}

function isOld(container: SeenContainer, { wanted }: PlanInput): boolean {
  return !wanted.some(({ name, generation }) => name === container.name && generation === container.generation);
}

function isUnblocked({ after }: WantedContainer, input: PlanInput): boolean {
  return input.wanted.every((each) => !after.includes(each.name) || each.finished || isReady(each, input));
}

function isReady(wanted: WantedContainer, input: PlanInput): boolean {
  const { current } = generationsOf(wanted, input);
  return current?.state === "running" && current.health === "good";
}

/**
 * Whether a new generation may run beside the old one: the allowance has to have room for it when everything else that is
 * wanted runs too, so that nothing that fails meanwhile finds its place taken.
 */
function canJoin(joining: WantedContainer, input: PlanInput): boolean {
  if (joining.alone) return false;
  const parts = input.wanted.flatMap((wanted) => {
    const own = input.seen.filter(({ name, state }) => name === wanted.name && state === "running");
    const others = own.filter(({ generation }) => generation !== wanted.generation);
    const both = wanted === joining || others.length < own.length;
    return both ? [wanted, ...others] : [larger([wanted, ...others])];
  });
  return fits(parts, input.allowance);
}

function larger(parts: readonly { readonly takes: ClassResources }[]): { readonly takes: ClassResources } {
  const most = (name: keyof ClassResources): number => Math.max(...parts.map(({ takes }) => takes[name]));
  return { takes: { milliCpu: most("milliCpu"), memoryMiB: most("memoryMiB"), diskMiB: most("diskMiB") } };
}

function fits(parts: readonly { readonly takes: ClassResources }[], allowance: ClassResources): boolean {
  const sum = (name: keyof ClassResources): number => parts.reduce((total, { takes }) => total + takes[name], 0);
  return (["milliCpu", "memoryMiB", "diskMiB"] as const).every((name) => sum(name) <= allowance[name]);
}

function stop({ id, name, stopSeconds: seconds }: SeenContainer): Action {
  return { kind: "stop", id, name, seconds };
}

function remove({ id, name }: SeenContainer): Action {
  return { kind: "remove", id, name };
}
