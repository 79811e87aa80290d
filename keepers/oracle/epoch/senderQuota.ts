import { bytesToHex } from "../../protocol/bytes.js";
import type { DecodedOracleMessage } from "../../protocol/oracleMessages.js";

export interface SenderQuotaOptions {
  /** Most messages of one oracle that wait at a time, and most of their bytes. One message fits always. */
  readonly mostMessages: number;
  readonly mostBytes: number;
}

interface Held {
  count: number;
  bytes: number;
}

/**
 * Keeps count of messages that wait, so that an oracle that floods pushes out nobody's messages but its own. A message waits
 * once however often it comes: others may replay what an oracle said, and must not fill its place with it.
 */
export class SenderQuota {
  readonly #options: SenderQuotaOptions;
  readonly #held = new Map<string, Held>();
  readonly #digests = new Set<string>();

  constructor(options: SenderQuotaOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#digests.size;
  }

  /** Counts a message in; or says why it may not wait. */
  enter({ message: { sender }, digest, envelope }: DecodedOracleMessage): "duplicate" | "queue-full" | undefined {
    const key = bytesToHex(digest);
    if (this.#digests.has(key)) return "duplicate";
    const held = this.#held.get(sender) ?? { count: 0, bytes: 0 };
    const { mostMessages, mostBytes } = this.#options;
    const isFull = held.count >= mostMessages || held.bytes + envelope.length > mostBytes;
    if (held.count > 0 && isFull) return "queue-full";
    this.#digests.add(key);
    this.#held.set(sender, { count: held.count + 1, bytes: held.bytes + envelope.length });
    return undefined;
  }

  /** Counts a message out; one that was never in changes nothing. */
  leave({ message: { sender }, digest, envelope }: DecodedOracleMessage): void {
    const held = this.#held.get(sender);
    if (!this.#digests.delete(bytesToHex(digest)) || !held) return;
    if (held.count === 1) this.#held.delete(sender);
    else this.#held.set(sender, { count: held.count - 1, bytes: held.bytes - envelope.length });
  }

  clear(): void {
    this.#held.clear();
    this.#digests.clear();
  }
}
