import type Docker from "dockerode";
import { statfs } from "node:fs/promises";
import type { EngineInfo } from "../engine.js";
import type { HostCommand } from "./hostCommand.js";

interface DaemonInfo {
  readonly ServerVersion: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly DockerRootDir: string;
}

const MIB = 2 ** 20;

export async function engineInfo(docker: Docker, host: HostCommand): Promise<EngineInfo> {
  const info = (await docker.info()) as DaemonInfo;
  return {
    version: info.ServerVersion,
    cpus: info.NCPU,
    memoryMiB: Math.floor(info.MemTotal / MIB),
    diskMiB: await diskOf(info.DockerRootDir),
    gpus: await gpusOf(host),
  };
}

/** 0 when this process may not look there. */
async function diskOf(folder: string): Promise<number> {
  try {
    const { bsize, blocks } = await statfs(folder);
    return Math.floor((bsize * blocks) / MIB);
  } catch {
    return 0;
  }
}

/** One line each; none where there is no driver. */
async function gpusOf(host: HostCommand): Promise<number> {
  const { code, output } = await host("nvidia-smi", "--list-gpus");
  return code === 0 ? output.split("\n").filter((line) => line.startsWith("GPU")).length : 0;
}
