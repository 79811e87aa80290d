import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort, ServiceProcess } from "./serviceProcess.js";

export interface MosquittoOptions {
  /** With the dynamic security plugin: nobody gets in but the administrator and those it lets in. Default: everybody. */
  readonly dynamicSecurity?: boolean;
  /** Further lines for its configuration. */
  readonly lines?: readonly string[];
}

/** A real Mosquitto (Debian's package), on a free loopback port, with its files in a temporary folder. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after `restart`. */
  readonly pid: number;
  /** Who may administer dynamic security. */
  readonly admin: { readonly username: string; readonly password: string };
  /** Everything that the process that runs now has logged. */
  readonly log: string;
  signal(signal: NodeJS.Signals): void;
  /** Ends it as `signal` says (default SIGTERM) and starts it again on the same port with the same files. */
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Makes the file of dynamic security anew, with the administrator alone; to be called while it is paused. */
  forgetClients(): Promise<void>;
  /** Ends it and keeps its files, until `restart` or `stop`. */
  pause(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its files. Idempotent. */
  stop(): Promise<void>;
}

const ADMIN = { username: "r1-admin", password: "only-for-tests" } as const;
const CONFIGURATION = fileURLToPath(new URL("../../../deploy/mosquitto/mosquitto.conf", import.meta.url));
const PLACES = /^(?:#|listener |certfile |keyfile |plugin)/u;
const ACCEPTED = /New connection from/;
const RUNNING = /mosquitto version [\d.]+ running/;
const TAKEN = "Address already in use";
const ATTEMPTS = 5;

const run = promisify(execFile);

/** Resolves when it listens. Rejects with what it logged when it cannot start. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), "mosquitto-"));
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    await configure(folder, port, options);
    const process = launch(folder);
    try {
      await serving(process, port);
      return handle(folder, port, process);
    } catch (error) {
      if (attempt < ATTEMPTS && process.output.includes(TAKEN)) continue;
      await rm(folder, { recursive: true });
      throw error;
    }
  }
}

function handle(folder: string, port: number, first: ServiceProcess): Mosquitto {
  let process = first;
  let stopping: Promise<void> | undefined;
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    admin: ADMIN,
    get pid() {
      return process.pid;
    },
    get log() {
      return process.output;
    },
    signal: (signal) => process.signal(signal),
    forgetClients: async () => {
      await initialise(folder);
    },
    pause: async (signal) => {
      await process.end(signal);
    },
    restart: async (signal) => {
      await process.end(signal);
      process = launch(folder);
      await serving(process, port);
    },
    stop: () => {
      stopping ??= process.end().then(() => rm(folder, { recursive: true }));
      return stopping;
    },
  };
}

function launch(folder: string): ServiceProcess {
  return new ServiceProcess("mosquitto", ["-c", join(folder, "mosquitto.conf")]);
}

/** Having accepted a connection is the proof: a SIGTERM between "running" and the first turn of its loop is forgotten. */
async function serving(process: ServiceProcess, port: number): Promise<void> {
  await process.wrote(RUNNING);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  try {
    await process.wrote(ACCEPTED);
  } finally {
    socket.destroy();
  }
}

async function configure(folder: string, port: number, options: MosquittoOptions): Promise<void> {
  const { dynamicSecurity = false, lines = [] } = options;
  const security = dynamicSecurity ? await secure(folder) : ["allow_anonymous true"];
  const all = [...security, `listener ${port} 127.0.0.1`, ...asRoot(), "log_dest stderr", "log_type all", ...lines];
  await writeFile(join(folder, "mosquitto.conf"), `${all.join("\n")}\n`);
}

/** Mosquitto gives root up unless told not to, and could then not read its files. */
function asRoot(): string[] {
  return process.getuid?.() === 0 ? ["user root"] : [];
}

/** The configuration that operators are given, apart from the places on their machine. */
async function secure(folder: string): Promise<string[]> {
  const file = await initialise(folder);
  const given = (await readFile(CONFIGURATION, "utf8")).split("\n").filter((line) => !PLACES.test(line));
  return [...given, `plugin ${findPlugin()}`, `plugin_opt_config_file ${file}`];
}

async function initialise(folder: string): Promise<string> {
  const file = join(folder, "dynamic-security.json");
  await rm(file, { force: true });
  await run("mosquitto_ctrl", ["dynsec", "init", file, ADMIN.username, ADMIN.password]);
  return file;
}

function findPlugin(): string {
  const [found] = globSync("/usr/lib/{*-linux-gnu/,}mosquitto_dynamic_security.so");
  if (found === undefined) throw new Error("Mosquitto's dynamic security plugin is not installed");
  return found;
}
