import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { dataHash } from "../../protocol/leafFile.js";
import type { MessageOf, OracleContext, OracleHeader } from "../../protocol/oracleMessages.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochStore } from "../../storage/epochStore.js";
import { answerKey } from "../validation/leaves.js";
import { KIND_RULES } from "../validation/registry.js";
import { MAX_LEAVES } from "../validation/sizes.js";
import type { Verdict } from "../validation/verdict.js";
import type { Outbox } from "./outbox.js";
import type { DecidedEpoch } from "./types.js";
import type { VotedFiles } from "./votedFiles.js";

export interface LeafExchangeOptions {
  readonly context: OracleContext;
  readonly me: Address;
  /** Between repetitions of a request, and the least between two answers with the same file. Milliseconds. */
  readonly repeatMs: number;
  /** Each oracle waits its place times this before it answers, so that one answers and not all. */
  readonly answerStepMs: number;
}

export interface LeafExchangeDependencies {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly archive: EpochStore<DecidedEpoch>;
  readonly voted: VotedFiles;
  readonly logger: Logger;
  /** When it is this oracle's turn to answer, see `answeringPlace`; undefined: nobody would believe it. */
  readonly place: () => number | undefined;
  /** For the envelope; leaf files are the same in every attempt. */
  readonly attempt: () => number;
}

interface Wanted {
  readonly report: EpochReport;
  readonly found: (file: Uint8Array) => void;
}

interface Answer {
  readonly cancel: Cancel;
  /** Who asked first. */
  readonly to: Address;
}

/** Leaf files from and for other oracles. What comes in is believed only when it is what the chain committed to. */
export class LeafExchange {
  readonly #options: LeafExchangeOptions;
  readonly #dependencies: LeafExchangeDependencies;
  readonly #wanted = new Map<Hash, Wanted>();
  /** Answers that are due, and files that were just on the air; few for each oracle that asks. */
  readonly #answers = new Map<string, Answer>();

  constructor(options: LeafExchangeOptions, dependencies: LeafExchangeDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** The leaf file of a committed epoch, asked for until somebody sends the right one. Rejects when `signal` aborts. */
  async fetch(report: EpochReport, signal: AbortSignal): Promise<Uint8Array> {
    const answer = Promise.withResolvers<Uint8Array>();
    this.#wanted.set(report.dataHash, { report, found: answer.resolve });
    const done = new AbortController();
    const asking = this.#ask(report, AbortSignal.any([signal, done.signal]));
    try {
      return await Promise.race([answer.promise, asking]);
    } finally {
      done.abort();
      asking.catch(() => undefined);
      this.#wanted.delete(report.dataHash);
    }
  }

  /** Answers that are due or were just given. */
  get answering(): number {
    return this.#answers.size;
  }

  /** How many leaves the largest file has that is waited for; zero when none is. */
  get mostLeaves(): number {
    const wanted = [...this.#wanted.values()].map(({ report }) => Number(report.leafCount));
    return Math.max(0, this.#answers.size > 0 ? MAX_LEAVES : 0, ...wanted);
  }

  onLeaves(message: MessageOf<"leaves">): Verdict {
    const { context } = this.#options;
    const verdict = KIND_RULES.leaves.validate(message, { context, wanted: this.#wanted, due: this.#answers });
    if (verdict.outcome !== "accept") return verdict;
    const hash = dataHash(message.file);
    this.#quiet(answerKey(message.epoch, hash));
    this.#wanted.get(hash)?.found(message.file);
    return verdict;
  }

  onRequest(message: MessageOf<"request">): Verdict {
    const key = answerKey(message.epoch, message.key);
    const place = this.#dependencies.place();
    const verdict = KIND_RULES.request.validate(message, {
      holds: () => place !== undefined,
      isAnswering: () => this.#answers.has(key),
      pendingOf: (sender) => [...this.#answers.values()].filter(({ to }) => to === sender).length,
    });
    if (place === undefined || verdict.outcome !== "accept") return verdict;
    const delay = place * this.#options.answerStepMs;
    const cancel = this.#dependencies.clock.schedule(delay, () => this.#answer(message));
    this.#answers.set(key, { cancel, to: message.sender });
    return verdict;
  }

  close(): void {
    for (const { cancel } of this.#answers.values()) cancel();
    this.#answers.clear();
  }

  async #ask({ epoch, dataHash: key }: EpochReport, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#request(epoch, key);
      await this.#dependencies.clock.sleep(this.#options.repeatMs, signal);
    }
  }

  /** What could not be signed is asked with the next repetition. */
  async #request(epoch: bigint, key: Hash): Promise<void> {
    const { outbox, logger } = this.#dependencies;
    try {
      await outbox.say({ kind: "request", ...this.#header(epoch), what: "leaves", key });
    } catch (error) {
      logger.warn("a leaf file could not be asked for", { epoch: epoch.toString(), error: describeError(error) });
    }
  }

  async #answer({ epoch, key }: MessageOf<"request">): Promise<void> {
    this.#quiet(answerKey(epoch, key));
    try {
      const { archive, voted, outbox } = this.#dependencies;
      const kept = await archive.get(epoch);
      const file = kept?.meta.dataHash === key ? kept.leafFile : await voted.find({ epoch, hash: key });
      if (file) await outbox.say({ kind: "leaves", ...this.#header(epoch), file });
    } catch (error) {
      this.#dependencies.logger.error("a kept leaf file cannot be given out", {
        epoch: epoch.toString(),
        error: describeError(error),
      });
    }
  }

  #header(epoch: bigint): OracleHeader {
    return { epoch, attempt: this.#dependencies.attempt(), sender: this.#options.me };
  }

  /** Nobody needs to send what was asked for again for a while. */
  #quiet(key: string): void {
    const due = this.#answers.get(key);
    if (!due) return;
    due.cancel();
    const cancel = this.#dependencies.clock.schedule(this.#options.repeatMs / 2, () => this.#answers.delete(key));
    this.#answers.set(key, { ...due, cancel });
  }
}

/**
 * Who answers first changes with time: an oracle that answers everybody but the one who asked, and so keeps the others quiet,
 * gets in the way of one answer and not of all.
 * @param now milliseconds; oracles' clocks need not agree @param turnMs how long an order holds
 * @returns undefined for an account outside the set, whose answer does not count
 */
export function answeringPlace(
  oracles: readonly Address[],
  me: Address,
  { now, turnMs }: { readonly now: number; readonly turnMs: number },
): number | undefined {
  const index = oracles.indexOf(me);
  return index < 0 ? undefined : (index + Math.floor(now / turnMs)) % oracles.length;
}
