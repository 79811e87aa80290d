import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { bytesToHex } from "../../protocol/bytes.js";
import { quorum } from "../../protocol/quorum.js";
import { compactSignature, type SigningKey } from "../../protocol/signing.js";
import { type EpochReport, epochReportDigest, type SigningDomain } from "../../protocol/typedData.js";
import { ZERO_HASH } from "../../protocol/oracleValue.js";
import type { Outbox } from "./outbox.js";
import type { Signatures } from "./signatures.js";
import type { EpochChain, CommitSender } from "./types.js";

export interface SubmissionOptions {
  readonly report: EpochReport;
  readonly domain: SigningDomain;
  readonly key: SigningKey;
  /** 0: submits at once; others step in one `stageMs` after the other. */
  readonly stage: number;
  readonly stageMs: number;
  /** Between repetitions of the own signature, and after a failed transaction. Milliseconds. */
  readonly repeatMs: number;
}

export interface SubmissionDependencies {
  readonly clock: Clock;
  readonly chain: EpochChain;
  readonly sender: CommitSender;
  readonly signatures: Signatures;
  readonly outbox: Outbox;
  readonly logger: Logger;
}

/**
 * Brings one decided report to the chain: signs it, gathers a quorum of signatures, and sends it when it is this oracle's
 * turn and the chain does not have it yet. Ends when the chain shows the epoch's commit, whoever sent it.
 */
export class Submission {
  readonly #options: SubmissionOptions;
  readonly #dependencies: SubmissionDependencies;
  readonly #digest: Uint8Array;
  readonly #timers = new Set<Cancel>();
  readonly #forgetChain: () => void;
  #isMyTurn = false;
  #isSending = false;
  #isOver = false;

  constructor(options: SubmissionOptions, dependencies: SubmissionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#digest = epochReportDigest(options.domain, options.report);
    this.#forgetChain = dependencies.chain.onChange(() => this.poke());
    this.#sign();
    this.#later(options.stage * options.stageMs, () => {
      this.#isMyTurn = true;
      this.poke();
    });
    this.poke();
  }

  get epoch(): bigint {
    return this.#options.report.epoch;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something may have changed: a signature came, or the chain moved. */
  poke(): void {
    if (this.#isOver) return;
    if (this.#isCommitted()) return this.close();
    if (!this.#isMyTurn || this.#isSending || !this.#isNext()) return;
    const oracles = this.#dependencies.chain.oracles();
    const signatures = this.#dependencies.signatures.of(this.epoch, this.#digest, oracles);
    if (signatures.length >= quorum(oracles.length)) void this.#send(signatures);
  }

  /** Stops; what was sent stays sent. Idempotent. */
  close(): void {
    this.#isOver = true;
    this.#forgetChain();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** Signs, now and again until the commit: signatures get lost, and late oracles need them. */
  #sign(): void {
    const { key, report, repeatMs } = this.#options;
    const message = {
      kind: "signature",
      epoch: report.epoch,
      sender: key.address,
      compact: compactSignature(key.sign(this.#digest)),
      reportDigest: bytesToHex(this.#digest),
    } as const;
    this.#dependencies.signatures.add(message);
    this.#dependencies.outbox.say(message);
    this.#later(repeatMs, () => this.#sign());
  }

  async #send(signatures: readonly Uint8Array[]): Promise<void> {
    const { logger, sender } = this.#dependencies;
    this.#isSending = true;
    try {
      await sender.commit(this.#options.report, signatures);
      logger.info("epoch committed", { epoch: this.epoch.toString(), root: this.#options.report.root });
    } catch (error) {
      this.#report(error);
    }
    // Sent or refused: the chain tells which. Only if it shows nothing for a while it is tried again.
    this.#later(this.#options.repeatMs, () => {
      this.#isSending = false;
      this.poke();
    });
  }

  #report(error: unknown): void {
    if (this.#isCommitted()) return;
    const isRefusal = error instanceof KeeperError && !error.retriable;
    const message = isRefusal ? "the ledger refused the epoch's commit" : "the epoch's commit was not sent";
    this.#dependencies.logger.warn(message, { epoch: this.epoch.toString(), error: describeError(error) });
  }

  #isCommitted(): boolean {
    const last = this.#dependencies.chain.lastCommit();
    return last !== undefined && last.epoch >= this.epoch;
  }

  /** Reports build on each other: an earlier decided one goes first. */
  #isNext(): boolean {
    return (this.#dependencies.chain.lastCommit()?.root ?? ZERO_HASH) === this.#options.report.previousRoot;
  }

  #later(ms: number, task: () => void): void {
    if (this.#isOver) return;
    const cancel = this.#dependencies.clock.schedule(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}
