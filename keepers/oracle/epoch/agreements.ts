import type { Address } from "../../protocol/bytes.js";
import type { DecodedOracleMessage } from "../../protocol/oracleMessages.js";
import type { MessageCode } from "../validation/verdict.js";
import type { Agreement } from "./agreement.js";
import { SenderQuota } from "./senderQuota.js";
import type { LogPlace } from "./votingLog.js";

/** Decided epochs whose agreement stays, to answer those who have not heard of the decision. */
const KEPT = 4;
/** Messages about an epoch that has not begun here wait for it, so that the slowest oracle misses nothing. */
const EARLY = { mostMessages: 32, mostBytes: 262_144 };

/** The agreements that are under way or were decided lately, and the messages for those that have not begun. */
export class Agreements {
  readonly #byEpoch = new Map<bigint, Agreement>();
  readonly #quota = new SenderQuota(EARLY);
  #early: DecodedOracleMessage[] = [];

  get(epoch: bigint): Agreement | undefined {
    return this.#byEpoch.get(epoch);
  }

  /** Messages that wait for their epoch to begin here. */
  get waiting(): number {
    return this.#early.length;
  }

  /** Whether an account belongs to the set of an epoch that is still talked about. */
  isMember(account: Address): boolean {
    return [...this.#byEpoch.values()].some(({ config }) => config.members.includes(account));
  }

  /** Starts an epoch's agreement with what was said about it before. */
  open(agreement: Agreement): void {
    const { epoch, attempt } = agreement.config;
    this.#byEpoch.set(epoch, agreement);
    agreement.start();
    const isMeant = ({ message }: DecodedOracleMessage) => message.epoch === epoch && message.attempt === attempt;
    const isLater = ({ message }: DecodedOracleMessage) =>
      message.attempt > attempt || (message.attempt === attempt && message.epoch > epoch);
    const early = this.#early.filter(isMeant);
    for (const decoded of this.#early) if (!isLater(decoded)) this.#quota.leave(decoded);
    this.#early = this.#early.filter(isLater);
    for (const decoded of early) agreement.deliver(decoded);
  }

  /**
   * Gives a message to the agreement that it is about: of its epoch and its attempt. Others wait if they are about what comes
   * next here; the rest is dropped. Gives the reason when the message goes no further.
   */
  deliver(decoded: DecodedOracleMessage, { epoch: next, attempt: current }: LogPlace): MessageCode | undefined {
    const { epoch, attempt } = decoded.message;
    const agreement = this.#byEpoch.get(epoch);
    if (agreement?.config.attempt === attempt) return agreement.deliver(decoded);
    const isEarly = attempt > current || (attempt === current && epoch >= next);
    if (!isEarly) return agreement ? "wrong-attempt" : "too-late";
    const refusal = this.#quota.enter(decoded);
    if (!refusal) this.#early.push(decoded);
    return refusal;
  }

  /** Ends an agreement for good. */
  async drop(epoch: bigint): Promise<void> {
    await this.#byEpoch.get(epoch)?.close();
    this.#byEpoch.delete(epoch);
  }

  /** Ends those of other attempts: what they were about is agreed on anew, or is on the chain. */
  async endOthers(attempt: number): Promise<void> {
    for (const [epoch, { config }] of [...this.#byEpoch]) if (config.attempt !== attempt) await this.drop(epoch);
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
