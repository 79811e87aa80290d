import type { Clock } from "../../core/clock.js";
import type { EmbeddedBroker } from "../../transport/embeddedBroker.js";
import type { Signer } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { BrokerGate } from "./brokerGate.js";
import { type Credentials, issueCredentials } from "./credentials.js";

/** Whoever makes a broker let people in and cuts them off. */
export interface BrokerAdmin {
  /**
   * Resolves once the broker knows these credentials. Rejects with `CREDENTIALS_REFUSED` when the chain is against them or
   * they were replaced, and with retriable errors while the broker, its administrator or the chain is away.
   */
  grant(credentials: Credentials): Promise<void>;
  /** Ends the access of those who lost their right, and of expired credentials. To be called when the chain has moved. */
  review(): void;
  /** One sentence while the broker cannot be administered, for people. */
  readonly problem: string | undefined;
  /** Idempotent; nobody loses access by it. */
  close(): Promise<void>;
}

/** For brokers that check the credentials themselves, elsewhere. */
export const noAdmin: BrokerAdmin = {
  grant: () => Promise.resolve(),
  review: () => undefined,
  problem: undefined,
  close: () => Promise.resolve(),
};

/** Administers the embedded broker: a gate answers its questions, so only leaving has to be seen to. */
export class EmbeddedAdmin implements BrokerAdmin {
  readonly problem = undefined;
  readonly #broker: Pick<EmbeddedBroker, "disconnect">;
  readonly #gate: BrokerGate;

  constructor(dependencies: { readonly broker: Pick<EmbeddedBroker, "disconnect">; readonly gate: BrokerGate }) {
    this.#broker = dependencies.broker;
    this.#gate = dependencies.gate;
  }

  grant(): Promise<void> {
    return Promise.resolve();
  }

  review(): void {
    this.#gate.prune();
    this.#broker.disconnect(this.#gate.isUnwelcome);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface OwnCredentialsOptions {
  readonly domain: SigningDomain;
  readonly lifetimeSeconds: number;
  /** For every process of the oracle but the first: its number, 1 … 999. */
  readonly worker?: number | undefined;
}

export interface OwnCredentialsDependencies {
  readonly key: Signer;
  readonly clock: Pick<Clock, "now">;
  readonly admin?: Pick<BrokerAdmin, "grant">;
}

/** An oracle's own credentials, made anew for each connection: the callback that an `MqttBus` takes. */
export function ownCredentials(
  { domain, lifetimeSeconds, worker }: OwnCredentialsOptions,
  { key, clock, admin = noAdmin }: OwnCredentialsDependencies,
): () => Promise<Credentials & { readonly clientId: string }> {
  return async () => {
    const issuedAt = Math.floor(clock.now() / 1_000);
    const terms = { node: key.address, issuedAt, expiresAt: issuedAt + lifetimeSeconds, worker };
    const credentials = await issueCredentials(domain, key, terms);
    await admin.grant(credentials);
    return { ...credentials, clientId: credentials.username };
  };
}
