import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ContainerAgent, defaultAgentOptions } from "../../keepers/containers/agent/agent.js";
import type { DesiredJob } from "../../keepers/containers/agent/types.js";
import type { ContainerEngine } from "../../keepers/containers/engine.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { createLogger } from "../../keepers/core/logger.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { hashJobSpec, parseJobSpec } from "../../keepers/protocol/jobSpec.js";
import { openContainerHost } from "../../scripts/network/containers/containerHost.js";
import type { ContainerHost } from "../../scripts/network/containers/types.js";

const LAUNCHES = 40;
const PERCENTILE = 0.95;
const LIMIT_MS = 30_000;
const LOOK_MS = 5;
const NODE = `0x${"bb".repeat(20)}`;

const clock = new SystemClock();
const random = new CryptoRandom();

/**
 * From the moment that a node is told of an assignment until its container answers over HTTP: of 40 launches, one after the other on a
 * real Docker daemon that has the image, each with a network of its own, the third slowest (95th percentile). Seconds.
 * @throws Error where there is no Docker Engine and none can be started
 */
export async function measureLaunch(tell: (text: string) => void): Promise<number> {
  const logger = createLogger({ name: "launch", level: "silent" }, { clock });
  const host = await openContainerHost(process.env["DOCKER_HOST"], { clock, random, logger });
  const folder = await mkdtemp(join(tmpdir(), "r1-bench-"));
  try {
    if (host.kind === "none") throw new Error(host.sentence);
    tell(host.sentence);
    return await measureOn(host, join(folder, "volumes"), tell);
  } finally {
    await host.close();
    await rm(folder, { recursive: true });
  }
}

async function measureOn(host: ContainerHost, volumes: string, tell: (text: string) => void): Promise<number> {
  const engine = host.engineFor(NODE, volumes);
  const logger = createLogger({ name: "agent", level: "silent" }, { clock });
  const capacity = { milliCpu: 2_000, memoryMiB: 2_048, diskMiB: 4_096 };
  const agent = new ContainerAgent({ ...defaultAgentOptions, capacity }, { engine, clock, random, logger });
  agent.start();
  try {
    const seconds: number[] = [];
    for (let launch = 1; launch <= LAUNCHES; launch += 1) {
      seconds.push(await timeOne(jobOf(BigInt(launch), host.image), agent));
      await endAll(agent, engine);
    }
    seconds.sort((a, b) => a - b);
    tell(`${LAUNCHES} launches, ${seconds.at(0)?.toFixed(2)} to ${seconds.at(-1)?.toFixed(2)} s`);
    return seconds[Math.ceil(PERCENTILE * LAUNCHES) - 1] as number;
  } finally {
    await agent.drain();
    agent.close();
    await engine.close();
  }
}

async function timeOne(job: DesiredJob, agent: ContainerAgent): Promise<number> {
  const startedAt = performance.now();
  agent.setJobs([job]);
  await until("an answer", () => doesAnswer(agent, job.jobId));
  return (performance.now() - startedAt) / 1_000;
}

async function doesAnswer(agent: ContainerAgent, jobId: bigint): Promise<boolean> {
  const endpoint = agent.endpoint(jobId, "web", 80);
  if (endpoint === undefined) return false;
  const answer = await fetch(`http://${endpoint.host}:${endpoint.port}/`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}

async function endAll(agent: ContainerAgent, engine: ContainerEngine): Promise<void> {
  agent.setJobs([]);
  await until("an end", async () => (await engine.list()).length === 0);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = clock.now() + LIMIT_MS; clock.now() < end;) {
    if (await isSo()) return;
    await clock.sleep(LOOK_MS);
  }
  throw new Error(`${what} did not come within ${LIMIT_MS / 1_000} s`);
}

function jobOf(jobId: bigint, image: string): DesiredJob {
  const command = ["sh", "-c", "mkdir -p /tmp/w && echo ok > /tmp/w/index.html && exec httpd -f -p 80 -h /tmp/w"];
  const health = { check: { type: "http" as const, port: 80, path: "/" }, everySeconds: 1 };
  const spec = parseJobSpec({
    version: 1,
    name: "bench",
    containers: [{ name: "web", image, command, milliCpu: 250, memoryMiB: 64, publish: [80], stopSeconds: 1, health }],
  });
  return {
    jobId,
    assignment: `0x${jobId.toString(16).padStart(64, "0")}`,
    specHash: hashJobSpec(spec),
    spec,
    secrets: new Map(),
    allowance: { milliCpu: 500, memoryMiB: 512, diskMiB: 4_096 },
    seat: 0,
  };
}
