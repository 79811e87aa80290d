import { describeError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { MessageHandler } from "./messageBus.js";
import { matches, ownFilter } from "./topics.js";

interface Registration {
  /** What topics are held against. */
  readonly own: string;
  readonly handlers: readonly MessageHandler[];
}

/** Which handlers a bus has, by filter. */
export class Subscriptions {
  readonly #registrations = new Map<string, Registration>();
  readonly #logger: Logger | undefined;

  constructor(dependencies: { readonly logger?: Logger | undefined }) {
    this.#logger = dependencies.logger;
  }

  get filters(): string[] {
    return [...this.#registrations.keys()];
  }

  has(filter: string): boolean {
    return this.#registrations.has(filter);
  }

  add(filter: string, handler: MessageHandler): void {
    this.#set(filter, [...this.#of(filter), handler]);
  }

  /** Takes one registration of `handler` away; true when nobody is left for the filter. */
  remove(filter: string, handler: MessageHandler): boolean {
    const handlers = [...this.#of(filter)];
    const index = handlers.indexOf(handler);
    if (index < 0) return false;
    handlers.splice(index, 1);
    if (handlers.length > 0) this.#set(filter, handlers);
    else this.#registrations.delete(filter);
    return handlers.length === 0;
  }

  clear(): void {
    this.#registrations.clear();
  }

  /** Hands a message to every handler with a matching filter, in the order of registration. */
  dispatch(topic: string, payload: Uint8Array): void {
    for (const { own, handlers } of this.#registrations.values()) {
      if (!matches(own, topic)) continue;
      for (const handler of handlers) this.#call(handler, topic, payload);
    }
  }

  #of(filter: string): readonly MessageHandler[] {
    return this.#registrations.get(filter)?.handlers ?? [];
  }

  #set(filter: string, handlers: readonly MessageHandler[]): void {
    this.#registrations.set(filter, { own: ownFilter(filter), handlers });
  }

  #call(handler: MessageHandler, topic: string, payload: Uint8Array): void {
    try {
      handler(topic, payload);
    } catch (error) {
      this.#logger?.error("a message handler failed", { topic, error: describeError(error) });
    }
  }
}
