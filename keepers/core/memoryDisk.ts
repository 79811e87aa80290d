import { dirname } from "node:path";
import { diskError, type Disk, type DiskFile } from "./disk.js";
import type { Random } from "./random.js";

/** What a disk is about to do. */
export interface DiskOperation {
  readonly kind: "open" | "read" | "write" | "truncate" | "sync" | "rename" | "remove" | "syncDirectory" | "list";
  readonly path: string;
}

/** How an operation fails: with which system code, and, for a write, after how many bytes (default none). */
export interface Fault {
  readonly code: string;
  readonly written?: number;
}

export type DiskFault = (operation: DiskOperation) => Fault | undefined;

type Step = (kind: DiskOperation["kind"]) => Promise<Fault | undefined>;

interface Contents {
  current: Uint8Array;
  durable: Uint8Array;
}

/** Smallest unit that a power cut leaves whole. */
const sectorBytes = 512;

/**
 * A disk in memory that knows what a power cut would leave: what was written but not synced may be lost, kept, or torn by
 * sector, and names that were not synced come back. Serves tests and simulations.
 */
export class MemoryDisk implements Disk {
  /** Called before each operation; gives how it fails, or undefined when it does not. */
  fault: DiskFault = () => undefined;
  #names = new Map<string, Contents>();
  #durableNames = new Map<string, Contents>();
  #generation = 0;

  /**
   * A power cut: open files stop working and what is left is what the disk held. With `random`, each unsynced sector is
   * kept or lost by chance; without, all are lost.
   */
  crash(random?: Random): void {
    this.#generation += 1;
    for (const contents of new Set(this.#durableNames.values())) {
      contents.durable = random === undefined ? contents.durable : tear(contents, random);
      contents.current = contents.durable.slice();
    }
    this.#names = new Map(this.#durableNames);
  }

  async open(path: string): Promise<DiskFile> {
    await this.#step({ kind: "open", path });
    const contents = this.#names.get(path) ?? { current: new Uint8Array(), durable: new Uint8Array() };
    this.#names.set(path, contents);
    const generation = this.#generation;
    const step: Step = async (kind) => {
      if (generation !== this.#generation) throw diskError(kind, path, new Error("the disk has crashed"));
      return this.#step({ kind, path });
    };
    return new MemoryFile(path, contents, step);
  }

  async readFile(path: string): Promise<Uint8Array | undefined> {
    await this.#step({ kind: "read", path });
    return this.#names.get(path)?.current.slice();
  }

  makeDirectory(): Promise<void> {
    return Promise.resolve();
  }

  async list(directory: string): Promise<string[]> {
    await this.#step({ kind: "list", path: directory });
    const names = [...this.#names.keys()].filter((path) => dirname(path) === directory);
    return names.map((path) => path.slice(directory.length + 1)).sort();
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step({ kind: "rename", path: to });
    const contents = this.#names.get(from);
    if (contents === undefined) throw diskError("rename to", to, new Error(`${from} does not exist`));
    this.#names.delete(from);
    this.#names.set(to, contents);
  }

  async remove(path: string): Promise<void> {
    await this.#step({ kind: "remove", path });
    this.#names.delete(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.#step({ kind: "syncDirectory", path: directory });
    for (const path of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      if (dirname(path) !== directory) continue;
      const contents = this.#names.get(path);
      if (contents === undefined) this.#durableNames.delete(path);
      else this.#durableNames.set(path, contents);
    }
  }

  /** Fails as the hook says; a write that fails part-way gets its fault back, to carry out the part first. */
  async #step(operation: DiskOperation): Promise<Fault | undefined> {
    await Promise.resolve();
    const fault = this.fault(operation);
    if (fault === undefined || (operation.kind === "write" && fault.written !== undefined)) return fault;
    throw injected(operation.kind, operation.path, fault);
  }
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #contents: Contents;
  readonly #step: Step;

  constructor(path: string, contents: Contents, step: Step) {
    this.path = path;
    this.#contents = contents;
    this.#step = step;
  }

  async size(): Promise<number> {
    await this.#step("read");
    return this.#contents.current.length;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    await this.#step("read");
    return this.#contents.current.slice(position, position + length);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    const kept = bytes.slice();
    const fault = await this.#step("write");
    this.#put(position, kept.subarray(0, fault?.written));
    if (fault !== undefined) throw injected("write", this.path, fault);
  }

  async truncate(length: number): Promise<void> {
    await this.#step("truncate");
    this.#contents.current = resize(this.#contents.current, length);
  }

  async sync(): Promise<void> {
    await this.#step("sync");
    this.#contents.durable = this.#contents.current.slice();
  }

  async close(): Promise<void> {
    // Nothing is held; closing a file of a crashed disk is harmless too.
  }

  #put(position: number, bytes: Uint8Array): void {
    const needed = position + bytes.length;
    if (needed > this.#contents.current.length) this.#contents.current = resize(this.#contents.current, needed);
    this.#contents.current.set(bytes, position);
  }
}

function injected(action: string, path: string, fault: Fault): Error {
  return diskError(action, path, Object.assign(new Error(`injected ${fault.code}`), { code: fault.code }));
}

function resize(bytes: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}

/** Each sector as it was or as it would have become; the length likewise, with zeros where nothing was written. */
function tear({ current, durable }: Contents, random: Random): Uint8Array {
  const length = random.integer(2) === 0 ? current.length : durable.length;
  const result = resize(durable, length);
  for (let start = 0; start < length; start += sectorBytes) {
    const end = Math.min(start + sectorBytes, length, current.length);
    if (random.integer(2) === 0 && end > start) result.set(current.subarray(start, end), start);
  }
  return result;
}
