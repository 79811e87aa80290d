import { open, readdir, readFile, rename, rm, mkdir, type FileHandle } from "node:fs/promises";
import { KeeperError, describeError, errorCode } from "./errors.js";

/** One open file. All failures are KeeperErrors made by `diskError`. */
export interface DiskFile {
  readonly path: string;
  size(): Promise<number>;
  /** Bytes from `position`; fewer than `length` at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes`, or fails with any part of them written. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Resolves once everything written survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What stores need of a disk. The seam exists so that full disks, torn writes and power cuts can be tested and simulated.
 * All failures are KeeperErrors made by `diskError`.
 */
export interface Disk {
  /** Opens for reading and writing, creating the file when absent. */
  open(path: string): Promise<DiskFile>;
  /** Undefined when there is no such file. */
  readFile(path: string): Promise<Uint8Array | undefined>;
  /** Creates a folder and those above it; existing ones are fine. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a folder, sorted; none when it does not exist. */
  list(directory: string): Promise<string[]>;
  /** Atomic; replaces what has the new name. Durable after `syncDirectory`. */
  rename(from: string, to: string): Promise<void>;
  /** Harmless when absent. Durable after `syncDirectory`. */
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in a folder survive a power cut. */
  syncDirectory(directory: string): Promise<void>;
}

/** The error for a disk operation that failed: `DISK_FULL` (retriable) or `DISK_FAILED`, naming the path. */
export function diskError(action: string, path: string, cause: unknown): KeeperError {
  const code = errorCode(cause);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new KeeperError("DISK_FULL", `cannot ${action} ${path}: the disk is full`, { retriable: true, cause });
  }
  return new KeeperError("DISK_FAILED", `cannot ${action} ${path}: ${describeError(cause)}`, { cause });
}

/** The machine's file system. */
export class SystemDisk implements Disk {
  async open(path: string): Promise<DiskFile> {
    return guard("open", path, async () => new SystemFile(path, await openOrCreate(path)));
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    return guard("read", path, () => unlessAbsent(readFile(path), undefined));
  }

  async makeDirectory(path: string): Promise<void> {
    await guard("create the folder", path, () => mkdir(path, { recursive: true }));
  }

  async list(directory: string): Promise<string[]> {
    return guard("list", directory, async () => (await unlessAbsent(readdir(directory), [])).sort());
  }

  async rename(from: string, to: string): Promise<void> {
    await guard("rename to", to, () => rename(from, to));
  }

  async remove(path: string): Promise<void> {
    await guard("remove", path, () => rm(path, { force: true }));
  }

  async syncDirectory(directory: string): Promise<void> {
    await guard("sync the folder", directory, async () => {
      const handle = await open(directory, "r");
      await handle.sync().finally(() => handle.close());
    });
  }
}

class SystemFile implements DiskFile {
  readonly path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return guard("read", this.path, async () => (await this.#handle.stat()).size);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    return guard("read", this.path, async () => {
      const buffer = new Uint8Array(length);
      let filled = 0;
      for (let got = -1; got !== 0 && filled < length; filled += got) {
        got = (await this.#handle.read(buffer, filled, length - filled, position + filled)).bytesRead;
      }
      return buffer.subarray(0, filled);
    });
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    await guard("write", this.path, async () => {
      for (let done = 0; done < bytes.length;) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
    });
  }

  async truncate(length: number): Promise<void> {
    await guard("truncate", this.path, () => this.#handle.truncate(length));
  }

  async sync(): Promise<void> {
    await guard("sync", this.path, () => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await guard("close", this.path, () => this.#handle.close());
  }
}

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return open(path, "wx+");
  }
}

async function guard<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw diskError(action, path, error);
  }
}

async function unlessAbsent<T, U>(operation: Promise<T>, absent: U): Promise<T | U> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return absent;
    throw error;
  }
}
