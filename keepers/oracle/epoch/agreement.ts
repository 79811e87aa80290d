import type { Cancel, Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { OracleKind } from "../../protocol/oracleBodies.js";
import type { DecodedOracleMessage, MessageOf, OracleMessage } from "../../protocol/oracleMessages.js";
import { restoreEpoch } from "../consensus/epoch.js";
import { transition } from "../consensus/machine.js";
import type {
  Effect,
  EpochConfig,
  EpochState,
  Equivocation,
  Event,
  OwnObservation,
  Timeout,
  Transition,
} from "../consensus/types.js";
import type { TalliedVerdict } from "../validation/tally.js";
import type { MessageCode } from "../validation/verdict.js";
import type { Outbox } from "./outbox.js";
import { SenderQuota } from "./senderQuota.js";
import type { VotingLog } from "./votingLog.js";

export interface AgreementOptions {
  readonly config: EpochConfig;
  /** Undefined: not eligible; votes, and reports nothing. */
  readonly observation: OwnObservation | undefined;
  /** After the log or the signer failed: how long until the agreement is taken up again from what is on disk. Milliseconds. */
  readonly retryMs: number;
}

export interface AgreementDependencies {
  readonly clock: Clock;
  readonly log: VotingLog;
  readonly outbox: Outbox;
  /** Makes durable what this oracle has to have, besides its log, when others rely on what it says. */
  readonly beforeSpeaking: () => Promise<void>;
}

/** What the agreement tells whoever started it. */
export interface AgreementListener {
  onDecided(decision: MessageOf<"decision">): void;
  onProgress(state: EpochState): void;
  onEvidence(evidence: Equivocation): void;
  /** What became of another oracle's message. */
  onVerdict(kind: OracleKind, verdict: TalliedVerdict): void;
  /** The log cannot be written, or nothing be signed: this oracle says nothing until it can. */
  onHalted(why: string): void;
}

/**
 * Messages of one oracle that wait, for example for the disk; what it sends beyond that is dropped, for what matters is said
 * again. Time-outs are never dropped.
 */
const WAITING = { mostMessages: 128, mostBytes: 1_048_576 };

/**
 * The shell around one epoch's state machine: feeds it events one at a time and does what it asks for, in order, waiting for
 * the disk before anything is said. Stays after the decision to answer those who have not heard of it.
 */
export class Agreement {
  readonly #options: AgreementOptions;
  readonly #dependencies: AgreementDependencies;
  readonly #listener: AgreementListener;
  readonly #waiting: Event[] = [];
  readonly #quota = new SenderQuota(WAITING);
  readonly #timers = new Set<Cancel>();
  #state: EpochState | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #closed = false;

  constructor(options: AgreementOptions, dependencies: AgreementDependencies, listener: AgreementListener) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#listener = listener;
  }

  get config(): EpochConfig {
    return this.#options.config;
  }

  /** The machine's state; undefined before the start and while the log fails. */
  get state(): EpochState | undefined {
    return this.#state;
  }

  /** Begins, or goes on from what the log holds of this epoch. */
  start(): void {
    if (this.#closed) return;
    const { config, observation } = this.#options;
    const first = restoreEpoch(config, this.#dependencies.log.recordsOf(config), observation);
    this.#run(() => this.#apply(first));
  }

  /** Events that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Hands in a message whose signature was found to be its sender's. Gives the reason when it goes no further. */
  deliver(decoded: DecodedOracleMessage): MessageCode | undefined {
    if (this.#closed) return "too-late";
    const refusal = this.#quota.enter(decoded);
    if (!refusal) this.#push({ type: "message", decoded });
    return refusal;
  }

  /** Says nothing more; waits for the disk. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimers();
    await this.#running;
  }

  #push(event: Event): void {
    if (this.#closed) return;
    this.#waiting.push(event);
    if (this.#state && !this.#isRunning) this.#run(() => Promise.resolve());
  }

  #run(first: () => Promise<void>): void {
    this.#isRunning = true;
    this.#running = this.#drain(first)
      .catch((error: unknown) => this.#halt(error))
      .finally(() => {
        this.#isRunning = false;
      });
  }

  async #drain(first: () => Promise<void>): Promise<void> {
    await first();
    for (let event = this.#next(); event && this.#state; event = this.#next()) {
      const step = transition(this.#state, event);
      this.#report(event, step.effects);
      await this.#apply(step);
    }
  }

  #next(): Event | undefined {
    const event = this.#waiting.shift();
    if (event?.type === "message") this.#quota.leave(event.decoded);
    return event;
  }

  #report(event: Event, effects: readonly Effect[]): void {
    if (event.type !== "message" || event.decoded.message.sender === this.#options.config.me) return;
    const refusal = effects.find((effect) => effect.type === "reject");
    this.#listener.onVerdict(event.decoded.message.kind, refusal?.code ?? "accepted");
  }

  async #apply({ state, effects }: Transition): Promise<void> {
    this.#state = state;
    const said: Event[] = [];
    for (const effect of effects) {
      if (this.#closed) return;
      if (effect.type === "persist") await this.#persist(state.config, effect.record);
      else if (effect.type === "broadcast") said.push({ type: "message", decoded: await this.#say(effect.message) });
      else this.#perform(effect);
    }
    // What this oracle said counts for itself too, before anything that others said since.
    this.#waiting.unshift(...said);
    this.#listener.onProgress(state);
  }

  async #persist(config: EpochConfig, record: Uint8Array): Promise<void> {
    await this.#dependencies.beforeSpeaking();
    await this.#dependencies.log.append(config, record);
  }

  #say(message: OracleMessage): Promise<DecodedOracleMessage> {
    return this.#dependencies.outbox.say(message);
  }

  #perform(effect: Exclude<Effect, { type: "persist" | "broadcast" }>): void {
    switch (effect.type) {
      case "relay":
        return this.#dependencies.outbox.pass(effect.envelope);
      case "schedule":
        return this.#schedule(effect.timeout, effect.ms);
      case "reject":
        return;
      case "evidence":
        return this.#listener.onEvidence(effect);
      case "decided":
        return this.#listener.onDecided(effect.decision);
    }
  }

  #schedule(timeout: Timeout, ms: number): void {
    this.#later(ms, () => this.#push({ type: "timeout", timeout }));
  }

  #later(ms: number, task: () => void): void {
    const cancel = this.#dependencies.clock.schedule(ms, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }

  /** Whatever was not written was not said. Later everything starts again from the disk, as after a crash. */
  #halt(error: unknown): void {
    if (this.#closed) return;
    const why = describeError(error);
    this.#state = undefined;
    this.#waiting.length = 0;
    this.#quota.clear();
    this.#stopTimers();
    this.#listener.onHalted(why);
    this.#later(this.#options.retryMs, () => this.start());
  }

  #stopTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
