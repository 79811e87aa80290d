import type { Address } from "../../protocol/bytes.js";
import type { OracleContext } from "../../protocol/oracleMessages.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import { type MessageRejection, validateMessage } from "./messageValidator.js";
import type { EpochRunner } from "./runner.js";
import type { EpochChain } from "./types.js";

export interface InboxOptions {
  readonly context: OracleContext;
  readonly me: Address;
}

export interface InboxDependencies {
  readonly bus: MessageBus;
  readonly chain: EpochChain;
  readonly runner: EpochRunner;
}

/** How many messages came in, by verdict. */
export type InboxCounts = Record<"accepted" | "own" | MessageRejection, number>;

/** Reads the oracles' messages, and hands on those that are theirs. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #dependencies: InboxDependencies;
  readonly #counts: InboxCounts = {
    accepted: 0,
    own: 0,
    OVERSIZED: 0,
    MALFORMED: 0,
    NOT_AN_ORACLE: 0,
    OUT_OF_WINDOW: 0,
    FORGED: 0,
  };
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: InboxOptions, dependencies: InboxDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get counts(): Readonly<InboxCounts> {
    return this.#counts;
  }

  /** Resolves once messages will arrive. */
  async start(): Promise<void> {
    const filter = `r1/${this.#options.context.chainId}/oracle/+`;
    this.#unsubscribe = await this.#dependencies.bus.subscribe(filter, (_topic, payload) => this.#receive(payload));
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
  }

  #receive(payload: Uint8Array): void {
    const { chain, runner } = this.#dependencies;
    const verdict = validateMessage(payload, {
      ...this.#options,
      isOracle: (account) => chain.oracles().includes(account) || runner.isMember(account),
      isOpen: (epoch) => runner.isOpen(epoch),
    });
    if (verdict.verdict !== "accept") {
      this.#counts[verdict.verdict === "ignore" ? "own" : verdict.code] += 1;
      return;
    }
    this.#counts.accepted += 1;
    runner.deliver(verdict.decoded);
  }
}
