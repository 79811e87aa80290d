import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { systemPath } from "../../../scripts/check/systemPath.js";
import { ServiceProcess } from "./serviceProcess.js";

export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/**
 * Network, mounts and processes of their own on this machine, joined to it by one pair of network devices: what runs inside
 * meets nothing that runs outside, and nothing of it is left when `stop` ends the one process that holds it.
 */
export interface Namespaces {
  /** Of this machine as the inside sees it. */
  readonly outerAddress: string;
  /** Of the inside as this machine sees it. */
  readonly innerAddress: string;
  /** Addresses that this machine looks for inside. */
  readonly addressPool: string;
  /** Arguments before a program that is to run inside. */
  readonly enter: readonly string[];
  /** Runs a program inside to its end; code 127 when it cannot be started. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<CommandResult>;
  /** Ends whatever runs inside. */
  stop(): Promise<void>;
}

const HOLD = "ip link set lo up && echo ready && sleep infinity & wait";
const INNER_DEVICE = "uplink";
/** Second bytes of 10.0.0.0/8 that are tried. */
const FIRST_NETWORK = 96;
const NETWORKS = 160;
const NOT_STARTED = 127;

const execute = promisify(execFile);

/** @throws when this is not root, for nobody else may */
export async function openNamespaces(): Promise<Namespaces> {
  const kinds = ["--net", "--mount", "--pid", "--mount-proc"];
  const holder = new ServiceProcess("unshare", [...kinds, "--fork", "--kill-child", "sh", "-c", HOLD]);
  await holder.wrote(/ready/);
  const inside = childOf(holder.pid);
  try {
    return { ...(await join(inside)), ...insideOf(inside), stop: () => holder.end("SIGKILL").then(() => undefined) };
  } catch (error) {
    await holder.end("SIGKILL");
    throw error;
  }
}

/** Of a process that has one. */
export function childOf(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number);
  if (child === undefined || child === 0) throw new Error(`process ${pid} has no child`);
  return child;
}

function insideOf(pid: number): Pick<Namespaces, "enter" | "run"> {
  const enter = ["nsenter", "--target", String(pid), "--net", "--mount", "--pid"];
  return { enter, run: (program, ...args) => run(...enter, program, ...args) };
}

/** Two machines that start this at one time, or a network that is there already, make the route fail: then the next is tried. */
async function join(inside: number): Promise<Pick<Namespaces, "outerAddress" | "innerAddress" | "addressPool">> {
  const outer = `r1t${inside}`;
  await must("ip", "link", "add", outer, "type", "veth", "peer", "name", INNER_DEVICE, "netns", String(inside));
  await must("ip", "link", "set", "dev", outer, "up");
  for (let attempt = 0; attempt < NETWORKS; attempt += 1) {
    const network = `10.${FIRST_NETWORK + ((inside + attempt) % NETWORKS)}`;
    const [outerAddress, innerAddress, addressPool] = [`${network}.255.1`, `${network}.255.2`, `${network}.0.0/17`];
    if ((await run("ip", "address", "add", `${outerAddress}/30`, "dev", outer)).code !== 0) continue;
    if ((await run("ip", "route", "add", addressPool, "via", innerAddress)).code === 0) {
      const at = ["nsenter", "--target", String(inside), "--net", "ip"] as const;
      await must(...at, "address", "add", `${innerAddress}/30`, "dev", INNER_DEVICE);
      await must(...at, "link", "set", "dev", INNER_DEVICE, "up");
      await must(...at, "route", "add", "default", "via", outerAddress);
      return { outerAddress, innerAddress, addressPool };
    }
    await must("ip", "address", "flush", "dev", outer);
  }
  throw new Error("no network is free in 10.0.0.0/8");
}

async function run(...command: readonly string[]): Promise<CommandResult> {
  const [program = "", ...args] = command;
  try {
    const { stdout, stderr } = await execute(program, args, { env: { ...process.env, PATH: systemPath() } });
    return { code: 0, output: `${stdout}${stderr}`.trim() };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : NOT_STARTED, output: `${stdout}${stderr}`.trim() };
  }
}

async function must(...command: readonly string[]): Promise<void> {
  const { code, output } = await run(...command);
  if (code !== 0) throw new Error(`${command.join(" ")}: ${output} (status ${code})`);
}
