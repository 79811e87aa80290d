import type { Clock } from "../../core/clock.js";
import type { Logger } from "../../core/logger.js";
import type { MessageOf } from "../../protocol/oracleMessages.js";
import type { Signer } from "../../protocol/signing.js";
import type { EpochReport, SigningDomain } from "../../protocol/typedData.js";
import { KIND_RULES } from "../validation/registry.js";
import type { Verdict } from "../validation/verdict.js";
import type { Outbox } from "./outbox.js";
import { activeEpoch, finalEpoch } from "./finality.js";
import { Signatures } from "./signatures.js";
import { Submission } from "./submission.js";
import type { CommitSender, EpochChain, EpochListener } from "./types.js";
import type { VotingLog } from "./votingLog.js";

export interface SubmissionsOptions {
  readonly domain: SigningDomain;
  readonly key: Signer;
  readonly stageMs: number;
  readonly retryMs: number;
}

export interface SubmissionsDependencies {
  readonly clock: Clock;
  readonly chain: EpochChain;
  readonly sender: CommitSender;
  readonly outbox: Outbox;
  readonly log: VotingLog;
  readonly notify: EpochListener;
  readonly logger: Logger;
}

/** The decided reports that are on their way to the chain, and everybody's signatures of them. */
export class Submissions {
  readonly #options: SubmissionsOptions;
  readonly #dependencies: SubmissionsDependencies;
  readonly #signatures = new Signatures();
  /** By epoch and attempt. */
  readonly #open = new Map<string, Submission>();

  constructor(options: SubmissionsOptions, dependencies: SubmissionsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** @param stage place in the epoch's order of leaders */
  submit(report: EpochReport, attempt: number, stage: number): void {
    const key = `${report.epoch} ${attempt}`;
    if (this.#open.has(key)) return;
    const { retryMs: repeatMs, ...options } = this.#options;
    const submission = new Submission(
      { ...options, report, attempt, stage, repeatMs },
      { ...this.#dependencies, signatures: this.#signatures },
    );
    this.#open.set(key, submission);
  }

  /** @param next the first epoch that is not decided here */
  onSignature(message: MessageOf<"signature">, next: bigint): Verdict {
    const digestOf = (epoch: bigint) => this.#of(epoch).at(-1)?.digest;
    const verdict = KIND_RULES.signature.validate(message, {
      committed: activeEpoch(this.#dependencies.chain),
      next,
      digestOf,
    });
    if (verdict.outcome !== "accept") return verdict;
    this.#signatures.add(message);
    for (const submission of this.#of(message.epoch)) submission.poke();
    return verdict;
  }

  /** Forgets what is on the chain for good. */
  onChainChange(): void {
    for (const [key, submission] of this.#open) if (submission.isOver) this.#open.delete(key);
    const final = finalEpoch(this.#dependencies.chain);
    if (final !== undefined) this.#signatures.forgetThrough(final);
  }

  /** One for each attempt that came to a decision, oldest first. */
  #of(epoch: bigint): Submission[] {
    return [...this.#open.values()].filter((submission) => submission.epoch === epoch);
  }

  close(): void {
    for (const submission of this.#open.values()) submission.close();
    this.#open.clear();
  }
}
