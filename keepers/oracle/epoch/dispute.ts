import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Disproof } from "../../protocol/disproof.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { CommitSender, EpochChain } from "./types.js";

export interface DisputeDependencies {
  readonly clock: Clock;
  readonly chain: EpochChain;
  readonly sender: CommitSender;
  readonly logger: Logger;
}

/**
 * Shows the ledger that its pending root is wrong, again and again until that root is gone or active. Every honest oracle does
 * so at once: one is enough, and the others' transactions are refused before they are sent or cost little.
 */
export class Dispute {
  readonly #retryMs: number;
  readonly #dependencies: DisputeDependencies;
  #current: { readonly report: EpochReport; readonly disproof: Disproof } | undefined;
  #cancel: Cancel = () => undefined;

  /** @param options `retryMs`: after a transaction that did not help, milliseconds */
  constructor(options: { readonly retryMs: number }, dependencies: DisputeDependencies) {
    this.#retryMs = options.retryMs;
    this.#dependencies = dependencies;
  }

  /** Whether this commit is under dispute: still the chain's last one, still pending, and known to be wrong. */
  isOpen({ epoch, root }: EpochReport): boolean {
    const report = this.#current?.report;
    return report?.epoch === epoch && report.root === root && this.#isOnChain(report);
  }

  open(report: EpochReport, disproof: Disproof): void {
    this.close();
    this.#current = { report, disproof };
    void this.#send();
  }

  /** Idempotent. */
  close(): void {
    this.#current = undefined;
    this.#cancel();
  }

  async #send(): Promise<void> {
    const { sender, logger, clock } = this.#dependencies;
    const dispute = this.#current;
    if (!dispute || !this.#isOnChain(dispute.report)) return;
    const fields = { epoch: dispute.report.epoch.toString(), root: dispute.report.root };
    try {
      await sender.disprove(dispute.report.epoch, dispute.disproof);
      logger.info("a wrong root is disproved", fields);
    } catch (error) {
      if (this.#isOnChain(dispute.report)) {
        logger.warn("a wrong root is not disproved yet", { ...fields, error: describeError(error) });
      }
    }
    if (this.#current !== dispute) return;
    this.#cancel = clock.schedule(this.#retryMs, () => this.#send());
  }

  #isOnChain({ epoch, root }: EpochReport): boolean {
    const { chain } = this.#dependencies;
    const last = chain.lastCommit();
    return chain.isPending() && last?.epoch === epoch && last.root === root;
  }
}
