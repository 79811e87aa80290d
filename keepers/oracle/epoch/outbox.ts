import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import {
  decodeMessage,
  type DecodedOracleMessage,
  type OracleContext,
  type OracleMessage,
  oracleTopic,
  signedMessage,
} from "../../protocol/oracleMessages.js";
import type { Signer } from "../../protocol/signing.js";
import type { MessageBus } from "../../transport/messageBus.js";

export interface OutboxOptions {
  readonly context: OracleContext;
  readonly key: Signer;
}

/** Signs and publishes what this oracle says. Nobody waits for the network: what gets lost is said again. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #bus: MessageBus;
  readonly #logger: Logger;
  readonly #topic: string;

  constructor(options: OutboxOptions, dependencies: { readonly bus: MessageBus; readonly logger: Logger }) {
    this.#options = options;
    this.#bus = dependencies.bus;
    this.#logger = dependencies.logger;
    this.#topic = oracleTopic(options.context.chainId, options.key.address);
  }

  /** Resolves with the signed message: it counts for its own author too. Rejects as the signer does; then nothing was said. */
  async say(message: OracleMessage): Promise<DecodedOracleMessage> {
    const envelope = await signedMessage(this.#options.key, this.#options.context, message);
    this.pass(envelope);
    return decodeMessage(envelope, this.#options.context);
  }

  /** Publishes another oracle's signed message as it is. */
  pass(envelope: Uint8Array): void {
    this.#bus.publish(this.#topic, envelope, { qos: 1 }).catch((error: unknown) => {
      this.#logger.debug("an oracle message was not delivered", { error: describeError(error) });
    });
  }
}
