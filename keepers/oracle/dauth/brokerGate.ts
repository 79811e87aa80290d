import type { Clock } from "../../core/clock.js";
import type { BrokerClient } from "../../transport/embeddedBroker.js";
import { matches } from "../../transport/topics.js";
import type { BrokerAccess } from "./brokerAccess.js";
import type { Credential } from "./credentials.js";

/**
 * `BrokerAccess` for a broker that asks: the embedded one. Credentials prove themselves, so nobody has to be told of them
 * before; of one username only the newest that was shown lets in.
 */
export class BrokerGate {
  readonly #access: BrokerAccess;
  readonly #clock: Pick<Clock, "now">;
  /** What each connection was let in with. */
  readonly #shown = new WeakMap<BrokerClient, Credential>();
  /** The newest of each username until it expires; at most one for each licensed node and issuer. */
  readonly #newest = new Map<string, Credential>();

  constructor(dependencies: { readonly access: BrokerAccess; readonly clock: Pick<Clock, "now"> }) {
    this.#access = dependencies.access;
    this.#clock = dependencies.clock;
  }

  /** Fits `EmbeddedBroker`'s `authenticate`. */
  readonly authenticate = (client: BrokerClient, password: string | undefined): boolean => {
    const { id, username } = client;
    if (username === undefined || password === undefined || id !== username) return false;
    const credential = this.#access.admit({ username, password });
    if (credential === undefined || this.#isReplaced(credential)) return false;
    this.#newest.set(username, credential);
    this.#shown.set(client, credential);
    return true;
  };

  /** Fits `EmbeddedBroker`'s `authorize`. */
  readonly authorize = (client: BrokerClient, action: "publish" | "subscribe", topic: string): boolean => {
    const credential = this.#shown.get(client);
    if (credential === undefined || !this.#access.isWelcome(credential)) return false;
    const rights = this.#access.rightsOf(credential);
    if (action === "publish") return rights.publish.some((filter) => matches(filter, topic));
    return rights.subscribe.some((filter) => topic === filter || isNarrower(topic, filter));
  };

  /** Whether a connected client lost its right to be: to be cut off with `EmbeddedBroker.disconnect`. */
  readonly isUnwelcome = (client: BrokerClient): boolean => {
    const credential = this.#shown.get(client);
    return credential === undefined || this.#isReplaced(credential) || !this.#access.isWelcome(credential);
  };

  /** Usernames that are remembered. */
  get size(): number {
    return this.#newest.size;
  }

  /** Forgets what has expired. */
  prune(): void {
    const now = this.#clock.now();
    for (const [username, { expiresAt }] of this.#newest) {
      if (expiresAt * 1_000 <= now) this.#newest.delete(username);
    }
  }

  #isReplaced({ username, issuedAt }: Credential): boolean {
    const newest = this.#newest.get(username);
    return newest !== undefined && newest.issuedAt > issuedAt;
  }
}

function isNarrower(filter: string, wider: string): boolean {
  return wider.endsWith("/#") && filter.startsWith(wider.slice(0, -1));
}
