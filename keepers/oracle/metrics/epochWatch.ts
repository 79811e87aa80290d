import type { Clock } from "../../core/clock.js";
import type { EpochEvent } from "../epoch/types.js";
import { STAGES } from "./definitions.js";
import type { OracleMetrics } from "./oracleMetrics.js";

interface Running {
  readonly epoch: bigint;
  readonly startedAt: number;
  /** −1 while reports are collected. */
  readonly round: number;
  readonly roundAt: number;
  readonly step: string;
  readonly stepAt: number;
}

/** Measures what happens to epochs, from what the runner tells of them. */
export class EpochWatch {
  readonly #metrics: OracleMetrics;
  readonly #clock: Pick<Clock, "now">;
  #running: Running | undefined;

  constructor(dependencies: { readonly metrics: OracleMetrics; readonly clock: Pick<Clock, "now"> }) {
    this.#metrics = dependencies.metrics;
    this.#clock = dependencies.clock;
  }

  readonly onEvent = (event: EpochEvent): void => {
    this.#count(event);
    if (event.type === "started") this.#start(event.epoch);
    else if (event.type === "round") this.#enter(event.epoch, event.round, event.step);
    else if (event.type === "decided") this.#decide(event.epoch, event.round);
  };

  #count(event: EpochEvent): void {
    switch (event.type) {
      case "decided":
        return this.#metrics.add("r1_epochs_total", { outcome: event.root ? "decided" : "skipped" });
      case "adopted":
      case "disputed":
        return this.#metrics.add("r1_epochs_total", { outcome: event.type });
      case "submission":
        return this.#metrics.add("r1_submissions_total", { outcome: event.outcome, stage: stageOf(event.stage) });
      case "halted":
        return this.#metrics.add("r1_log_failures_total");
      default:
        return;
    }
  }

  #start(epoch: bigint): void {
    const now = this.#clock.now();
    this.#running = { epoch, startedAt: now, round: -1, roundAt: now, step: "collecting", stepAt: now };
  }

  #enter(epoch: bigint, round: number, step: string): void {
    const running = this.#running;
    if (running?.epoch !== epoch) return;
    const now = this.#clock.now();
    this.#endStep(running, now);
    const isNewRound = round !== running.round;
    if (isNewRound) this.#endRound(running, now);
    this.#running = { ...running, step, stepAt: now, ...(isNewRound ? { round, roundAt: now } : {}) };
  }

  #decide(epoch: bigint, round: number): void {
    this.#metrics.observe("r1_decision_rounds", round + 1);
    const running = this.#running;
    if (running?.epoch !== epoch) return;
    const now = this.#clock.now();
    this.#endStep(running, now);
    this.#endRound(running, now);
    this.#metrics.observe("r1_decision_seconds", (now - running.startedAt) / 1_000);
    this.#running = undefined;
  }

  #endStep({ step, stepAt }: Running, now: number): void {
    this.#metrics.observe("r1_step_seconds", (now - stepAt) / 1_000, { step });
  }

  #endRound({ round, roundAt }: Running, now: number): void {
    if (round >= 0) this.#metrics.observe("r1_round_seconds", (now - roundAt) / 1_000);
  }
}

function stageOf(place: number): string {
  return STAGES[Math.min(place, STAGES.length - 1)] as string;
}
