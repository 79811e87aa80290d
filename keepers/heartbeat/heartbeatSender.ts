import type { Cancel, Clock } from "../core/clock.js";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { Address } from "../protocol/bytes.js";
import { heartbeatTopic, MAX_CONTAINERS, signedHeartbeat, type ContainerReport } from "../protocol/heartbeat.js";
import type { Signer } from "../protocol/signing.js";
import type { BlockReference } from "./blockTracker.js";
import { Outage } from "./outage.js";
import { withTimeLimit } from "./timeLimit.js";

/** What a node is doing, as its heartbeats tell it. */
export interface Work {
  /** Basis points of the capacity in use; cut to 0 … 10,000. */
  readonly load: number;
  /** At most `MAX_CONTAINERS` are told. */
  readonly containers: readonly ContainerReport[];
}

/** The part of a message bus that heartbeats need. */
export interface HeartbeatBus {
  readonly connected: boolean;
  publish(topic: string, payload: Uint8Array): Promise<void>;
}

export interface HeartbeatSenderOptions {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  /** Milliseconds between two heartbeats, on average; also the time that sending one may take. */
  readonly intervalMs: number;
  /** Each wait lies within `intervalMs × (1 ± jitter)`, so that nodes do not beat in step. 0 … 0.5, default 0.2. */
  readonly jitter?: number;
}

export interface HeartbeatSenderDependencies {
  readonly key: Signer;
  readonly bus: HeartbeatBus;
  readonly blocks: { readonly current: BlockReference | undefined };
  readonly sequence: { next(): Promise<bigint> };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: idle, no containers. When it throws, that is told, and the heartbeat goes out without it. */
  readonly work?: () => Work;
}

export interface HeartbeatStatus {
  readonly sent: number;
  readonly failed: number;
  readonly paused: boolean;
  /** Milliseconds since 1970; undefined before the first. */
  readonly lastSentAt: number | undefined;
  readonly lastSequence: bigint | undefined;
}

type Sent = Pick<HeartbeatStatus, "lastSentAt" | "lastSequence">;

const idle: Work = { load: 0, containers: [] };
const maximumLoad = 10_000;
const maximumJitter = 0.5;
const defaultJitter = 0.2;

/**
 * Publishes a node's signed heartbeats. One that cannot be sent is lost, never sent later: it would tell of a moment that
 * is over. Failures of the broker, the chain or the disk never end the beating.
 */
export class HeartbeatSender {
  readonly #options: HeartbeatSenderOptions;
  readonly #dependencies: HeartbeatSenderDependencies;
  readonly #topic: string;
  readonly #jitter: number;
  readonly #outage: Outage;
  #first: PromiseWithResolvers<void> | undefined;
  #cancel: Cancel | undefined;
  #closed = false;
  #status: HeartbeatStatus;

  /** Throws `HEARTBEAT_OPTIONS_INVALID` for an interval or a jitter out of bounds. */
  constructor(options: HeartbeatSenderOptions, dependencies: HeartbeatSenderDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#jitter = options.jitter ?? defaultJitter;
    checkOptions(options.intervalMs, this.#jitter);
    this.#topic = heartbeatTopic(options.chainId, dependencies.key.address);
    this.#outage = new Outage({ what: "sending heartbeats" }, dependencies);
    this.#status = { sent: 0, failed: 0, paused: false, lastSentAt: undefined, lastSequence: undefined };
  }

  get status(): HeartbeatStatus {
    return this.#status;
  }

  /** Begins to beat. Resolves when the bus took the first heartbeat; rejects with `CLOSED` when closed before. */
  start(): Promise<void> {
    if (this.#first === undefined) {
      this.#first = Promise.withResolvers();
      this.#first.promise.catch(() => undefined);
      if (this.#closed) this.#first.reject(closedError());
      else this.#plan(0);
    }
    return this.#first.promise;
  }

  /** Stays silent until `resume`. */
  pause(): void {
    this.#status = { ...this.#status, paused: true };
  }

  /** Beats again, within an interval. */
  resume(): void {
    this.#status = { ...this.#status, paused: false };
  }

  /** Idempotent; a heartbeat on its way is not waited for. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#first?.reject(closedError());
  }

  #plan(delayMs: number): void {
    this.#cancel = this.#dependencies.clock.schedule(delayMs, () => this.#beat());
  }

  #delay(): number {
    return this.#options.intervalMs * (1 - this.#jitter + 2 * this.#jitter * this.#dependencies.random.next());
  }

  /** The next one is planned first: whatever happens to this one, the cadence stays. */
  async #beat(): Promise<void> {
    this.#plan(this.#delay());
    if (this.#status.paused) return;
    try {
      const { intervalMs } = this.#options;
      const sent = await withTimeLimit("sending a heartbeat", intervalMs, this.#send(), this.#dependencies);
      if (sent !== undefined) this.#succeeded(sent);
    } catch (error) {
      if (this.#closed) return;
      this.#status = { ...this.#status, failed: this.#status.failed + 1 };
      this.#outage.failed(error);
    }
  }

  #succeeded(sent: Sent): void {
    this.#status = { ...this.#status, ...sent, sent: this.#status.sent + 1 };
    this.#outage.succeeded();
    this.#first?.resolve();
  }

  /** Undefined when it was paused or closed before the heartbeat left. */
  async #send(): Promise<Sent | undefined> {
    const { bus, blocks, clock, sequence } = this.#dependencies;
    if (!bus.connected) throw new KeeperError("BUS_OFFLINE", "no connection to the broker", { retriable: true });
    const block = blocks.current;
    if (block === undefined) throw new KeeperError("NO_BLOCK", "the chain has not answered yet", { retriable: true });
    const lastSequence = await sequence.next();
    if (this.#closed || this.#status.paused) return undefined;
    const lastSentAt = clock.now();
    await bus.publish(this.#topic, await this.#sign(lastSequence, lastSentAt, block));
    return { lastSentAt, lastSequence };
  }

  #sign(sequence: bigint, sentAt: number, block: BlockReference): Promise<Uint8Array> {
    const { chainId, nodeRegistry } = this.#options;
    const { key } = this.#dependencies;
    const reference = { blockNumber: BigInt(block.number), blockHash: block.hash };
    const time = BigInt(Math.floor(sentAt));
    const identity = { chainId, nodeRegistry, node: key.address };
    return signedHeartbeat({ ...identity, sequence, time, ...reference, ...this.#work() }, key);
  }

  #work(): Work {
    try {
      const { load, containers } = this.#dependencies.work?.() ?? idle;
      const whole = Math.round(Math.min(Math.max(load, 0), maximumLoad));
      return { load: Number.isNaN(whole) ? 0 : whole, containers: containers.slice(0, MAX_CONTAINERS) };
    } catch (error) {
      this.#dependencies.logger.warn("the node's load is unknown", { error: describeError(error) });
      return idle;
    }
  }
}

function checkOptions(intervalMs: number, jitter: number): void {
  if (intervalMs > 0 && Number.isFinite(intervalMs) && jitter >= 0 && jitter <= maximumJitter) return;
  const message = `heartbeats want an interval above 0 ms and a jitter from 0 to ${maximumJitter}, got ${intervalMs} and ${jitter}`;
  throw new KeeperError("HEARTBEAT_OPTIONS_INVALID", message);
}

function closedError(): KeeperError {
  return new KeeperError("CLOSED", "the heartbeat sender is closed");
}
