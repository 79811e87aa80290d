import type { Commit, ProtocolState } from "./protocolState.js";

/** When a committed root becomes active: Unix seconds. Until then it can be disproved, afterwards nobody can take it back. */
export function activeFrom({ committedAt }: Pick<Commit, "committedAt">, activationDelay: number): number {
  return committedAt + activationDelay;
}

/** The commits at one moment: at most the last one is pending. */
export interface CommitsAt {
  /** Committed, and may still be disproved. */
  readonly pending: Commit | undefined;
  /** The last one that counts for good. */
  readonly active: Commit | undefined;
}

/** @param timestamp of the chain's newest block, Unix seconds; what counts is the chain's time and no other */
export function commitsAt(
  { lastCommit }: Pick<ProtocolState, "lastCommit">,
  activationDelay: number,
  timestamp: number,
): CommitsAt {
  if (!lastCommit || timestamp >= activeFrom(lastCommit, activationDelay)) {
    return { pending: undefined, active: lastCommit };
  }
  return { pending: lastCommit, active: lastCommit.previous };
}
