import type { Link } from "../protocol/links.js";
import type { ProtocolState } from "./protocolState.js";
import { linksAt } from "./selectors.js";

/** What `linksAt` gives, worked out anew only when it may be something else: blocks come often, and most change no link. */
export class ActiveLinks {
  #state: ProtocolState | undefined;
  #links: readonly Link[] = [];
  /** Between these times, Unix seconds, no approval runs out. */
  #from = 0;
  #before = 0;

  /** The same array as long as nothing changed. @param timestamp of the block, Unix seconds */
  at(state: ProtocolState, timestamp: number): readonly Link[] {
    const isKnown = this.#isAbout(state) && timestamp >= this.#from && timestamp < this.#before;
    if (!isKnown) {
      this.#links = linksAt(state, timestamp);
      this.#from = timestamp;
      this.#before = nextExpiry(state, timestamp);
    }
    this.#state = state;
    return this.#links;
  }

  #isAbout(state: ProtocolState): boolean {
    const known = this.#state;
    return (
      known?.links === state.links && known.operators === state.operators && known.bannedDeeds === state.bannedDeeds
    );
  }
}

function nextExpiry({ operators }: ProtocolState, timestamp: number): number {
  let next = Infinity;
  for (const { approvedUntil } of operators.values()) {
    if (approvedUntil > timestamp && approvedUntil < next) next = approvedUntil;
  }
  return next;
}
