import { type Address, type Hash } from "../../protocol/bytes.js";
import { type DecodedOracleMessage } from "../../protocol/oracleMessages.js";

/** One signed vote. */
export interface Vote {
  readonly valueId: Hash;
  readonly signature: Uint8Array;
  readonly envelope: Uint8Array;
}

/** The votes of one step of one round, by member; an honest member has one. */
export type VoteSet = ReadonlyMap<Address, readonly Vote[]>;

export const NO_VOTES: VoteSet = new Map();

/** What became of a vote; `first` is the one it contradicts. */
export type VoteOutcome =
  | { readonly type: "added"; readonly set: VoteSet }
  | { readonly type: "duplicate" }
  | { readonly type: "conflict"; readonly set: VoteSet; readonly first: Vote; readonly isNew: boolean };

const KEPT = 2;

/**
 * Adds a vote. A member that contradicts itself counts once in the number of voters, and once for each value it voted for:
 * two quorums still share an honest member, and everybody who sees the same messages sees the same quorums, in whatever
 * order they came. (Were only the first vote counted, one equivocator could hide a quorum from some oracles for ever.) Two
 * votes of a member are kept, and beyond those one for each value that was proposed, so that it cannot fill the memory.
 */
export function addVote(set: VoteSet, member: Address, vote: Vote, isProposed: boolean): VoteOutcome {
  const [first, ...more] = set.get(member) ?? [];
  if (!first) return { type: "added", set: new Map(set).set(member, [vote]) };
  if ([first, ...more].some(({ valueId }) => valueId === vote.valueId)) return { type: "duplicate" };
  const isNew = more.length === 0;
  if (1 + more.length >= KEPT && !isProposed) return { type: "conflict", set, first, isNew };
  return { type: "conflict", set: new Map(set).set(member, [first, ...more, vote]), first, isNew };
}

/** The vote in a PREVOTE or PRECOMMIT. */
export function voteOf({ signature, envelope }: DecodedOracleMessage, valueId: Hash): Vote {
  return { valueId, signature, envelope };
}

/** The votes for one value, at most one a member, ascending by member. */
export function votesFor(set: VoteSet, valueId: Hash): (Vote & { readonly oracle: Address })[] {
  return [...set]
    .flatMap(([oracle, votes]) => {
      const vote = votes.find((candidate) => candidate.valueId === valueId);
      return vote ? [{ ...vote, oracle }] : [];
    })
    .sort((a, b) => (a.oracle < b.oracle ? -1 : 1));
}

/** How many members voted for a value. */
export function countFor(set: VoteSet, valueId: Hash): number {
  let count = 0;
  for (const votes of set.values()) if (votes.some((vote) => vote.valueId === valueId)) count++;
  return count;
}

/** The values that at least `quorum` members voted for, nil included: one, while fewer than a third are Byzantine. */
export function agreedValues(set: VoteSet, quorum: number): Hash[] {
  if (set.size < quorum) return [];
  const candidates = new Set([...set.values()].flat().map(({ valueId }) => valueId));
  return [...candidates].filter((valueId) => countFor(set, valueId) >= quorum);
}
