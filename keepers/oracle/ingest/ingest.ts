import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { heartbeatTopic } from "../../protocol/heartbeat.js";
import type { SlotStore } from "../../storage/slotStore.js";
import type { ServiceDesk } from "../service/serviceDesk.js";
import type { MessageBus, Unsubscribe } from "../../transport/messageBus.js";
import { sharedFilter } from "../../transport/topics.js";
import type { HeardNodes } from "./heardNodes.js";
import type { HeartbeatValidator } from "./heartbeatValidator.js";
import { type Beat, type HeartbeatCode, heartbeatCodes, type HeartbeatVerdict } from "./verdict.js";
import type { LinkDirectory } from "./views.js";
import type { WaitingRoom } from "./waitingRoom.js";

/** What is counted: heartbeats that scored, that wait for their block, that could not be noted, and the refusals. */
export type IngestLabel = "ACCEPTED" | "WAITING" | "NOT_STORED" | HeartbeatCode;
export type IngestCounters = Readonly<Record<IngestLabel, number>>;

export interface HeartbeatIngestOptions {
  readonly chainId: bigint;
  /** Hears what the other members of this group do not; default everything. */
  readonly group?: string | undefined;
}

export interface HeartbeatIngestDependencies {
  readonly bus: Pick<MessageBus, "subscribe">;
  readonly validator: HeartbeatValidator;
  readonly waitingRoom: WaitingRoom;
  readonly heard: HeardNodes;
  readonly links: LinkDirectory;
  readonly slots: Pick<SlotStore, "mark">;
  /** None: nobody serves jobs. */
  readonly services?: Pick<ServiceDesk, "note" | "mark"> | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

/** Hears all nodes and notes in which slots, by this oracle's own clock. What it cannot note is counted and said, once. */
export class HeartbeatIngest {
  readonly #options: HeartbeatIngestOptions;
  readonly #dependencies: HeartbeatIngestDependencies;
  readonly #counters = emptyCounters();
  #unsubscribe: Promise<Unsubscribe> | undefined;
  #epoch = -1n;
  #storing = true;
  #closed = false;

  constructor(options: HeartbeatIngestOptions, dependencies: HeartbeatIngestDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get counters(): IngestCounters {
    return { ...this.#counters };
  }

  /** Begins to listen; resolves when the bus agreed, rejects as `MessageBus.subscribe` does. */
  async start(): Promise<void> {
    const { chainId, group } = this.#options;
    const all = heartbeatTopic(chainId, "+");
    const filter = group === undefined ? all : sharedFilter(group, all);
    this.#unsubscribe ??= this.#dependencies.bus.subscribe(filter, this.#hear);
    await this.#unsubscribe;
  }

  /** To be called when the chain moved, and before an epoch is scored: settles the beats that wait for a block. */
  recheck(): void {
    if (this.#closed) return;
    const { proven, expired } = this.#dependencies.waitingRoom.settle(this.#dependencies.clock.now());
    for (const beat of proven) this.#mark(beat);
    this.#counters.UNKNOWN_BLOCK += expired.length;
  }

  /** Hears nothing more. Idempotent; the stores stay open. */
  async close(): Promise<void> {
    this.#closed = true;
    const unsubscribe = await this.#unsubscribe?.catch(() => undefined);
    await unsubscribe?.();
  }

  readonly #hear = (topic: string, payload: Uint8Array): void => {
    if (this.#closed) return;
    const { validator, clock } = this.#dependencies;
    this.#settle(validator.validate(topic, payload, clock.now()));
  };

  #settle(verdict: HeartbeatVerdict): void {
    switch (verdict.outcome) {
      case "accept":
        this.#note(verdict.beat);
        return this.#mark(verdict.beat);
      case "wait": {
        const { beat, block } = verdict;
        this.#note(beat);
        this.#counters[this.#dependencies.waitingRoom.add(beat, block) ? "WAITING" : "UNKNOWN_BLOCK"] += 1;
        return;
      }
      default:
        this.#counters[verdict.code] += 1;
    }
  }

  /** What waits is noted too: the same message must not wait again in the next slot. */
  #note(beat: Beat): void {
    const { heard, links, services } = this.#dependencies;
    heard.note(beat);
    if (beat.services.length > 0) services?.note(beat);
    if (beat.epoch === this.#epoch) return;
    this.#epoch = beat.epoch;
    heard.retain((node) => links.linkOfNode(node) !== undefined);
  }

  #mark(beat: Beat): void {
    const { epoch, slot, node, sequence, services } = beat;
    if (services.length > 0) this.#dependencies.services?.mark(beat);
    try {
      if (this.#dependencies.slots.mark(epoch, slot, node, sequence)) this.#counters.ACCEPTED += 1;
      else this.#counters.DUPLICATE_SLOT += 1;
      this.#storing = true;
    } catch (error) {
      this.#counters.NOT_STORED += 1;
      if (this.#storing) this.#dependencies.logger.error("heartbeats cannot be noted", { error: describeError(error) });
      this.#storing = false;
    }
  }
}

function emptyCounters(): Record<IngestLabel, number> {
  const labels: IngestLabel[] = ["ACCEPTED", "WAITING", "NOT_STORED", ...heartbeatCodes];
  return Object.fromEntries(labels.map((label) => [label, 0])) as Record<IngestLabel, number>;
}
