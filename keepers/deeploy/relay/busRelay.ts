import type { Clock } from "../../core/clock.js";
import { KeeperError } from "../../core/errors.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { deeployRequestDigest } from "../../protocol/deeployRequest.js";
import {
  answerTopic,
  type CommandAnswer,
  commandTopic,
  decodeAnswer,
  encodeCommand,
  type SignedCommand,
} from "../../protocol/nodeCommand.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import type { Relay } from "../views.js";

export interface BusRelayOptions {
  readonly domain: SigningDomain;
  /** Milliseconds that a node has for the first piece of its answer. */
  readonly firstAnswerMs: number;
}

export interface BusRelayDependencies {
  readonly bus: MessageBus;
  readonly clock: Clock;
}

/** Pieces of one answer that may wait for a slow reader. */
const MAX_WAITING = 1_024;

/** Wallets' requests to nodes, and their answers, over the message bus. */
export class BusRelay implements Relay {
  readonly #options: BusRelayOptions;
  readonly #dependencies: BusRelayDependencies;
  /** By topic. */
  readonly #waiting = new Map<string, Pieces>();
  #unsubscribe: Unsubscribe | undefined;

  constructor(options: BusRelayOptions, dependencies: BusRelayDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Rejects with what subscribing rejects with. */
  async start(): Promise<void> {
    const { chainId } = this.#options.domain;
    this.#unsubscribe = await this.#dependencies.bus.subscribe(`r1/${chainId}/answer/+/+`, (topic, payload) => {
      this.#waiting.get(topic)?.arrive(payload);
    });
  }

  async *ask(node: Address, command: SignedCommand, signal: AbortSignal): AsyncIterable<CommandAnswer> {
    const { domain, firstAnswerMs } = this.#options;
    const { bus, clock } = this.#dependencies;
    const id: Hash = deeployRequestDigest(domain, command.request);
    const topic = answerTopic(domain.chainId, node, id);
    const pieces = new Pieces();
    this.#waiting.set(topic, pieces);
    const cancel = clock.schedule(firstAnswerMs, () => pieces.fail(silent(node, firstAnswerMs)));
    const onAbort = (): void => pieces.end();
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) pieces.end();
    try {
      // At most once: the broker would hand a command that waited to a node that comes back long after.
      await bus.publish(commandTopic(domain.chainId, node), encodeCommand(command));
      for await (const piece of pieces) {
        cancel();
        yield piece;
      }
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
      this.#waiting.delete(topic);
    }
  }

  /** Ends the answers under way. Idempotent. */
  async close(): Promise<void> {
    for (const pieces of this.#waiting.values()) pieces.end();
    await this.#unsubscribe?.();
  }
}

/** Pieces of one answer in their order, each once. */
class Pieces implements AsyncIterable<CommandAnswer> {
  readonly #ready: CommandAnswer[] = [];
  #next = 0;
  #ended = false;
  #failure: unknown;
  #wake: () => void = () => undefined;

  arrive(payload: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#take(decodeAnswer(payload));
    } catch (error) {
      this.fail(new KeeperError("ANSWER_BROKEN", "the node's answer makes no sense", { cause: error }));
    }
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = error;
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<CommandAnswer> {
    for (;;) {
      const piece = this.#ready.shift();
      if (piece !== undefined) yield piece;
      else if (!this.#ended) await this.#somethingNew();
      else if (this.#failure === undefined) return;
      else throw this.#failure as Error;
    }
  }

  #take(answer: CommandAnswer): void {
    if (answer.index < this.#next) return; // it came twice
    if (answer.index > this.#next) throw new KeeperError("ANSWER_BROKEN", `piece ${this.#next} is missing`);
    if (this.#ready.length >= MAX_WAITING) throw new KeeperError("ANSWER_BROKEN", "its pieces come too fast");
    this.#next += 1;
    this.#ready.push(answer);
    if (answer.last) this.#ended = true;
    this.#wake();
  }

  #somethingNew(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

function silent(node: Address, waitedMs: number): KeeperError {
  return new KeeperError("NODE_SILENT", `node ${node} did not answer within ${waitedMs} ms`, { retriable: true });
}
