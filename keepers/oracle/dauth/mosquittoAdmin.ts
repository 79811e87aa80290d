import type { Cancel, Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { backoffDelay, type BackoffOptions } from "../../core/retry.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import { DynamicSecurity, type SecurityCommand, type SecurityResponse } from "../../transport/dynamicSecurity.js";
import type { MessageBus } from "../../transport/messageBus.js";
import type { BrokerAccess } from "./brokerAccess.js";
import type { BrokerAdmin } from "./brokerAdmin.js";
import type { Credentials } from "./credentials.js";
import { GrantQueue, type PendingGrant } from "./grantQueue.js";
import { type Account, AccountBook, deleteClient, deleteRole, fingerprintOf } from "./mosquittoAccounts.js";
import { readBroker } from "./mosquittoView.js";

export interface MosquittoAdminOptions {
  readonly domain: SigningDomain;
  /** For the broker's answer to one batch of commands. */
  readonly timeoutMs: number;
  /** Milliseconds after which the broker's clients are read again, in case somebody else changed them. */
  readonly rereadMs: number;
  /** Waits after a failure. */
  readonly backoff: BackoffOptions;
  /** Grants that may wait; more are refused as busy. */
  readonly grantLimit: number;
}

export const defaultMosquittoAdminOptions = {
  timeoutMs: 30_000,
  rereadMs: 60_000,
  backoff: { baseMs: 250, maximumMs: 10_000 },
  grantLimit: 1_024,
} as const;

export interface MosquittoAdminDependencies {
  readonly access: BrokerAccess;
  /** Connected with the name and password of an administrator of dynamic security; closed with this. */
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const AT_ONCE = 32;
const EXISTS = /already exists/iu;
const MISSING = /not found/iu;

/**
 * Administers a Mosquitto through its dynamic security plugin: each credential is a client of its own with a role that lets it
 * do what `BrokerAccess` says, and no more. Revocations go before grants, grants before tidying up; all go in batches, one under way at a time. After
 * every failure and every reconnection the broker's own list is read first, and whoever has no right by the chain is deleted
 * from it, which cuts the connection.
 */
export class MosquittoAdmin implements BrokerAdmin {
  readonly #options: MosquittoAdminOptions;
  readonly #dependencies: MosquittoAdminDependencies;
  readonly #security: DynamicSecurity;
  readonly #book: AccountBook;
  readonly #grants: GrantQueue;
  readonly #revocations = new Set<string>();
  readonly #unusedRoles = new Set<string>();
  readonly #forget: () => void;
  #accounts = new Map<string, Account>();
  #roles = new Set<string>();
  /** When the broker's list was read; undefined while it is not known to be what is in `#accounts`. */
  #readAt: number | undefined;
  #working: Promise<void> | undefined;
  #failures = 0;
  #cancel: Cancel = () => undefined;
  #closed = false;

  private constructor(
    options: MosquittoAdminOptions,
    dependencies: MosquittoAdminDependencies,
    security: DynamicSecurity,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#security = security;
    this.#book = new AccountBook(options.domain);
    this.#grants = new GrantQueue({ limit: options.grantLimit });
    this.#forget = dependencies.bus.onConnection((connected) => {
      this.#readAt = undefined;
      if (connected) this.#work();
      else this.#grants.rejectAll(offline());
    });
    this.#work();
  }

  /** Rejects with `SUBSCRIPTION_REFUSED` when the broker is there and does not take the bus for an administrator's. */
  static async open(options: MosquittoAdminOptions, dependencies: MosquittoAdminDependencies): Promise<MosquittoAdmin> {
    const security = await DynamicSecurity.open(options, dependencies);
    return new MosquittoAdmin(options, dependencies, security);
  }

  /** Accounts at the broker, as far as is known. */
  get size(): number {
    return this.#accounts.size;
  }

  get problem(): string | undefined {
    if (!this.#dependencies.bus.connected) return "the broker's administrator has no connection to it";
    return this.#failures === 0 ? undefined : "the broker does not do what its administrator says; see the log";
  }

  grant(credentials: Credentials): Promise<void> {
    if (this.#closed || !this.#dependencies.bus.connected) return Promise.reject(offline());
    const credential = this.#dependencies.access.admit(credentials);
    if (credential === undefined)
      return Promise.reject(refused(credentials, "they are wrong, or the chain is against them"));
    const account = { ...credential, fingerprint: fingerprintOf(credentials.password) };
    const present = this.#accounts.get(account.username);
    if (this.#readAt !== undefined && isSame(present, account)) return Promise.resolve();
    const granted = this.#grants.add({ account, credentials });
    this.#work();
    return granted;
  }

  review(): void {
    const { access, clock } = this.#dependencies;
    for (const account of this.#accounts.values()) {
      if (!access.isWelcome(account)) this.#revocations.add(account.username);
    }
    if (this.#readAt !== undefined && clock.now() - this.#readAt >= this.#options.rereadMs) this.#readAt = undefined;
    this.#work();
  }

  /** Resolves when there is nothing left to do, or nothing can be done for now. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#forget();
    this.#cancel();
    this.#grants.rejectAll(offline());
    await this.#security.close();
    await this.idle();
    await this.#dependencies.bus.close();
  }

  #work(): void {
    if (this.#working !== undefined || this.#closed || !this.#dependencies.bus.connected) return;
    this.#cancel();
    this.#working = this.#workOff()
      .catch((error: unknown) => this.#tryLater(error))
      .finally(() => {
        this.#working = undefined;
        if (this.#failures === 0 && this.#hasWork()) this.#work();
      });
  }

  async #workOff(): Promise<void> {
    while (!this.#closed && this.#hasWork()) {
      if (this.#readAt === undefined) await this.#read();
      else if (this.#revocations.size > 0) await this.#revokeSome();
      else if (this.#grants.size > 0) await this.#grantSome();
      else await this.#deleteSomeRoles();
      this.#failures = 0;
    }
  }

  #hasWork(): boolean {
    return this.#readAt === undefined || this.#revocations.size + this.#grants.size + this.#unusedRoles.size > 0;
  }

  #tryLater(error: unknown): void {
    this.#readAt = undefined;
    if (this.#closed) return;
    const { clock, random, logger } = this.#dependencies;
    const delayMs = backoffDelay(this.#failures, this.#options.backoff, random);
    this.#failures += 1;
    logger.warn("administering the broker failed", { error: describeError(error), delayMs });
    this.#cancel = clock.schedule(delayMs, () => this.#work());
  }

  async #read(): Promise<void> {
    const { clock, access, logger } = this.#dependencies;
    const readAt = clock.now();
    const { accounts, roles } = await readBroker(this.#security, this.#book);
    this.#accounts = accounts;
    this.#roles = roles;
    this.#readAt = readAt;
    this.#revocations.clear();
    this.#unusedRoles.clear();
    for (const account of accounts.values()) if (!access.isWelcome(account)) this.#revocations.add(account.username);
    const counts = { accounts: accounts.size, unwelcome: this.#revocations.size };
    if (this.#failures > 0 || counts.unwelcome > 0) logger.info("the broker's accounts were read", counts);
  }

  /** Deleting a client cuts it off. Its role, which nobody has any more then, can wait. */
  async #revokeSome(): Promise<void> {
    const usernames = [...this.#revocations].slice(0, AT_ONCE);
    for (const username of usernames) this.#revocations.delete(username);
    const accounts = usernames.flatMap((username) => this.#accounts.get(username) ?? []);
    for (const { username } of accounts) this.#accounts.delete(username);
    await this.#run(usernames.map(deleteClient), MISSING);
    const roles = new Set(accounts.map((account) => this.#book.roleOf(account)));
    for (const account of this.#accounts.values()) roles.delete(this.#book.roleOf(account));
    for (const role of roles) this.#unusedRoles.add(role);
    const { logger } = this.#dependencies;
    for (const { username, expiresAt } of accounts) logger.info("access to the broker ended", { username, expiresAt });
  }

  async #deleteSomeRoles(): Promise<void> {
    const roles = [...this.#unusedRoles].slice(0, AT_ONCE);
    for (const role of roles) {
      this.#unusedRoles.delete(role);
      this.#roles.delete(role);
    }
    await this.#run(roles.map(deleteRole), MISSING);
  }

  async #grantSome(): Promise<void> {
    const pending = this.#grants.take(AT_ONCE);
    try {
      await this.#grantAll(pending.filter((grant) => this.#mayStill(grant)));
    } catch (error) {
      for (const grant of pending) grant.reject(error);
      throw error;
    }
  }

  /** The chain may have moved, and the broker's list have been read, while the grant was waiting. */
  #mayStill(grant: PendingGrant): boolean {
    const { account, credentials } = grant;
    const present = this.#accounts.get(account.username);
    if (isSame(present, account)) grant.resolve();
    else if (present !== undefined && present.issuedAt > account.issuedAt) grant.reject(replaced(credentials));
    else if (!this.#dependencies.access.isWelcome(account))
      grant.reject(refused(credentials, "the chain is against them"));
    else return true;
    return false;
  }

  async #grantAll(grants: readonly PendingGrant[]): Promise<void> {
    if (grants.length === 0) return;
    const rolesFirst = this.#missingRoles(grants);
    const responses = await this.#run([...rolesFirst, ...grants.map((grant) => this.#clientCommand(grant))], EXISTS);
    for (const { rolename } of rolesFirst) this.#roles.add(String(rolename));
    const answers = responses.slice(rolesFirst.length);
    grants.forEach((grant, index) => this.#conclude(grant, answers[index]));
  }

  #missingRoles(grants: readonly PendingGrant[]): SecurityCommand[] {
    const commands = new Map<string, SecurityCommand>();
    for (const { account } of grants) {
      const role = this.#book.roleOf(account);
      this.#unusedRoles.delete(role);
      if (this.#roles.has(role)) continue;
      commands.set(role, this.#book.createRole(account, this.#dependencies.access.rightsOf(account)));
    }
    return [...commands.values()];
  }

  #clientCommand({ account, credentials }: PendingGrant): SecurityCommand {
    if (this.#accounts.has(account.username)) return this.#book.changeClient(account, credentials);
    return this.#book.createClient(account, credentials);
  }

  /** A client that nobody knew of is another administrator's, or none of this network's: reading the list again will tell. */
  #conclude(grant: PendingGrant, answer: SecurityResponse | undefined): void {
    const { account, credentials } = grant;
    if (answer !== undefined && answer.error === undefined) {
      this.#accounts.set(account.username, account);
      return grant.resolve();
    }
    this.#readAt = undefined;
    if (this.#grants.putBack(grant)) return;
    grant.reject(refused(credentials, `the broker says ${JSON.stringify(answer?.error ?? "nothing")}`));
  }

  /** Errors other than the harmless ones mean that the broker is not as it is thought to be. */
  async #run(commands: readonly SecurityCommand[], harmless: RegExp): Promise<SecurityResponse[]> {
    const responses = await this.#security.run(commands);
    for (const { command, error } of responses) {
      if (error === undefined || harmless.test(error)) continue;
      this.#dependencies.logger.warn("the broker refused a command of its administrator", { command, error });
      this.#readAt = undefined;
    }
    return responses;
  }
}

function isSame(present: Account | undefined, account: Account): boolean {
  return present?.fingerprint === account.fingerprint && present.expiresAt === account.expiresAt;
}

function offline(): KeeperError {
  const message = "the broker cannot be administered now, so nobody new can be let in; try again in a few seconds";
  return new KeeperError("BROKER_ADMIN_OFFLINE", message, { retriable: true });
}

function refused({ username }: Credentials, why: string): KeeperError {
  return new KeeperError("CREDENTIALS_REFUSED", `the credentials of ${username.slice(0, 100)} let nobody in: ${why}`);
}

function replaced(credentials: Credentials): KeeperError {
  return refused(credentials, "newer ones replaced them");
}
