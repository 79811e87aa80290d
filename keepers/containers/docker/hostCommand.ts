import { execFile } from "node:child_process";

/** How a program of the host ended; code 127 when it could not be started. */
export interface HostResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a program of the host to its end. Never rejects. */
export type HostCommand = (program: string, ...args: readonly string[]) => Promise<HostResult>;

const LIMIT_MS = 30_000;
const NOT_STARTED = 127;

/** Where servers' tools are, too, which the PATH of ordinary users leaves out. */
const FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export const hostCommand: HostCommand = (program, ...args) =>
  new Promise((resolve) => {
    execFile(program, args, { timeout: LIMIT_MS, env: { PATH: FOLDERS, LC_ALL: "C" } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : NOT_STARTED;
      resolve({ code, output: `${stdout}${stderr}`.trim() });
    });
  });
