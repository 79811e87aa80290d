import type { Clock } from "../core/clock.js";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { backoffDelay, retry, type BackoffOptions } from "../core/retry.js";
import type { Address } from "../protocol/bytes.js";
import type { SessionSource, Verdict } from "./dauthClient.js";
import type { NodeSession, Refusal } from "./session.js";
import { NodeRefusedError } from "./standing.js";

export interface SessionKeeperOptions {
  readonly node: Address;
  readonly operator?: Address | undefined;
  /** Waits between attempts while nobody answers, or while the node is refused. */
  readonly backoff: BackoffOptions;
}

export interface SessionKeeperDependencies {
  readonly source: SessionSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What a broker wants to know of a client. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The same as the username, which is how brokers keep clients from pushing each other out. */
  readonly clientId: string;
}

type Listener = (verdict: Verdict) => void;

/** A session is renewed after this part of its life, so that some attempts fit into the rest. */
const renewAfter = 0.6;
/** Bounds of the wait before a renewal, whatever the clocks of node and oracle say of each other. */
const shortestLifeMs = 1_000;
const longestLifeMs = 86_400_000;

/**
 * Has a session at all times: renews it before it ends, and while the node is refused goes on asking, because bans are
 * lifted and deeds associated again. Listeners hear every later verdict.
 */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #dependencies: SessionKeeperDependencies;
  readonly #listeners = new Set<Listener>();
  readonly #abort = new AbortController();
  #session: NodeSession | undefined;
  #refusal: Refusal | undefined;
  #unused = false;
  #failures = 0;
  #grants = 0;
  #grantedAt: number | undefined;
  #asking: Promise<Verdict> | undefined;
  #cancel: () => void = () => undefined;

  constructor(options: SessionKeeperOptions, dependencies: SessionKeeperDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** The last session granted, unless the node was refused since. */
  get session(): NodeSession | undefined {
    return this.#session;
  }

  /** Sessions granted so far, and when the last one was, milliseconds since 1970. */
  get grants(): { readonly count: number; readonly lastAt: number | undefined } {
    return { count: this.#grants, lastAt: this.#grantedAt };
  }

  /** Why the node may not work at present. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The first session. Asks until somebody answers; rejects with `NodeRefusedError`, or `CLOSED` when closed. */
  async open(): Promise<NodeSession> {
    const { backoff } = this.#options;
    const { logger } = this.#dependencies;
    const onRetry = (error: unknown, attempt: number, delayMs: number): void =>
      logger.warn("no oracle answers; asking again", { error: describeError(error), attempt, delayMs });
    const options = { ...backoff, attempts: Infinity, signal: this.#abort.signal, onRetry };
    const verdict = await retry(() => this.#ask(), options, this.#dependencies);
    if (verdict.kind === "refused") throw this.#error(verdict.refusal);
    return verdict.session;
  }

  /**
   * Credentials for one connection: those of a session that was never used, or else of a new one. While no oracle answers,
   * the last ones. Rejects with `NodeRefusedError` or `DAUTH_UNAVAILABLE`.
   */
  async credentials(): Promise<Credentials> {
    if (!this.#unused || this.#expired()) await this.#renewForConnection();
    if (this.#session === undefined) throw this.#refusedOrUnavailable();
    this.#unused = false;
    const { username, password } = this.#session;
    return { username, password: password.reveal(), clientId: username };
  }

  /** Hears every verdict; gives a function that ends the hearing. */
  onVerdict(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Idempotent; a question on its way is dropped. */
  close(): void {
    this.#cancel();
    this.#listeners.clear();
    this.#abort.abort(new KeeperError("CLOSED", "the node is closing"));
  }

  /** One question at a time: whoever asks meanwhile shares the answer. */
  #ask(elsewhere = false): Promise<Verdict> {
    this.#asking ??= this.#dependencies.source
      .request({ signal: this.#abort.signal, elsewhere })
      .then((verdict) => this.#settle(verdict))
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  #settle(verdict: Verdict): Verdict {
    this.#abort.signal.throwIfAborted();
    if (verdict.kind === "granted") this.#grant(verdict.session);
    else this.#refuse(verdict.refusal);
    for (const listener of this.#listeners) listener(verdict);
    return verdict;
  }

  #grant(session: NodeSession): void {
    this.#session = session;
    this.#grants += 1;
    this.#grantedAt = this.#dependencies.clock.now();
    this.#refusal = undefined;
    this.#unused = true;
    this.#failures = 0;
    const lifeMs = session.expiresAt * 1_000 - this.#dependencies.clock.now();
    this.#plan(Math.min(Math.max(lifeMs * renewAfter, shortestLifeMs), longestLifeMs));
  }

  #refuse(refusal: Refusal): void {
    if (this.#session !== undefined)
      this.#dependencies.logger.error(this.#error(refusal).message, refusalFields(refusal));
    this.#session = undefined;
    this.#unused = false;
    this.#refusal = refusal;
    this.#planAgain();
  }

  #planAgain(): void {
    const { backoff } = this.#options;
    this.#plan(backoffDelay(this.#failures, backoff, this.#dependencies.random));
    this.#failures += 1;
  }

  #plan(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#dependencies.clock.schedule(delayMs, () => this.#renew());
  }

  async #renew(): Promise<void> {
    try {
      await this.#ask();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const expiresAt = this.#session?.expiresAt;
      this.#dependencies.logger.warn("the session could not be renewed", { error: describeError(error), expiresAt });
      this.#planAgain();
    }
  }

  /** A connection that ended may have ended because of its broker or its oracle: another oracle is asked first. */
  async #renewForConnection(): Promise<void> {
    try {
      await this.#ask(this.#session !== undefined);
    } catch (error) {
      if (this.#session === undefined) throw error;
      this.#dependencies.logger.warn("no oracle answers; connecting with the last credentials", {
        error: describeError(error),
      });
    }
  }

  #expired(): boolean {
    return this.#session === undefined || this.#session.expiresAt * 1_000 <= this.#dependencies.clock.now();
  }

  #refusedOrUnavailable(): KeeperError {
    if (this.#refusal !== undefined) return this.#error(this.#refusal);
    return new KeeperError("DAUTH_UNAVAILABLE", "there is no session yet", { retriable: true });
  }

  #error(refusal: Refusal): NodeRefusedError {
    return new NodeRefusedError(refusal, this.#options);
  }
}

function refusalFields({ code, oracle }: Refusal): { code: string; oracle: string } {
  return { code, oracle };
}
