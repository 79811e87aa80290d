import { KeeperError } from "../../core/errors.js";
import type { Credentials } from "./credentials.js";
import type { Account } from "./mosquittoAccounts.js";

/** What is to be made known to a broker. */
export interface Grant {
  readonly account: Account;
  readonly credentials: Credentials;
}

export interface PendingGrant extends Grant {
  resolve(): void;
  reject(error: unknown): void;
  /** How often it was put back. */
  returns: number;
}

const MOST_RETURNS = 1;

/** Grants that wait for the broker: one for each username, the newest, and at most `limit`. */
export class GrantQueue {
  readonly #limit: number;
  readonly #pending = new Map<string, PendingGrant & { readonly done: Promise<void> }>();

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Resolves when it was done. Rejects with `BROKER_ADMIN_BUSY` (retriable), or with `CREDENTIALS_REFUSED` when a newer one of
   * the same username waits or comes.
   */
  add(grant: Grant): Promise<void> {
    const { username, issuedAt, fingerprint } = grant.account;
    const present = this.#pending.get(username);
    if (present?.account.fingerprint === fingerprint) return present.done;
    if (present !== undefined && present.account.issuedAt > issuedAt) return Promise.reject(replaced(username));
    if (present === undefined && this.#pending.size >= this.#limit) return Promise.reject(busy(this.#limit));
    present?.reject(replaced(username));
    const { promise: done, resolve, reject } = Promise.withResolvers<undefined>();
    // Whoever waits hears of it; a rejection that nobody waits for is no fault of the process.
    done.catch(() => undefined);
    this.#pending.set(username, { ...grant, done, returns: 0, resolve: () => resolve(undefined), reject });
    return done;
  }

  /** Takes the oldest ones out. */
  take(count: number): PendingGrant[] {
    const taken = [...this.#pending.values()].slice(0, count);
    for (const { account } of taken) this.#pending.delete(account.username);
    return taken;
  }

  /** To try it once more; false when that was done already, or a newer one has come. */
  putBack(grant: PendingGrant): boolean {
    const { username } = grant.account;
    if (grant.returns >= MOST_RETURNS || this.#pending.has(username)) return false;
    const { promise: done, resolve, reject } = Promise.withResolvers<undefined>();
    done.then(
      () => grant.resolve(),
      (error: unknown) => grant.reject(error),
    );
    this.#pending.set(username, {
      ...grant,
      done,
      returns: grant.returns + 1,
      resolve: () => resolve(undefined),
      reject,
    });
    return true;
  }

  rejectAll(error: KeeperError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const grant of pending) grant.reject(error);
  }
}

function busy(limit: number): KeeperError {
  return new KeeperError("BROKER_ADMIN_BUSY", `${limit} clients wait to be let in already`, { retriable: true });
}

function replaced(username: string): KeeperError {
  return new KeeperError("CREDENTIALS_REFUSED", `newer credentials of ${username} replaced these`);
}
