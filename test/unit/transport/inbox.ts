import type { MessageHandler } from "../../../keepers/transport/messageBus.js";

/** Collects messages as `topic=text`, and lets a test wait for a number of them. */
export class Inbox {
  readonly messages: string[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  readonly handler: MessageHandler = (topic, payload) => {
    this.messages.push(`${topic}=${new TextDecoder().decode(payload)}`);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.messages.length < count) return true;
      resolve();
      return false;
    });
  };

  /** Resolves with the messages when there are at least `count`. */
  async waitFor(count: number): Promise<string[]> {
    if (this.messages.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    }
    return this.messages;
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
