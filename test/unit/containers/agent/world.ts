import { type LogEntry, memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { Secret } from "../../../../keepers/core/secret.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import {
  ContainerAgent,
  type ContainerAgentOptions,
  defaultAgentOptions,
} from "../../../../keepers/containers/agent/agent.js";
import type { Probes } from "../../../../keepers/containers/agent/probes.js";
import type { DesiredJob, Publisher } from "../../../../keepers/containers/agent/types.js";
import { hashJobSpec, type JobSpecInput, parseJobSpec } from "../../../../keepers/protocol/jobSpec.js";
import { FakeEngine } from "./fakeEngine.js";

export const classLow = { milliCpu: 1_000, memoryMiB: 1_024, diskMiB: 4_096 };

/** Probes as a script: by host and port, else by `good`. */
export class ScriptedProbes implements Probes {
  good = true;
  readonly hosts = new Map<string, boolean>();
  asked = 0;

  http({ host }: { readonly host: string }): Promise<boolean> {
    this.asked += 1;
    return Promise.resolve(this.hosts.get(host) ?? this.good);
  }

  tcp(at: { readonly host: string }): Promise<boolean> {
    return this.http(at);
  }
}

export interface World {
  readonly clock: VirtualClock;
  readonly engine: FakeEngine;
  readonly probes: ScriptedProbes;
  readonly entries: LogEntry[];
  agent: ContainerAgent;
  /** An agent on the same engine, as after a restart of the process. */
  again(): ContainerAgent;
}

export function createWorld(options: Partial<ContainerAgentOptions> = {}, publisher?: Publisher): World {
  const clock = new VirtualClock();
  const engine = new FakeEngine(clock);
  engine.images.set("app", "sha256:app-1");
  const probes = new ScriptedProbes();
  const { logger, entries } = memoryLogger(clock);
  const create = (): ContainerAgent =>
    new ContainerAgent(
      { ...defaultAgentOptions, capacity: { milliCpu: 8_000, memoryMiB: 16_384, diskMiB: 100_000 }, ...options },
      { engine, clock, random: new SeededRandom(1), logger, probes, publisher },
    );
  const world: World = {
    ...{ clock, engine, probes, entries, agent: create() },
    again() {
      world.agent.close();
      world.agent = create();
      return world.agent;
    },
  };
  return world;
}

type ContainerInput = Partial<JobSpecInput["containers"][number]>;

export function container(name: string, more: ContainerInput = {}): JobSpecInput["containers"][number] {
  return { name, image: "app", milliCpu: 100, memoryMiB: 64, ...more };
}

/** A job of these containers; one called `web` unless given. */
export function job(
  jobId: bigint,
  containers: JobSpecInput["containers"] = [container("web")],
  more: Partial<DesiredJob> & Partial<Pick<JobSpecInput, "volumes" | "ingress">> = {},
): DesiredJob {
  const { volumes, ingress, ...rest } = more;
  const hasSecrets = containers.some(({ secrets = [] }) => secrets.length > 0);
  const spec = parseJobSpec({
    version: 1,
    name: `job-${jobId}`,
    containers,
    volumes,
    ingress,
    ...(hasSecrets ? { secretsHash: `0x${"77".repeat(32)}` } : {}),
  });
  const names = containers.flatMap(({ secrets = [] }) => secrets);
  return {
    jobId,
    assignment: `0x${jobId.toString(16).padStart(64, "0")}`,
    specHash: hashJobSpec(spec),
    spec,
    secrets: new Map(names.map((name) => [name, new Secret(`value of ${name}`)])),
    allowance: classLow,
    seat: 0,
    ...rest,
  };
}
