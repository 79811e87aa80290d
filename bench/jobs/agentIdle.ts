import { spawn } from "node:child_process";
import { once } from "node:events";

import { ContainerAgent, defaultAgentOptions } from "../../keepers/containers/agent/agent.js";
import type { DesiredJob } from "../../keepers/containers/agent/types.js";
import { MemoryEngine } from "../../keepers/containers/memoryEngine.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { createLogger } from "../../keepers/core/logger.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { ContainerState } from "../../keepers/protocol/heartbeat.js";
import { hashJobSpec, parseJobSpec } from "../../keepers/protocol/jobSpec.js";

const jobs = 50;
const containersOfJob = 4;
const settleMs = 15_000;
const heartbeatMs = 10_000;
const heartbeats = 3;
/** Every container's health check asks it, over the network and every five seconds. */
const answerer = `require("node:http").createServer((_, reply) => reply.end("ok"))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;

/**
 * Part of one core that the agent takes for 200 containers that nothing happens to, each with an HTTP health check, with a heartbeat's
 * report every ten seconds; the engine is the one in memory, what answers the checks another process.
 */
export async function measureIdleAgent(tell: (text: string) => void): Promise<number> {
  const service = spawn(process.execPath, ["-e", answerer], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(service.stdout, "data")) as [Buffer];
    return await measure(Number(line.toString()), tell);
  } finally {
    service.kill();
  }
}

async function measure(port: number, tell: (text: string) => void): Promise<number> {
  const clock = new SystemClock();
  const engine = new MemoryEngine({}, { clock });
  engine.addImage("app");
  const capacity = { milliCpu: 1_000_000, memoryMiB: 1_000_000, diskMiB: 1_000_000 };
  const logger = createLogger({ name: "agent", level: "silent" }, { clock });
  const agent = new ContainerAgent(
    { ...defaultAgentOptions, capacity },
    { engine, clock, random: new CryptoRandom(), logger },
  );
  agent.start();
  agent.setJobs(Array.from({ length: jobs }, (_, index) => jobOf(BigInt(index + 1), port)));
  try {
    await clock.sleep(settleMs);
    const running = agent.reports().filter(({ state }) => state === ContainerState.RUNNING).length;
    if (running < jobs) throw new Error(`only ${running} of ${jobs} jobs run`);
    tell(`${jobs * containersOfJob} containers run; measuring for ${(heartbeats * heartbeatMs) / 1_000} s`);
    return await shareOf(agent, clock);
  } finally {
    agent.close();
    await engine.close();
  }
}

async function shareOf(agent: ContainerAgent, clock: SystemClock): Promise<number> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  for (let beat = 0; beat < heartbeats; beat += 1) {
    await clock.sleep(heartbeatMs);
    agent.reports();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (performance.now() - startedAt);
}

function jobOf(jobId: bigint, port: number): DesiredJob {
  const health = { check: { type: "http" as const, port, path: "/" } };
  const spec = parseJobSpec({
    version: 1,
    name: "bench",
    containers: Array.from({ length: containersOfJob }, (_, index) => ({
      ...{ name: `web-${index}`, image: "app", milliCpu: 100, memoryMiB: 64, health },
    })),
  });
  return {
    jobId,
    assignment: `0x${jobId.toString(16).padStart(64, "0")}`,
    specHash: hashJobSpec(spec),
    spec,
    secrets: new Map(),
    allowance: { milliCpu: 1_000, memoryMiB: 1_024, diskMiB: 4_096 },
    seat: 0,
  };
}
