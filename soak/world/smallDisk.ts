import { execFile, execFileSync } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { errorCode } from "../../keepers/core/errors.js";
import { systemPath } from "../../scripts/check/systemPath.js";

const run = promisify(execFile);
const MEBIBYTE = 1_048_576;
const SIZE_MIB = 24;
const FILLER = "filler";

/** A file system of its own for one keeper, small enough to be filled up. */
export class SmallDisk {
  readonly path: string;
  readonly #leave: () => void;

  private constructor(path: string) {
    this.path = path;
    this.#leave = () => unmountNow(path);
    process.once("exit", this.#leave);
  }

  /** Undefined where this process may not mount. */
  static async mount(path: string): Promise<SmallDisk | undefined> {
    await mkdir(path, { recursive: true });
    const env = { ...process.env, PATH: systemPath(process.env["PATH"]) };
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MIB}m`, "tmpfs", path], { env });
      return new SmallDisk(path);
    } catch {
      return undefined;
    }
  }

  /** From now on nothing can be written that needs room. */
  async fill(): Promise<void> {
    const file = await open(join(this.path, FILLER), "w");
    try {
      for (let length = MEBIBYTE; length >= 1;) length = (await wrote(file, length)) ? length : Math.floor(length / 16);
    } finally {
      await file.close();
    }
  }

  async empty(): Promise<void> {
    await rm(join(this.path, FILLER), { force: true });
  }

  /** Its files go with it. Idempotent. */
  close(): void {
    process.off("exit", this.#leave);
    unmountNow(this.path);
  }
}

async function wrote(file: { write(bytes: Uint8Array): Promise<unknown> }, length: number): Promise<boolean> {
  try {
    await file.write(new Uint8Array(length));
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOSPC") return false;
    throw error;
  }
}

function unmountNow(path: string): void {
  try {
    execFileSync("umount", ["--lazy", path], { stdio: "ignore", env: { PATH: systemPath(process.env["PATH"]) } });
  } catch {
    // It is not mounted any more.
  }
}
