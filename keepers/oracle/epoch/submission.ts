import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { bytesToHex, type Hash } from "../../protocol/bytes.js";
import { quorum } from "../../protocol/quorum.js";
import { compactSignature, type Signer } from "../../protocol/signing.js";
import {
  type EpochReport,
  epochReportData,
  epochReportDigest,
  type SigningDomain,
  typedDataBytes,
} from "../../protocol/typedData.js";
import { ZERO_HASH } from "../../protocol/oracleValue.js";
import { epochLogger } from "./epochLogger.js";
import type { Outbox } from "./outbox.js";
import type { Signatures } from "./signatures.js";
import { finalEpoch } from "./finality.js";
import type { EpochChain, CommitSender, EpochListener } from "./types.js";
import type { VotingLog } from "./votingLog.js";

export interface SubmissionOptions {
  readonly report: EpochReport;
  /** The attempt in which it was decided. */
  readonly attempt: number;
  readonly domain: SigningDomain;
  readonly key: Signer;
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
  readonly log: VotingLog;
  readonly notify: EpochListener;
  readonly logger: Logger;
}

/**
 * Brings one decided report to the chain: signs it, gathers a quorum of signatures, and sends it when it is this oracle's
 * turn and the chain does not have it yet. All of that only while the root that it builds on is the chain's last and active:
 * nobody can disprove that root then, so that this oracle never has reason to sign anything else for the epoch. Rests while
 * the chain has a commit of the epoch, for a reorganisation may take even an active one back, and ends when a later epoch is
 * active upon one.
 */
export class Submission {
  readonly #options: SubmissionOptions;
  readonly #dependencies: SubmissionDependencies;
  readonly #logger: Logger;
  readonly #digest: Uint8Array;
  readonly #timers = new Set<Cancel>();
  readonly #forgetChain: () => void;
  #turn: "none" | "to come" | "now" = "none";
  #isSending = false;
  #isSigning = false;
  #isOver = false;

  constructor(options: SubmissionOptions, dependencies: SubmissionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#logger = epochLogger(dependencies.logger, { epoch: options.report.epoch, attempt: options.attempt });
    this.#digest = epochReportDigest(options.domain, options.report);
    this.#forgetChain = dependencies.chain.onChange(() => this.poke());
    this.poke();
  }

  get epoch(): bigint {
    return this.#options.report.epoch;
  }

  /** What is signed. */
  get digest(): Uint8Array {
    return this.#digest;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something may have changed: a signature came, or the chain moved. */
  poke(): void {
    if (this.#isOver) return;
    if (this.#isFinal()) return this.close();
    if (!this.#isNext()) {
      this.#turn = "none";
      return;
    }
    this.#sign();
    this.#queue();
    if (this.#turn !== "now" || this.#isSending) return;
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

  /** The order of those who send begins when the report can go to the chain, and again when it has to go once more. */
  #queue(): void {
    if (this.#turn !== "none") return;
    const { stage, stageMs } = this.#options;
    this.#turn = stage === 0 ? "now" : "to come";
    if (stage === 0) return;
    this.#later(stage * stageMs, () => {
      if (this.#turn === "to come") this.#turn = "now";
      this.poke();
    });
  }

  /** Signs, now and again until the commit: signatures get lost, and late oracles need them. */
  #sign(): void {
    if (this.#isSigning || !this.#maySign()) return;
    this.#isSigning = true;
    this.#later(this.#options.repeatMs, () => {
      this.#isSigning = false;
      this.poke();
    });
    this.#say().catch((error: unknown) => {
      this.#logger.error("the epoch's report could not be signed; it is tried again", {
        error: describeError(error),
      });
    });
  }

  async #say(): Promise<void> {
    const { key, domain, report, attempt } = this.#options;
    const { log, signatures, outbox } = this.#dependencies;
    if (!(await log.promise(report.epoch, this.#digestText))) {
      this.#logger.warn("another report of this epoch is signed already: this one is not");
      return;
    }
    const signature = await key.signBytes(typedDataBytes(epochReportData(domain, report)));
    const message = {
      kind: "signature",
      epoch: report.epoch,
      attempt,
      sender: key.address,
      compact: compactSignature(signature),
      reportDigest: this.#digestText,
    } as const;
    if (this.#isOver) return;
    signatures.add(message);
    await outbox.say(message);
    this.poke();
  }

  /** A report of an earlier attempt may still go through with the signatures that it has; it gets no new ones. */
  #maySign(): boolean {
    const { chain, log } = this.#dependencies;
    if (!chain.oracles().includes(this.#options.key.address)) return false;
    const isKnown = log.promisedFor(this.epoch) === this.#digestText;
    return isKnown || chain.attempt() === this.#options.attempt;
  }

  get #digestText(): Hash {
    return bytesToHex(this.#digest);
  }

  async #send(signatures: readonly Uint8Array[]): Promise<void> {
    const { sender } = this.#dependencies;
    this.#isSending = true;
    try {
      await sender.commit(this.#options.report, signatures);
      this.#logger.info("epoch committed", { root: this.#options.report.root, stage: this.#options.stage });
      this.#tell("sent");
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
    if (!this.#isNext()) return;
    const isRefusal = error instanceof KeeperError && !error.retriable;
    this.#tell(isRefusal ? "refused" : "failed");
    const message = isRefusal ? "the ledger refused the epoch's commit" : "the epoch's commit was not sent";
    this.#logger.warn(message, { error: describeError(error) });
  }

  #tell(outcome: "sent" | "refused" | "failed"): void {
    this.#dependencies.notify({ type: "submission", epoch: this.epoch, stage: this.#options.stage, outcome });
  }

  #isFinal(): boolean {
    const final = finalEpoch(this.#dependencies.chain);
    return final !== undefined && final >= this.epoch;
  }

  /** Reports build on each other: an earlier decided one goes first, and is active before this one. */
  #isNext(): boolean {
    const { chain } = this.#dependencies;
    return !chain.isPending() && (chain.lastCommit()?.root ?? ZERO_HASH) === this.#options.report.previousRoot;
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
