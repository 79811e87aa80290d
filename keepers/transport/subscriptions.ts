import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { MessageHandler } from "./messageBus.js";
import { matches } from "./topics.js";

/** Which handlers a bus has, by filter. */
export class Subscriptions {
  readonly #handlers = new Map<string, MessageHandler[]>();
  readonly #logger: Logger | undefined;

  constructor(dependencies: { readonly logger?: Logger | undefined }) {
    this.#logger = dependencies.logger;
  }

  get filters(): string[] {
    return [...this.#handlers.keys()];
  }

  has(filter: string): boolean {
    return this.#handlers.has(filter);
  }

  add(filter: string, handler: MessageHandler): void {
    this.#handlers.set(filter, [...(this.#handlers.get(filter) ?? []), handler]);
  }

  /** Takes one registration of `handler` away; true when nobody is left for the filter. */
  remove(filter: string, handler: MessageHandler): boolean {
    const handlers = [...(this.#handlers.get(filter) ?? [])];
    const index = handlers.indexOf(handler);
    if (index < 0) return false;
    handlers.splice(index, 1);
    if (handlers.length > 0) this.#handlers.set(filter, handlers);
    else this.#handlers.delete(filter);
    return handlers.length === 0;
  }

  clear(): void {
    this.#handlers.clear();
  }

  /** Hands a message to every handler with a matching filter, in the order of registration. */
  dispatch(topic: string, payload: Uint8Array): void {
    for (const [filter, handlers] of this.#handlers) {
      if (!matches(filter, topic)) continue;
      for (const handler of handlers) this.#call(handler, topic, payload);
    }
  }

  #call(handler: MessageHandler, topic: string, payload: Uint8Array): void {
    try {
      handler(topic, payload);
    } catch (error) {
      this.#logger?.error("a message handler failed", { topic, error: describeError(error) });
    }
  }
}
