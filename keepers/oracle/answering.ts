import type { Cancel, Clock } from "../core/clock.js";
import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Address } from "../protocol/bytes.js";
import { compactSignature, type Signer } from "../protocol/signing.js";
import { answerData, type SigningDomain, typedDataBytes } from "../protocol/typedData.js";

/** Brings the answer to a challenge to the chain. */
export interface AnswerSender {
  /** Resolves when mined; rejects with a `KeeperError`. @param signature compact */
  answer(oracle: Address, signature: Uint8Array): Promise<void>;
}

/** The open challenges as the chain has them now. */
export interface ChallengeView {
  /** Until when `oracle` has to answer, Unix seconds; undefined when nobody asks it. */
  deadlineOf(oracle: Address): number | undefined;
  /** Tells that the above may have changed; gives a function that ends the telling. */
  onChange(listener: () => void): () => void;
}

export interface AnsweringOptions {
  readonly key: Signer;
  /** Of the OracleRegistry. */
  readonly domain: SigningDomain;
  /** After a transaction that failed, or that the chain does not show. Milliseconds. */
  readonly retryMs: number;
}

export interface AnsweringDependencies {
  readonly challenges: ChallengeView;
  readonly sender: AnswerSender;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers every challenge of this oracle, until the chain shows the answer. Who does not answer in time can be removed. */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #dependencies: AnsweringDependencies;
  readonly #forget: () => void;
  #cancel: Cancel = () => undefined;
  #isBusy = false;
  #closed = false;

  constructor(options: AnsweringOptions, dependencies: AnsweringDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#forget = dependencies.challenges.onChange(() => this.#look());
    this.#look();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#forget();
    this.#cancel();
  }

  #look(): void {
    const deadline = this.#dependencies.challenges.deadlineOf(this.#options.key.address);
    if (deadline === undefined || this.#isBusy || this.#closed) return;
    this.#isBusy = true;
    void this.#answer(deadline).then(() => {
      if (this.#closed) return;
      this.#cancel = this.#dependencies.clock.schedule(this.#options.retryMs, () => {
        this.#isBusy = false;
        this.#look();
      });
    });
  }

  async #answer(deadline: number): Promise<void> {
    const { key, domain } = this.#options;
    const { sender, logger } = this.#dependencies;
    const oracle = key.address;
    const fields = { deadline: new Date(deadline * 1_000).toISOString() };
    try {
      const data = answerData(domain, { oracle, deadline: BigInt(deadline) });
      await sender.answer(oracle, compactSignature(await key.signBytes(typedDataBytes(data))));
      logger.info("answered a challenge", fields);
    } catch (error) {
      // Somebody else may have brought it; otherwise this is serious, for without an answer this oracle is removed.
      if (this.#dependencies.challenges.deadlineOf(oracle) !== deadline) return;
      logger.error("the answer to a challenge did not go through", { ...fields, error: describeError(error) });
    }
  }
}
