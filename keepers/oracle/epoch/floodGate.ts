import type { Clock } from "../../core/clock.js";
import type { Address } from "../../protocol/bytes.js";
import { TokenBuckets } from "../tokenBuckets.js";
import type { Flow } from "../validation/registry.js";

export interface FloodGateOptions {
  /** Between two repetitions of what an oracle says: honest traffic is counted by it. Milliseconds. */
  readonly resendMs: number;
}

interface Share {
  readonly burst: number;
  readonly perResend: number;
}

/**
 * What an honest oracle of a set of 64 may send, with room to spare. Between two resends it repeats a seal and four votes,
 * asks for 64 reports at most, answers once for each epoch that is kept, and passes on two messages for each report that
 * others lack and a quorum of prevotes.
 */
const SHARES: Readonly<Record<Flow | "relays", Share>> = {
  votes: { burst: 256, perResend: 32 },
  values: { burst: 32, perResend: 8 },
  requests: { burst: 256, perResend: 80 },
  files: { burst: 8, perResend: 2 },
  relays: { burst: 512, perResend: 256 },
};
/** Twice the largest set: the one that goes and the one that comes. */
const MOST_PUBLISHERS = 128;

/**
 * How many messages of each oracle are looked at closely, that is decoded and their signature checked. What is beyond that is
 * dropped unread; an honest oracle says again what matters. Each flow has its own share, so that an oracle that sends many
 * files is heard when it votes.
 */
export class FloodGate {
  readonly #buckets: ReadonlyMap<Flow | "relays", TokenBuckets>;

  constructor({ resendMs }: FloodGateOptions, dependencies: { readonly clock: Pick<Clock, "now"> }) {
    const flows = Object.entries(SHARES) as [Flow | "relays", Share][];
    this.#buckets = new Map(
      flows.map(([flow, { burst, perResend }]) => {
        const options = { burst, perSecond: (perResend * 1_000) / resendMs, capacity: MOST_PUBLISHERS };
        return [flow, new TokenBuckets(options, dependencies)];
      }),
    );
  }

  /** Takes from the publisher's share; false when nothing is left of it. */
  readonly admits = (publisher: Address, flow: Flow, isRelayed: boolean): boolean =>
    this.#buckets.get(isRelayed ? "relays" : flow)?.take(publisher) ?? false;
}
