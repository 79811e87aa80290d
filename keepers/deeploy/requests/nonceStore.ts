import type { Clock } from "../../core/clock.js";
import type { Disk } from "../../core/disk.js";
import { KeeperError } from "../../core/errors.js";
import { ByteReader, ByteWriter, concatBytes, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { keccak } from "../../protocol/signing.js";
import { FileJournal } from "../../storage/fileJournal.js";

export interface NonceStoreOptions {
  readonly path: string;
  /** Most nonces that are remembered at a time; each is until its request expires. */
  readonly capacity: number;
}

export interface NonceStoreDependencies {
  readonly disk: Disk;
  readonly clock: Pick<Clock, "now">;
}

const RECORD_BYTES = 40;
/** Records in the file that it may have before those that expired are looked for. */
const SMALLEST_SWEEP = 1_024;

/** The nonces of requests that were taken, on disk, so that none is taken twice, after a restart either. */
export class NonceStore {
  readonly #options: NonceStoreOptions;
  readonly #clock: Pick<Clock, "now">;
  readonly #journal: FileJournal;
  /** Key → Unix seconds after which it may be forgotten. */
  readonly #taken = new Map<Hash, number>();
  #records = 0;
  #sweepAt = SMALLEST_SWEEP;
  #sweeping: Promise<void> = Promise.resolve();

  private constructor(options: NonceStoreOptions, clock: Pick<Clock, "now">, journal: FileJournal) {
    this.#options = options;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** Rejects with what `FileJournal.open` does. */
  static async open(options: NonceStoreOptions, { disk, clock }: NonceStoreDependencies): Promise<NonceStore> {
    const journal = await FileJournal.open({ path: options.path, maximumRecordBytes: RECORD_BYTES }, { disk });
    const store = new NonceStore(options, clock, journal);
    for await (const record of journal.replay()) store.#remember(record);
    return store;
  }

  /** Nonces that are remembered. */
  get size(): number {
    return this.#taken.size;
  }

  /**
   * Resolves once the nonce is taken for good.
   * @throws KeeperError `NONCE_USED`; `NONCES_FULL` (retriable) when as many as there may be wait for their expiry
   */
  async take(account: string, nonce: Hash, expiresAt: number): Promise<void> {
    const record = recordOf(account, nonce, expiresAt);
    const { key } = readRecord(record);
    if (this.#taken.has(key)) throw new KeeperError("NONCE_USED", "this request was made before: draw another nonce");
    if (this.#taken.size >= this.#options.capacity) this.#forgetExpired();
    if (this.#taken.size >= this.#options.capacity) {
      throw new KeeperError("NONCES_FULL", "too many requests in the last minutes; try again in one", {
        retriable: true,
      });
    }
    // Before the disk has it, so that the same request a moment later finds it.
    this.#remember(record);
    await this.#journal.append(record);
    if (this.#records >= this.#sweepAt) this.#sweep();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#sweeping;
    await this.#journal.close();
  }

  #remember(record: Uint8Array): void {
    const { key, expiresAt } = readRecord(record);
    this.#records += 1;
    if (expiresAt >= this.#now()) this.#taken.set(key, expiresAt);
  }

  #forgetExpired(): void {
    const now = this.#now();
    for (const [key, expiresAt] of this.#taken) if (expiresAt < now) this.#taken.delete(key);
  }

  /** Drops what expired from memory and from the file; a failure leaves the file longer and is tried again later. */
  #sweep(): void {
    this.#forgetExpired();
    this.#records = this.#taken.size;
    this.#sweepAt = Math.max(SMALLEST_SWEEP, 2 * this.#taken.size);
    const kept = new Set(this.#taken.keys());
    const now = this.#now();
    const isLive = (record: Uint8Array): boolean => {
      const { key, expiresAt } = readRecord(record);
      return kept.has(key) || expiresAt >= now;
    };
    this.#sweeping = this.#sweeping.then(() => this.#journal.truncate(isLive)).catch(() => undefined);
  }

  #now(): number {
    return Math.floor(this.#clock.now() / 1_000);
  }
}

function recordOf(account: string, nonce: Hash, expiresAt: number): Uint8Array {
  const key = keccak(concatBytes(hexToBytes(account), hexToBytes(nonce)));
  return new ByteWriter().u64(expiresAt).bytes32(key).toBytes();
}

function readRecord(record: Uint8Array): { readonly key: Hash; readonly expiresAt: number } {
  const reader = new ByteReader(record);
  const expiresAt = Number(reader.u64());
  return { expiresAt, key: reader.bytes32() };
}
