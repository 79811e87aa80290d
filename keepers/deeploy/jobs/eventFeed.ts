import type { Clock } from "../../core/clock.js";
import type { Hash } from "../../protocol/bytes.js";
import type { JobEvent, JobsView, ServiceStates, StateChange } from "../views.js";
import type { Access } from "./access.js";
import { type DescribeDependencies, describeJob, stateName } from "./describe.js";

export interface EventFeedDependencies extends DescribeDependencies {
  readonly access: Access;
  readonly jobs: Pick<JobsView, "onEvent" | "nodeOf">;
  readonly states: Pick<ServiceStates, "onChange" | "stateOf">;
  readonly clock: Pick<Clock, "schedule" | "now">;
}

/** Events that may wait for a slow reader, who is cut off beyond that. */
const MAX_WAITING = 1_000;
/** Milliseconds without an event after which something is said all the same, so that nobody on the way takes the line for dead. */
const QUIET_MS = 15_000;

/** What happens to a job, as it happens: contract events and what its nodes say. */
export class EventFeed {
  readonly #dependencies: EventFeedDependencies;

  constructor(dependencies: EventFeedDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * `Job` as it stands, then what happens, and `Job` anew after each event of the chain; `undefined` for every quiet quarter of a
   * minute. Ends with the signal.
   */
  async *follow(jobId: bigint, signal: AbortSignal): AsyncGenerator<JobEvent | undefined> {
    const { jobs, states, clock } = this.#dependencies;
    const waiting: (() => JobEvent)[] = [];
    let wake: () => void = () => undefined;
    const push = (event: () => JobEvent): void => {
      waiting.push(event);
      wake();
    };
    const snapshot = (): JobEvent => this.#snapshot(jobId);
    const forgetJobs = jobs.onEvent(jobId, (event) => {
      push(() => event);
      push(snapshot);
    });
    const forgetStates = states.onChange((change) => {
      const event = this.#stateEvent(jobId, change);
      if (event !== undefined) push(() => event);
    });
    const onAbort = (): void => wake();
    signal.addEventListener("abort", onAbort, { once: true });
    push(snapshot);
    try {
      while (!signal.aborted && waiting.length <= MAX_WAITING) {
        const next = waiting.shift();
        if (next !== undefined) yield next();
        else if (!(await somethingOrQuiet())) yield undefined;
      }
    } finally {
      forgetJobs();
      forgetStates();
      signal.removeEventListener("abort", onAbort);
    }

    function somethingOrQuiet(): Promise<boolean> {
      return new Promise((resolve) => {
        const cancel = clock.schedule(QUIET_MS, () => resolve(false));
        wake = () => {
          cancel();
          resolve(true);
        };
      });
    }
  }

  #snapshot(jobId: bigint): JobEvent {
    const { access, clock } = this.#dependencies;
    return { type: "Job", jobId, at: clock.now(), details: describeJob(access.job(jobId), this.#dependencies) };
  }

  #stateEvent(jobId: bigint, { node, assignment, state, heardAt }: StateChange): JobEvent | undefined {
    const seat = this.#seatOf(jobId, assignment);
    if (seat === undefined) return undefined;
    return { type: "NodeState", jobId, at: heardAt, details: { node, tokenId: seat, state: stateName(state) } };
  }

  #seatOf(jobId: bigint, assignment: Hash): number | undefined {
    const { seats } = this.#dependencies.access.job(jobId);
    return seats.find((seat) => seat.assignment === assignment)?.tokenId;
  }
}
