import type { Address } from "../../protocol/bytes.js";
import type { DecodedOracleMessage } from "../../protocol/oracleMessages.js";
import type { Agreement } from "./agreement.js";

/** Decided epochs whose agreement stays, to answer those who have not heard of the decision. */
const KEPT = 4;
/** Messages about an epoch that has not begun here wait for it, so that the slowest oracle misses nothing. */
const MAX_EARLY_PER_ORACLE = 32;

/** The agreements that are under way or were decided lately, and the messages for those that have not begun. */
export class Agreements {
  readonly #byEpoch = new Map<bigint, Agreement>();
  #early: DecodedOracleMessage[] = [];

  get(epoch: bigint): Agreement | undefined {
    return this.#byEpoch.get(epoch);
  }

  /** Whether an account belongs to the set of an epoch that is still talked about. */
  isMember(account: Address): boolean {
    return [...this.#byEpoch.values()].some(({ config }) => config.members.includes(account));
  }

  /** Starts an epoch's agreement with what was said about it before. */
  open(agreement: Agreement): void {
    const { epoch } = agreement.config;
    this.#byEpoch.set(epoch, agreement);
    agreement.start();
    const early = this.#early.filter(({ message }) => message.epoch === epoch);
    this.#early = this.#early.filter(({ message }) => message.epoch > epoch);
    for (const decoded of early) agreement.deliver(decoded);
  }

  /** @param next the first epoch that has not begun or is being decided; messages before it that nobody waits for are dropped */
  deliver(decoded: DecodedOracleMessage, next: bigint): void {
    const { epoch, sender } = decoded.message;
    const agreement = this.#byEpoch.get(epoch);
    if (agreement) return agreement.deliver(decoded);
    const waiting = this.#early.filter(({ message }) => message.sender === sender).length;
    if (epoch >= next && waiting < MAX_EARLY_PER_ORACLE) this.#early.push(decoded);
  }

  /** Ends an agreement for good. */
  async drop(epoch: bigint): Promise<void> {
    await this.#byEpoch.get(epoch)?.close();
    this.#byEpoch.delete(epoch);
  }

  /** Ends all but the latest few. */
  async retire(): Promise<void> {
    const old = [...this.#byEpoch.keys()].sort((a, b) => (a < b ? -1 : 1)).slice(0, -KEPT);
    for (const epoch of old) await this.drop(epoch);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byEpoch.values()].map((agreement) => agreement.close()));
  }
}
