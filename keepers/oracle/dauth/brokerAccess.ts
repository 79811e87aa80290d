import type { Clock } from "../../core/clock.js";
import type { Address } from "../../protocol/bytes.js";
import { heartbeatTopic } from "../../protocol/heartbeat.js";
import { oracleTopic } from "../../protocol/oracleMessages.js";
import type { SigningKey } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { BrokerClient } from "../../transport/embeddedBroker.js";
import type { OracleDirectory, StandingSource } from "./chainViews.js";
import { type Credential, type Credentials, issueCredentials, readCredential } from "./credentials.js";

export interface BrokerAccessOptions {
  readonly domain: SigningDomain;
  /** No credential that expires later than this from now is believed, whoever signed it; seconds. */
  readonly maximumSeconds: number;
}

export interface BrokerAccessDependencies {
  readonly standing: StandingSource;
  readonly oracles: OracleDirectory;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Who may connect to a broker and what they may do there, as the chain is now: a node publishes under its own heartbeat topic
 * and hears nothing; an oracle publishes under its own two topics and hears everything of its network. An oracle signs its
 * own credentials, and nobody else's signature lets anybody in as an oracle.
 */
export class BrokerAccess {
  readonly #options: BrokerAccessOptions;
  readonly #dependencies: BrokerAccessDependencies;

  constructor(options: BrokerAccessOptions, dependencies: BrokerAccessDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Fits `EmbeddedBroker`'s `authenticate`. */
  readonly authenticate = (username: string | undefined, password: string | undefined): boolean => {
    const credential = readCredential(this.#options.domain, username, password);
    return credential !== undefined && this.#isCurrent(credential) && this.#isTrusted(credential);
  };

  /** Fits `EmbeddedBroker`'s `authorize`. */
  readonly authorize = (client: BrokerClient, action: "publish" | "subscribe", topic: string): boolean => {
    const { username } = client;
    if (username === undefined) return false;
    const isOracle = this.#isOracle(username);
    if (action === "subscribe") return isOracle && topic.startsWith(`r1/${this.#chainId}/`);
    if (topic === heartbeatTopic(this.#chainId, username)) return isOracle || this.#isActive(username);
    return isOracle && topic === oracleTopic(this.#chainId, username);
  };

  /** Whether a connected client lost its right to be: to be cut off with `EmbeddedBroker.disconnect` when the chain moves. */
  readonly isUnwelcome = ({ username }: BrokerClient): boolean => {
    if (username === undefined) return true;
    const standing = this.#dependencies.standing.standingOf(username);
    return standing?.ok === false && !this.#isOracle(username);
  };

  get #chainId(): bigint {
    return this.#options.domain.chainId;
  }

  #isCurrent({ expiresAt }: Credential): boolean {
    const now = this.#dependencies.clock.now() / 1_000;
    return expiresAt > now && expiresAt <= now + this.#options.maximumSeconds;
  }

  #isTrusted({ node, issuer }: Credential): boolean {
    if (this.#isOracle(node)) return issuer === node;
    return this.#isOracle(issuer) && this.#isActive(node);
  }

  #isOracle(address: Address): boolean {
    return this.#dependencies.oracles.oracles().includes(address);
  }

  #isActive(node: Address): boolean {
    return this.#dependencies.standing.standingOf(node)?.ok === true;
  }
}

/** An oracle's own credentials, made anew for each connection: the callback that an `MqttBus` takes. */
export function ownCredentials(
  options: { readonly domain: SigningDomain; readonly lifetimeSeconds: number },
  dependencies: { readonly key: SigningKey; readonly clock: Pick<Clock, "now"> },
): () => Promise<Credentials> {
  const { key, clock } = dependencies;
  return () => {
    const expiresAt = Math.floor(clock.now() / 1_000) + options.lifetimeSeconds;
    return Promise.resolve(issueCredentials(options.domain, key, { node: key.address, expiresAt }));
  };
}
