import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import Docker from "dockerode";

import type { HostCommand } from "../../../keepers/containers/docker/hostCommand.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { findProgram, systemPath } from "../../check/systemPath.js";
import { dockerHost, type DockerHostDependencies } from "./dockerHost.js";
import type { ContainerHost } from "./types.js";

const READY = "API listen on";
const KEPT_OUTPUT = 4_000;
/** Has a program end with this process, however that ends. */
const HOLDER = "setpriv";
const NEEDED = ["dockerd", "unshare", HOLDER, "busybox", "tar"];
/** Of 198.18.0.0/15, which is nobody's, a sixteenth: two networks at once on one machine rarely meet. */
const POOLS = 16;
const NOT_STARTED = 127;
const START_LIMIT_MS = 20_000;

const execute = promisify(execFile);

/** Why no daemon can be started here, for people; undefined when one can. */
export function whyNoDaemon(): string | undefined {
  if (process.getuid?.() !== 0) return "none answers, and only root can start one";
  const missing = NEEDED.filter((name) => findProgram(name) === undefined);
  return missing.length === 0
    ? undefined
    : `none answers, and to start one ${missing.join(", ")} would have to be installed`;
}

/**
 * A Docker daemon of the network's own: its mounts and processes are apart from this machine's, so that they end with it, and
 * it leaves the machine's firewall alone. Rejects with `DOCKER_FAILED` and what the daemon said.
 */
export async function startPrivateDaemon(dependencies: DockerHostDependencies): Promise<ContainerHost> {
  const folder = await mkdtemp(join(tmpdir(), "r1-dockerd-"));
  const daemon = launch(folder);
  const leave = (): void => {
    daemon.child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once("exit", leave);
  const end = once(async () => {
    await removeBridges(daemon.socketPath);
    killInside(daemon.child);
    await daemon.ended;
    process.off("exit", leave);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  try {
    const giveUp = dependencies.clock.schedule(START_LIMIT_MS, () => killInside(daemon.child));
    await daemon.ready.finally(giveUp);
    const sentence = "containers are real: they run in a Docker daemon that was started for this network alone";
    const addressPool = `198.${18 + randomInt(2)}.${16 * randomInt(POOLS)}.0/20`;
    const host = await dockerHost(
      { socketPath: daemon.socketPath, sentence, addressPool },
      { ...dependencies, host: withoutFirewall },
    );
    return { ...host, close: end };
  } catch (error) {
    await end();
    throw error;
  }
}

interface Daemon {
  readonly child: ChildProcess;
  readonly socketPath: string;
  /** Rejects when it ends before. */
  readonly ready: Promise<undefined>;
  readonly ended: Promise<void>;
}

/**
 * What holds the processes apart ends them all when it is killed, and is killed when this process is. Ctrl-C on the terminal
 * does not reach it: the nodes need it to take their containers away.
 */
function launch(folder: string): Daemon {
  const socketPath = join(folder, "docker.sock");
  const apart = ["--mount", "--pid", "--mount-proc", "--fork", "--kill-child"];
  const places = ["data-root", "exec-root", "pidfile"].map((name) => `--${name}=${join(folder, name)}`);
  const alone = ["--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false"];
  const holding = ["--pdeathsig", "KILL", "unshare", ...apart];
  const child = spawn(HOLDER, [...holding, "dockerd", `--host=unix://${socketPath}`, ...places, ...alone], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, PATH: systemPath() },
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<undefined>();
  let output = "";
  const read = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
    if (output.includes(READY)) resolve(undefined);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  child.once("error", (error) => read(Buffer.from(error.message)));
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  void ended.then(() => reject(new KeeperError("DOCKER_FAILED", `dockerd does not start here: ${lastLine(output)}`)));
  ready.catch(() => undefined);
  return { child, socketPath, ready, ended };
}

/** The daemon is the first process inside: all others end with it, and what holds them apart ends last, and gathers them. */
function killInside(holder: ChildProcess): void {
  try {
    const [inside] = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8").split(" ").map(Number);
    if (inside) process.kill(inside, "SIGKILL");
    else holder.kill("SIGKILL");
  } catch {
    holder.kill("SIGKILL");
  }
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}

/** Devices of networks outlive the daemon; most often the nodes have removed them all. */
async function removeBridges(socketPath: string): Promise<void> {
  const networks = await new Docker({ socketPath, timeout: ANSWER_MS }).listNetworks().catch(() => []);
  const options = networks.map(({ Options: given }) => (given ?? {}) as Record<string, string>);
  for (const { [BRIDGE_NAME]: bridge } of options) if (bridge) await runHere("ip", "link", "delete", bridge);
}

const ANSWER_MS = 1_000;
const BRIDGE_NAME = "com.docker.network.bridge.name";

/** Rules would outlive the daemon: containers of this network's own job are trusted not to look around. */
export const withoutFirewall: HostCommand = (program, ...args) =>
  program === "iptables" ? Promise.resolve({ code: NOT_STARTED, output: "left alone" }) : runHere(program, ...args);

async function runHere(program: string, ...args: readonly string[]): ReturnType<HostCommand> {
  try {
    const { stdout, stderr } = await execute(program, args, { env: { ...process.env, PATH: systemPath() } });
    return { code: 0, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : NOT_STARTED, output: `${stdout}${stderr}`.trim() };
  }
}

function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= task());
}
