import { describeError } from "../../core/errors.js";
import { ByteReader, ByteWriter, EncodingError, type Hash } from "../../protocol/bytes.js";
import type { OracleHeader } from "../../protocol/oracleMessages.js";
import type { Journal } from "../../storage/journal.js";

/** Which agreement something was said in. */
export type LogPlace = Pick<OracleHeader, "epoch" | "attempt">;

interface SignedReport {
  readonly digest: Hash;
  readonly isWritten: boolean;
}

const AGREEMENT = 1;
const SIGNED = 2;

/** What this oracle said, locked on and signed: read back after a crash, so that it never contradicts itself. */
export class VotingLog {
  readonly #journal: Journal;
  /** By epoch, then by attempt. */
  readonly #said = new Map<bigint, Map<number, Uint8Array[]>>();
  readonly #signed = new Map<bigint, SignedReport>();
  #failure: string | undefined;

  private constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Reads what was written before. @throws EncodingError for a record that is none of this log's */
  static async open(journal: Journal): Promise<VotingLog> {
    const log = new VotingLog(journal);
    for await (const bytes of journal.replay()) log.#read(new ByteReader(bytes));
    return log;
  }

  /** Why the last record is not on disk, for an oracle that cannot write says nothing; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Resolves once the record is on disk. */
  async append(place: LogPlace, record: Uint8Array): Promise<void> {
    await this.#write(new ByteWriter().u8(AGREEMENT).u64(place.epoch).u32(place.attempt).raw(record).toBytes());
    this.#remember(place, record);
  }

  /** The agreement's records, oldest first. */
  recordsOf({ epoch, attempt }: LogPlace): readonly Uint8Array[] {
    return this.#said.get(epoch)?.get(attempt) ?? [];
  }

  /**
   * Asks for leave to sign the report with this digest, and resolves with it: once it is on disk that this is the one report
   * of its epoch that this oracle signs, in whatever attempt. False: it signed another, or began to.
   */
  async promise(epoch: bigint, digest: Hash): Promise<boolean> {
    const before = this.#signed.get(epoch);
    if (before && before.digest !== digest) return false;
    if (before?.isWritten) return true;
    // Known before it is written: while the disk is at it nothing else may be signed, nor after it failed.
    this.#signed.set(epoch, { digest, isWritten: false });
    await this.#write(new ByteWriter().u8(SIGNED).u64(epoch).bytes32(digest).toBytes());
    this.#signed.set(epoch, { digest, isWritten: true });
    return true;
  }

  /** The digest of the report of that epoch that this oracle signed, or may have; undefined when it is free to sign any. */
  promisedFor(epoch: bigint): Hash | undefined {
    return this.#signed.get(epoch)?.digest;
  }

  /** Drops what is about epochs up to `epoch`, whose commit is final: nothing can be said about them any more. */
  async forgetThrough(epoch: bigint): Promise<void> {
    for (const known of [this.#said, this.#signed]) {
      for (const old of [...known.keys()]) if (old <= epoch) known.delete(old);
    }
    await this.#journal.truncate((bytes) => epochOf(bytes) > epoch);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#journal.append(bytes);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = describeError(error);
      throw error;
    }
  }

  #read(reader: ByteReader): void {
    const type = reader.u8();
    const epoch = reader.u64();
    if (type === AGREEMENT) return this.#remember({ epoch, attempt: reader.u32() }, reader.raw(reader.remaining));
    if (type !== SIGNED) throw new EncodingError(`voting log: got type ${type}, want ${AGREEMENT} or ${SIGNED}`);
    this.#signed.set(epoch, { digest: reader.bytes32(), isWritten: true });
  }

  #remember({ epoch, attempt }: LogPlace, record: Uint8Array): void {
    const attempts = this.#said.get(epoch) ?? new Map<number, Uint8Array[]>();
    this.#said.set(epoch, attempts);
    const records = attempts.get(attempt);
    if (records) records.push(record);
    else attempts.set(attempt, [record]);
  }
}

function epochOf(bytes: Uint8Array): bigint {
  const reader = new ByteReader(bytes);
  reader.u8();
  return reader.u64();
}
