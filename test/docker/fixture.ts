import { DockerEngine, type DockerEngineOptions } from "../../keepers/containers/docker/dockerEngine.js";
import type { ContainerId, EngineContainer } from "../../keepers/containers/engine.js";
import { SystemClock } from "../../keepers/core/clock.js";
import { CryptoRandom } from "../../keepers/core/random.js";
import { BUSYBOX_IMAGE, startDocker, type DockerService } from "../helpers/services/docker.js";

/** A daemon and one node's engine on it. */
export interface DockerFixture {
  readonly service: DockerService;
  readonly engine: DockerEngine;
  /** Makes and starts a container of BUSYBOX_IMAGE that runs a shell script, with the network of its job. */
  run(script: string, more?: Partial<EngineContainer>): Promise<ContainerId>;
  /** What a script in the container writes; its status has to be 0. */
  inside(id: ContainerId, script: string): Promise<string>;
  /** Removes this node's containers, volumes and networks. */
  clean(): Promise<void>;
  stop(): Promise<void>;
}

const COMMAND_MS = 30_000;

export const PLAIN: EngineContainer = {
  job: "7",
  container: "web",
  specHash: `0x${"5a".repeat(32)}`,
  generation: 1,
  image: BUSYBOX_IMAGE,
  environment: {},
  milliCpu: 200,
  memoryMiB: 32,
  diskMiB: 16,
  processes: 32,
  gpus: 0,
  readOnlyRoot: false,
  publish: [],
  volumes: [],
};

/** A script that runs until it is told to stop. */
export const IDLE = "exec sleep 1000";

export const NODE = `0x${"aa".repeat(20)}`;

export async function openFixture(options: Partial<DockerEngineOptions> = {}): Promise<DockerFixture> {
  const service = await startDocker();
  const dependencies = { clock: new SystemClock(), random: new CryptoRandom(), host: service.engine.host };
  const engine = new DockerEngine({ ...service.engine.options, node: NODE, ...options }, dependencies);
  return {
    service,
    engine,
    run: async (script, more = {}) => {
      const container = { ...PLAIN, command: ["sh", "-c", script], ...more };
      await engine.ensureNetwork(container.job);
      const id = await engine.create(container);
      await engine.start(id);
      return id;
    },
    inside: async (id, script) => {
      const { code, output } = await engine.run(id, ["sh", "-c", script], COMMAND_MS);
      if (code !== 0) throw new Error(`${script}: status ${code}: ${output}`);
      return output;
    },
    clean: async () => {
      const all = await engine.list();
      for (const { id } of all) await engine.remove(id);
      for (const job of new Set(["7", "8", ...all.map((each) => each.job)])) {
        await engine.removeVolumes(job);
        await engine.removeNetwork(job);
      }
    },
    stop: async () => {
      await engine.close();
      await service.stop();
    },
  };
}
