/**
 * An append-only log of binary records that a process replays after a crash. What `append` has confirmed is replayed, in
 * order; what it has not confirmed may be replayed too.
 */
export interface Journal {
  /**
   * Resolves once the record survives a power cut. Rejects with `RECORD_TOO_LARGE`, `JOURNAL_CLOSED`, `DISK_FULL`
   * (retriable: the log is as it was before) or `JOURNAL_BROKEN` (only opening it anew can tell what it holds).
   */
  append(record: Uint8Array): Promise<void>;
  /** The records confirmed up to the call, oldest first. */
  replay(): AsyncIterable<Uint8Array>;
  /** Drops the records that `keep` does not want (default: all), at once or not at all. */
  truncate(keep?: (record: Uint8Array) => boolean): Promise<void>;
  /** Waits for the appends under way. Idempotent. */
  close(): Promise<void>;
}
