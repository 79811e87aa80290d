import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { type Address, EncodingError, type Hash } from "../../protocol/bytes.js";
import { dataHash, decodeLeafFile, type LeafFile, treeOf } from "../../protocol/leafFile.js";
import type { MessageOf, OracleContext } from "../../protocol/oracleMessages.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochStore } from "../../storage/epochStore.js";
import type { Outbox } from "./outbox.js";
import type { DecidedEpoch } from "./types.js";

export interface LeafExchangeOptions {
  readonly context: OracleContext;
  readonly me: Address;
  /** Between repetitions of a request, and the least between two answers with the same file. Milliseconds. */
  readonly repeatMs: number;
  /** Each oracle waits its place in the set times this before it answers, so that one answers and not all. */
  readonly answerStepMs: number;
}

export interface LeafExchangeDependencies {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly archive: EpochStore<DecidedEpoch>;
  readonly logger: Logger;
  /** This oracle's place in the set. */
  readonly place: () => number;
}

interface Wanted {
  readonly report: EpochReport;
  readonly found: (file: Uint8Array) => void;
}

/** Leaf files from and for other oracles. What comes in is believed only when it is what the chain committed to. */
export class LeafExchange {
  readonly #options: LeafExchangeOptions;
  readonly #dependencies: LeafExchangeDependencies;
  readonly #wanted = new Map<Hash, Wanted>();
  /** Answers that are due, and files that were just on the air. */
  readonly #answers = new Map<Hash, Cancel>();

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

  onLeaves(message: MessageOf<"leaves">): void {
    const hash = dataHash(message.file);
    this.#quiet(hash);
    const wanted = this.#wanted.get(hash);
    if (wanted && isLeafFileOf(message.file, wanted.report, this.#options.context)) wanted.found(message.file);
  }

  onRequest(message: MessageOf<"request">): void {
    if (this.#answers.has(message.key)) return;
    const delay = this.#dependencies.place() * this.#options.answerStepMs;
    const cancel = this.#dependencies.clock.schedule(delay, () => this.#answer(message.epoch, message.key));
    this.#answers.set(message.key, cancel);
  }

  close(): void {
    for (const cancel of this.#answers.values()) cancel();
    this.#answers.clear();
  }

  async #ask({ epoch, dataHash: key }: EpochReport, signal: AbortSignal): Promise<never> {
    for (;;) {
      this.#dependencies.outbox.say({ kind: "request", epoch, sender: this.#options.me, what: "leaves", key });
      await this.#dependencies.clock.sleep(this.#options.repeatMs, signal);
    }
  }

  async #answer(epoch: bigint, key: Hash): Promise<void> {
    this.#quiet(key);
    try {
      const kept = await this.#dependencies.archive.get(epoch);
      if (kept?.meta.dataHash !== key) return;
      this.#dependencies.outbox.say({ kind: "leaves", epoch, sender: this.#options.me, file: kept.leafFile });
    } catch (error) {
      this.#dependencies.logger.error("a kept leaf file cannot be read", {
        epoch: epoch.toString(),
        error: describeError(error),
      });
    }
  }

  /** Nobody needs to send this file again for a while. */
  #quiet(key: Hash): void {
    this.#answers.get(key)?.();
    const cancel = this.#dependencies.clock.schedule(this.#options.repeatMs / 2, () => this.#answers.delete(key));
    this.#answers.set(key, cancel);
  }
}

/** Whether the bytes are the leaf file that a report commits to: by hash, by header, by count and by root. */
export function isLeafFileOf(bytes: Uint8Array, report: EpochReport, context: OracleContext): boolean {
  const file = decode(bytes);
  return file !== undefined && dataHash(bytes) === report.dataHash && matches(file, report, context);
}

function matches(file: LeafFile, report: EpochReport, context: OracleContext): boolean {
  const isSameNetwork = file.chainId === context.chainId && file.ledger === context.ledger;
  const isSameEpoch = file.epoch === report.epoch && file.previousRoot === report.previousRoot;
  const isSameSize = BigInt(file.entries.length) === report.leafCount && file.entries.length > 0;
  return isSameNetwork && isSameEpoch && isSameSize && treeOf(file).root === report.root;
}

function decode(bytes: Uint8Array): LeafFile | undefined {
  try {
    return decodeLeafFile(bytes);
  } catch (error) {
    if (error instanceof EncodingError) return undefined;
    throw error;
  }
}
