import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import type { Disk, DiskFile } from "../core/disk.js";
import { bytesToHex, hexToBytes, type Address } from "../protocol/bytes.js";

const addressBytes = 20;
const recordBytes = addressBytes + 4;

/**
 * Which number each node has, on disk: one record of address and CRC-32 (of number and address) after the other. A number
 * is durable before any column that uses it is written, so an unfinished end can be dropped.
 */
export class NodeIndexFile {
  readonly #file: DiskFile;
  #length: number;

  private constructor(file: DiskFile, length: number) {
    this.#file = file;
    this.#length = length;
  }

  /** Opens or creates the file; drops an end that was torn. */
  static async open(disk: Disk, path: string): Promise<{ readonly index: NodeIndexFile; readonly nodes: Address[] }> {
    const file = await disk.open(path);
    try {
      await disk.syncDirectory(dirname(path));
      const bytes = await file.read(0, await file.size());
      const nodes = readNodes(bytes);
      if (bytes.length !== nodes.length * recordBytes) await file.truncate(nodes.length * recordBytes);
      return { index: new NodeIndexFile(file, nodes.length), nodes };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** How many nodes are durable. */
  get length(): number {
    return this.#length;
  }

  /** Makes the next nodes durable; after a failure the same call can be made again. */
  async append(nodes: readonly Address[]): Promise<void> {
    const bytes = new Uint8Array(nodes.length * recordBytes);
    nodes.forEach((node, offset) => bytes.set(encode(node, this.#length + offset), offset * recordBytes));
    await this.#file.write(this.#length * recordBytes, bytes);
    await this.#file.sync();
    this.#length += nodes.length;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function readNodes(bytes: Uint8Array): Address[] {
  const nodes: Address[] = [];
  for (let start = 0; start + recordBytes <= bytes.length; start += recordBytes) {
    const node = bytesToHex(bytes.subarray(start, start + addressBytes));
    if (Buffer.compare(encode(node, nodes.length), bytes.subarray(start, start + recordBytes)) !== 0) break;
    nodes.push(node);
  }
  return nodes;
}

function encode(node: Address, number: number): Uint8Array {
  const record = Buffer.alloc(recordBytes);
  record.set(hexToBytes(node));
  const numbered = Buffer.alloc(addressBytes + 4);
  numbered.writeUInt32BE(number);
  numbered.set(record.subarray(0, addressBytes), 4);
  record.writeUInt32BE(crc32(numbered), addressBytes);
  return record;
}
