import type { ContainerInspectInfo } from "dockerode";
import type { ContainerExit, ContainerState, ContainerStatus, ExitReason } from "../engine.js";
import { identityOf, limitOf } from "./labels.js";

const MIB = 2 ** 20;
const RUNNING = new Set(["running", "paused", "restarting"]);

/** What the daemon calls a state, in the three words that matter here. */
export function stateOf(status: string): ContainerState {
  if (status === "created") return "created";
  return RUNNING.has(status) ? "running" : "exited";
}

/** @param written bytes outside its volumes */
export function statusOf(info: ContainerInspectInfo, written: number): ContainerStatus {
  const state = stateOf(info.State.Status);
  const running = state === "running";
  return {
    ...identityOf(info.Config.Labels),
    id: info.Id,
    state,
    startedAt: timeOf(info.State.StartedAt),
    exit: state === "exited" ? exitOf(info, written) : undefined,
    ports: running ? portsOf(info) : new Map(),
    address: running ? addressOf(info) : undefined,
    diskMiB: Math.ceil(written / MIB),
  };
}

function exitOf(info: ContainerInspectInfo, written: number): ContainerExit {
  return { code: info.State.ExitCode, reason: reasonOf(info, written), at: timeOf(info.State.FinishedAt) ?? 0 };
}

function reasonOf(info: ContainerInspectInfo, written: number): ExitReason {
  if (info.State.OOMKilled) return "out-of-memory";
  return written > (limitOf(info.Config.Labels) ?? Infinity) ? "disk-full" : "ended";
}

/** The daemon writes the year 1 for "never". */
function timeOf(text: string): number | undefined {
  const time = Date.parse(text);
  return time > 0 ? time : undefined;
}

function portsOf(info: ContainerInspectInfo): ReadonlyMap<number, number> {
  const bindings = info.NetworkSettings.Ports as Record<string, { HostPort: string }[] | null>;
  return new Map(
    Object.entries(bindings).flatMap(([port, hosts]) =>
      (hosts ?? []).slice(0, 1).map(({ HostPort: host }) => [Number.parseInt(port, 10), Number(host)] as const),
    ),
  );
}

function addressOf(info: ContainerInspectInfo): string | undefined {
  const [network] = Object.values(info.NetworkSettings.Networks);
  return network?.IPAddress === "" ? undefined : network?.IPAddress;
}
