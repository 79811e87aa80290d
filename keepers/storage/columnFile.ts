import { crc32 } from "node:zlib";
import type { Disk, DiskFile } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";

/** What a column file is made for; written in its header. */
export interface ColumnLayout {
  readonly epoch: bigint;
  readonly slots: number;
  /** Bytes of a column. */
  readonly stride: number;
}

const magic = Buffer.from("R1SLOTS1");
const headerBytes = 64;
const prefixBytes = 8;

/**
 * One epoch's columns on disk. Each slot has room for two copies, each `generation u32 ‖ crc u32 ‖ bits`; generation `g`
 * stands in copy `g mod 2`, so that writing a column never touches the copy that is valid, and a torn one is dropped.
 */
export class ColumnFile {
  readonly #file: DiskFile;
  readonly #layout: ColumnLayout;
  /** Generation of the durable copy of each slot; 0 is none. */
  readonly #generations: Uint32Array;
  readonly #unsynced = new Set<number>();

  private constructor(file: DiskFile, layout: ColumnLayout) {
    this.#file = file;
    this.#layout = layout;
    this.#generations = new Uint32Array(layout.slots);
  }

  /** Opens the file, creating it when absent; throws `STORAGE_MISMATCH` when it was made for another layout. */
  static async open(disk: Disk, path: string, layout: ColumnLayout): Promise<ColumnFile> {
    const header = encodeHeader(layout);
    const file = await disk.open(path);
    try {
      const found = await file.read(0, headerBytes);
      if (found.length === 0) return await ColumnFile.#create(disk, file, layout);
      if (Buffer.compare(found, header) === 0) return new ColumnFile(file, layout);
      const wanted = `epoch ${layout.epoch}, ${layout.slots} slots, ${layout.stride} bytes a slot`;
      throw new KeeperError("STORAGE_MISMATCH", `${path} was not made for ${wanted}; it says ${describe(found)}`);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async #create(disk: Disk, empty: DiskFile, layout: ColumnLayout): Promise<ColumnFile> {
    await writeFileAtomic(disk, empty.path, encodeHeader(layout));
    await empty.close();
    return new ColumnFile(await disk.open(empty.path), layout);
  }

  /** Hands over the latest whole copy of each column, and continues after it. */
  async load(take: (slot: number, bits: Uint8Array) => void): Promise<void> {
    const end = await this.#file.size();
    for (let slot = 0; slot < this.#layout.slots && this.#position(slot, 0) < end; slot += 1) {
      const both = await this.#file.read(this.#position(slot, 0), 2 * this.#recordBytes);
      const copies = [both.subarray(0, this.#recordBytes), both.subarray(this.#recordBytes)];
      for (const [copy, record] of copies.entries()) {
        const generation = this.#validGeneration(slot, copy, record);
        if (generation > (this.#generations[slot] as number)) this.#generations[slot] = generation;
      }
      const latest = copies[(this.#generations[slot] as number) % 2];
      if (this.#generations[slot] !== 0 && latest !== undefined) take(slot, latest.subarray(prefixBytes));
    }
  }

  /** Writes a column beside the one that is valid; it counts after `sync`. Reads `bits` before it first waits. */
  async write(slot: number, bits: Uint8Array): Promise<void> {
    const generation = (this.#generations[slot] as number) + 1;
    const record = Buffer.alloc(this.#recordBytes);
    record.writeUInt32BE(generation);
    record.set(bits.subarray(0, this.#layout.stride), prefixBytes);
    record.writeUInt32BE(this.#checksum(slot, record), 4);
    this.#unsynced.add(slot);
    await this.#file.write(this.#position(slot, generation % 2), record);
  }

  /** Makes what was written since the last call count. After a failure the same columns must be written again. */
  async sync(): Promise<void> {
    const slots = [...this.#unsynced];
    this.#unsynced.clear();
    await this.#file.sync();
    for (const slot of slots) this.#generations[slot] = (this.#generations[slot] as number) + 1;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  get #recordBytes(): number {
    return prefixBytes + this.#layout.stride;
  }

  #position(slot: number, copy: number): number {
    return headerBytes + (2 * slot + copy) * this.#recordBytes;
  }

  #validGeneration(slot: number, copy: number, record: Uint8Array): number {
    if (record.length < this.#recordBytes) return 0;
    const view = Buffer.from(record.buffer, record.byteOffset, record.length);
    const generation = view.readUInt32BE();
    if (generation === 0 || generation % 2 !== copy) return 0;
    return view.readUInt32BE(4) === this.#checksum(slot, view) ? generation : 0;
  }

  /** Covers the place as well as the bits, so that a column found in a wrong place is none. */
  #checksum(slot: number, record: Buffer): number {
    const place = Buffer.alloc(16);
    place.writeBigUInt64BE(this.#layout.epoch);
    place.writeUInt32BE(slot, 8);
    place.writeUInt32BE(record.readUInt32BE(), 12);
    return crc32(record.subarray(prefixBytes), crc32(place));
  }
}

function encodeHeader(layout: ColumnLayout): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.set(magic);
  header.writeBigUInt64BE(layout.epoch, 8);
  header.writeUInt32BE(layout.slots, 16);
  header.writeUInt32BE(layout.stride, 20);
  return header;
}

function describe(header: Uint8Array): string {
  const view = Buffer.from(header);
  if (view.length < headerBytes || !view.subarray(0, magic.length).equals(magic)) return "nothing known";
  return `epoch ${view.readBigUInt64BE(8)}, ${view.readUInt32BE(16)} slots, ${view.readUInt32BE(20)} bytes a slot`;
}
