import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { ContainerSpec, HealthSpec, WorkerSpec } from "../../protocol/jobSpec.js";
import type { ContainerEngine, ContainerStatus } from "../engine.js";
import type { HealthMonitor } from "./healthMonitor.js";
import type { Probes } from "./probes.js";
import { hasNewCommit, lookForCommits } from "./worker.js";

export interface AttendanceDependencies {
  readonly engine: Pick<ContainerEngine, "run">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly monitor: HealthMonitor;
  readonly probes: Probes;
}

/** A running container and what is to be told of it. */
export interface Attended {
  readonly container: ContainerSpec;
  readonly status: ContainerStatus;
  /** Whether it failed before: without a health check it then counts as healthy only after a while. */
  readonly hasFailed: boolean;
  onHealth(good: boolean): void;
  /** The repository has commits that do not run. */
  onNewCommit(): void;
}

const settlingMs = 10_000;
const lookTimeoutMs = 60_000;

/** Looks after a container for as long as it runs: health checks, and new commits of a worker. Gives what ends it. */
export function attend(attended: Attended, dependencies: AttendanceDependencies): Cancel {
  const ends = [watchHealth(attended, dependencies)];
  const { worker } = attended.container;
  if (worker?.pollSeconds !== undefined) ends.push(watchCommits(attended, worker, worker.pollSeconds, dependencies));
  return () => {
    for (const end of ends) end();
  };
}

function watchHealth(attended: Attended, dependencies: AttendanceDependencies): Cancel {
  const { health } = attended.container;
  const { clock, monitor } = dependencies;
  const onVerdict = (good: boolean): void => attended.onHealth(good);
  if (health !== undefined) {
    return monitor.watch({
      health,
      onVerdict,
      probe: (signal) => probe(health, attended.status, signal, dependencies),
    });
  }
  if (attended.hasFailed) return clock.schedule(settlingMs, () => onVerdict(true));
  onVerdict(true);
  return () => undefined;
}

async function probe(
  { check, timeoutSeconds }: HealthSpec,
  { id, address, ports }: ContainerStatus,
  signal: AbortSignal,
  { engine, probes }: AttendanceDependencies,
): Promise<boolean> {
  if (check.type === "command") return (await engine.run(id, check.command, timeoutSeconds * 1_000)).code === 0;
  const host = address ?? "127.0.0.1";
  const port = address === undefined ? ports.get(check.port) : check.port;
  if (port === undefined) return false;
  return check.type === "http"
    ? probes.http({ host, port, path: check.path }, signal)
    : probes.tcp({ host, port }, signal);
}

function watchCommits(
  attended: Attended,
  worker: WorkerSpec,
  pollSeconds: number,
  { engine, clock, logger }: AttendanceDependencies,
): Cancel {
  const { id } = attended.status;
  let cancel: Cancel = () => undefined;
  let ended = false;
  const plan = (): void => {
    if (!ended) cancel = clock.schedule(pollSeconds * 1_000, look);
  };
  const look = async (): Promise<void> => {
    try {
      const { code, output } = await engine.run(id, lookForCommits(worker), lookTimeoutMs);
      if (!ended && code === 0 && hasNewCommit(output)) attended.onNewCommit();
    } catch (error) {
      logger.debug("a worker's repository could not be asked", { id, error: describeError(error) });
    }
    plan();
  };
  plan();
  return () => {
    ended = true;
    cancel();
  };
}
