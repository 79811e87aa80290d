import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import type { OracleContext } from "../../protocol/oracleMessages.js";
import { oracleTopic } from "../../protocol/oracleMessages.js";
import type { MessageDesk } from "./messageDesk.js";

export interface InboxOptions {
  readonly context: OracleContext;
}

export interface InboxDependencies {
  readonly bus: Pick<MessageBus, "subscribe">;
  readonly runner: { readonly desk: Pick<MessageDesk, "receive"> };
}

/** Reads the oracles' messages off the bus. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #dependencies: InboxDependencies;
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: InboxOptions, dependencies: InboxDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Resolves once messages will arrive. */
  async start(): Promise<void> {
    const { bus, runner } = this.#dependencies;
    const filter = oracleTopic(this.#options.context.chainId, "+");
    this.#unsubscribe = await bus.subscribe(filter, (topic, payload) => runner.desk.receive(topic, payload));
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
  }
}
