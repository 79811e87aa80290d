import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, ServiceProcess } from "./serviceProcess.js";

export interface RedisOptions {
  /** When it writes its log through to the disk; default `always`, so that nothing it confirmed is lost. */
  readonly fsync?: "always" | "everysec" | "no";
}

/** A real Redis (Debian's package), on a free loopback port, with its data in a temporary folder. */
export interface RedisService {
  /** The same after a restart. */
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after `restart`. */
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it, unless it has ended, and starts it again on its port with its data. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** SIGKILL; keeps its data until `restart` or `stop`. */
  kill(): Promise<void>;
  /** Ends it and removes its data. Idempotent. */
  stop(): Promise<void>;
}

const READY = /Ready to accept connections/;
const TAKEN = "Address already in use";
const ATTEMPTS = 5;

/** Resolves when it takes commands, its data read. Rejects with what it logged when it cannot start. */
export async function startRedis({ fsync = "always" }: RedisOptions = {}): Promise<RedisService> {
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const place = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder];
    const durability = ["--appendonly", "yes", "--appendfsync", fsync, "--save", ""];
    const launch = (): ServiceProcess => new ServiceProcess("redis-server", [...place, ...durability]);
    const process = launch();
    try {
      await process.wrote(READY);
      return handle(folder, port, process, launch);
    } catch (error) {
      if (attempt < ATTEMPTS && process.output.includes(TAKEN)) continue;
      await rm(folder, { recursive: true });
      throw error;
    }
  }
}

function handle(folder: string, port: number, first: ServiceProcess, launch: () => ServiceProcess): RedisService {
  let process = first;
  let stopping: Promise<void> | undefined;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return process.pid;
    },
    signal: (signal) => process.signal(signal),
    restart: async (signal) => {
      await process.end(signal);
      process = launch();
      await process.wrote(READY);
    },
    kill: async () => {
      await process.end("SIGKILL");
    },
    stop: () => {
      stopping ??= process.end("SIGKILL").then(() => rm(folder, { recursive: true }));
      return stopping;
    },
  };
}
