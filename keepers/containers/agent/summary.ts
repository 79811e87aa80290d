import { ContainerState } from "../../protocol/heartbeat.js";
import type { JobReport } from "../../protocol/nodeCommand.js";
import type { PullTrouble } from "./imageBook.js";
import type { PlanInput, SeenContainer, WantedContainer } from "./plan.js";
import type { Trouble } from "./trouble.js";

/** What is known of the failures of one container. */
export interface Condition {
  readonly trouble: Trouble;
  readonly pull: PullTrouble | undefined;
}

export interface SummaryInput {
  readonly plan: Pick<PlanInput, "mode" | "wanted" | "seen">;
  /** By container. */
  readonly conditions: ReadonlyMap<string, Condition>;
  /** What keeps the job as a whole from going on. */
  readonly reason: string | undefined;
}

export interface Summary {
  /** Of the job as a whole: running only when every container that should run does, in good health. */
  readonly state: ContainerState;
  readonly report: JobReport;
}

/** Failures in a row after which a container counts as failed, not as having trouble; it is tried again all the same. */
const givenUpAfter = 5;
const worst = [
  ContainerState.FAILED,
  ContainerState.UNHEALTHY,
  ContainerState.STARTING,
  ContainerState.STOPPED,
] as const;

/** How a job stands. A container that an older generation still serves for counts as running while it is replaced. */
export function summarize({ plan, conditions, reason }: SummaryInput): Summary {
  const isStopped = plan.mode !== "run";
  const containers = plan.wanted.map((wanted) => {
    const condition = conditions.get(wanted.name);
    const state = isStopped ? ContainerState.STOPPED : stateOf(wanted, plan.seen, condition);
    const why = state === ContainerState.RUNNING || isStopped ? undefined : reasonOf(condition);
    const failures = condition?.trouble.failures ?? 0;
    return { name: wanted.name, state, failures, ...(why === undefined ? {} : { reason: why }) };
  });
  const state = overall(
    containers.map((each) => each.state),
    reason !== undefined && !isStopped,
  );
  const first = reason ?? containers.find((each) => each.reason !== undefined)?.reason;
  const told = containers.map((each) => ({ ...each, state: nameOf(each.state) }));
  return {
    state,
    report: { state: nameOf(state), ...(first === undefined ? {} : { reason: first }), containers: told },
  };
}

/** RUNNING, STARTING …, as people read it. */
export function nameOf(state: ContainerState): string {
  return Object.entries(ContainerState).find(([, value]) => value === state)?.[0] ?? "UNKNOWN";
}

function overall(states: readonly ContainerState[], isHeldUp: boolean): ContainerState {
  if (isHeldUp) return ContainerState.FAILED;
  return worst.find((state) => states.includes(state)) ?? ContainerState.RUNNING;
}

function stateOf(
  wanted: WantedContainer,
  seen: readonly SeenContainer[],
  condition: Condition | undefined,
): ContainerState {
  const running = seen.filter(({ name, state }) => name === wanted.name && state === "running");
  if (running.some(({ health }) => health === "good")) return ContainerState.RUNNING;
  if (wanted.finished) return condition?.trouble.finished === "badly" ? ContainerState.FAILED : ContainerState.RUNNING;
  const failures = failuresOf(condition);
  if (failures >= givenUpAfter) return ContainerState.FAILED;
  const isTroubled = failures > 0 || running.some(({ health }) => health === "bad");
  return isTroubled ? ContainerState.UNHEALTHY : ContainerState.STARTING;
}

function failuresOf(condition: Condition | undefined): number {
  return condition === undefined ? 0 : condition.trouble.failures + (condition.pull?.failures ?? 0);
}

function reasonOf(condition: Condition | undefined): string | undefined {
  return condition?.pull?.reason ?? condition?.trouble.reason;
}
