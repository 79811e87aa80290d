import Docker from "dockerode";
import { execFile } from "node:child_process";
import { globSync, readFileSync, rmdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemPath } from "../../../scripts/check/systemPath.js";
import { importBusybox } from "./busyboxImage.js";
import { childOf, openNamespaces, type CommandResult, type Namespaces } from "./namespaces.js";
import { ServiceProcess } from "./serviceProcess.js";

export { BUSYBOX_IMAGE } from "./busyboxImage.js";

/** A program that runs where the daemon does. */
export interface InsideProcess {
  /** See `ServiceProcess.wrote`. */
  wrote(pattern: RegExp): Promise<void>;
  /** Sends the signal and waits for the end. To be called once, while it runs. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * A real Docker daemon (Debian's package) of the test's own, with the image BUSYBOX_IMAGE. It has a network of its own, so
 * that it and its firewall rules meet no other daemon's.
 */
export interface DockerService {
  readonly socketPath: string;
  /** Where this machine reaches ports that containers publish. */
  readonly hostAddress: string;
  /** Addresses that this machine reaches containers at. */
  readonly addressPool: string;
  /** Where containers would reach this machine. */
  readonly outerAddress: string;
  /** What an engine needs to use it: options, and the dependency `host`. */
  readonly engine: {
    readonly options: Pick<DockerService, "socketPath" | "hostAddress" | "addressPool"> & { volumesFolder: string };
    readonly host: (program: string, ...args: readonly string[]) => Promise<CommandResult>;
  };
  /** A client that sees everything on the daemon. */
  readonly docker: Docker;
  /** Starts a program on the daemon's host, so to speak. */
  spawn(program: string, ...args: readonly string[]): InsideProcess;
  /** Ends the daemon as `signal` says (default SIGTERM: with its containers). */
  pause(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again with its data. */
  resume(): Promise<void>;
  /** Ends it with everything that it started, and removes its files. Idempotent. */
  stop(): Promise<void>;
}

const READY = /API listen on/;
const CGROUPS = "/sys/fs/cgroup";

const run = promisify(execFile);

/** Resolves when it answers. Rejects with what it logged when it cannot start. */
export async function startDocker(): Promise<DockerService> {
  const namespaces = await openNamespaces();
  const folder = await mkdtemp(join(tmpdir(), "dockerd-"));
  const cgroup = `r1-${folder.slice(-6)}`;
  const stop = once(async () => {
    await namespaces.stop();
    await detachLoops(folder);
    await rm(folder, { recursive: true, force: true });
    removeCgroups(cgroup);
  });
  try {
    let daemon = await launch(namespaces, folder, cgroup);
    await namespaces.run("iptables", "--wait", "-I", "DOCKER-USER", "-i", "uplink", "-j", "ACCEPT");
    const docker = new Docker({ socketPath: socketOf(folder) });
    await importBusybox(docker);
    return {
      ...placesOf(namespaces, folder),
      docker,
      spawn: (...command) => spawn(namespaces, ...command),
      pause: (signal) => daemon.end(signal),
      resume: async () => {
        daemon = await launch(namespaces, folder, cgroup);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launch(namespaces: Namespaces, folder: string, cgroup: string): Promise<InsideProcess> {
  const places = ["data-root", "exec-root", "pidfile"].map((name) => `--${name}=${join(folder, name)}`);
  const apart = ["--bridge=none", `--cgroup-parent=/${cgroup}`, "--exec-opt=native.cgroupdriver=cgroupfs"];
  await rm(join(folder, "pidfile"), { force: true });
  const daemon = spawn(namespaces, "dockerd", `--host=unix://${socketOf(folder)}`, ...places, ...apart);
  await daemon.wrote(READY);
  return daemon;
}

function placesOf(
  { run, innerAddress, outerAddress, addressPool }: Namespaces,
  folder: string,
): Pick<DockerService, "socketPath" | "hostAddress" | "addressPool" | "outerAddress" | "engine"> {
  const socketPath = socketOf(folder);
  const options = { socketPath, hostAddress: innerAddress, addressPool, volumesFolder: join(folder, "volumes") };
  return { socketPath, hostAddress: innerAddress, addressPool, outerAddress, engine: { options, host: run } };
}

/** What enters is another process than the program, and would die alone. */
function spawn({ enter }: Namespaces, program: string, ...args: readonly string[]): InsideProcess {
  const [first = "", ...rest] = enter;
  const entering = new ServiceProcess(first, [...rest, program, ...args]);
  return {
    wrote: (pattern) => entering.wrote(pattern),
    end: async (signal = "SIGTERM") => {
      process.kill(childOf(entering.pid), signal);
      await entering.ended;
    },
  };
}

const socketOf = (folder: string): string => join(folder, "docker.sock");

/** Loop devices belong to the whole machine, and outlive everything inside. */
async function detachLoops(folder: string): Promise<void> {
  for (const path of globSync("/sys/block/loop*/loop/backing_file")) {
    const device = `/dev/${path.split("/")[3] ?? ""}`;
    if (readFileSync(path, "utf8").startsWith(folder))
      await run("losetup", ["--detach", device], { env: { PATH: systemPath() } });
  }
}

/** Empty ones stay behind a daemon that had no time to remove them; one whose last process is still ending stays. */
function removeCgroups(name: string): void {
  const found = globSync([`${CGROUPS}/${name}`, `${CGROUPS}/*/${name}`].flatMap((path) => [`${path}/**/`, path]));
  for (const path of found.sort((a, b) => b.length - a.length)) {
    try {
      rmdirSync(path);
    } catch {
      continue;
    }
  }
}

function once(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= task());
}
