import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { type DeedId, parseDeedId } from "../../keepers/protocol/deedId.js";
import { collectionOf, type DeedState, deedsOf, readDeeds } from "./deeds.js";
import { deedName, parseAddress, parseDeed } from "./names.js";
import { mapAtMost } from "./parallel.js";
import { openProofs, type ProofArguments } from "./proofs.js";
import type { ProofSource, ProvenSum } from "./proofSource.js";
import type { Protocol } from "./protocol.js";
import type { CommonArguments, Session } from "./session.js";

/** Options that say whose rewards. */
export interface RewardsArguments extends CommonArguments, ProofArguments {
  readonly deeds: readonly string[];
  readonly owner: string | undefined;
}

/** What one deed can claim. */
export interface Reward {
  readonly state: DeedState;
  /** Epoch of the proof; undefined when the deed has no leaf. */
  readonly epoch: bigint | undefined;
  /** Sum of availability bytes that is proven. */
  readonly cumulative: bigint;
  /** Wei that a claim would mint now. */
  readonly claimable: bigint;
  /** Why nothing can be claimed; undefined when something can. */
  readonly reason: string | undefined;
}

/** As `IDeed.ClaimStatus` numbers them; a claimable sum may still mint nothing, at the very start of a curve. */
const STATUSES = ["nothing new", "nothing new", "above its bound", "deed banned"];

const REQUESTS = 8;

/** The rewards of the deeds that the options name, in ascending order. */
export async function readRewards(
  args: RewardsArguments,
  session: Session,
): Promise<{ readonly rewards: readonly Reward[]; readonly source: ProofSource }> {
  const protocol = await session.protocol();
  const source = await openProofs(args, protocol);
  const deeds = await deedsNamed(args, session);
  const states = await readDeeds(protocol, deeds, session.terminal);
  const rewards = await session.terminal.during("reading proofs", (relabel) =>
    mapAtMost(REQUESTS, states, (state, index) => {
      relabel(`reading proof ${index + 1} of ${states.length}`);
      return rewardOf(state, source, protocol);
    }),
  );
  return { rewards, source };
}

async function deedsNamed({ deeds, owner }: RewardsArguments, session: Session): Promise<DeedId[]> {
  if (deeds.length > 0 === (owner !== undefined)) {
    throw new KeeperError(
      "DEEDS_MISSING",
      "name deeds, such as ND:5 ND:6, or --owner for all deeds of an address; not both",
    );
  }
  if (owner === undefined) return [...new Set(deeds.map(parseDeed))].sort((a, b) => (a < b ? -1 : 1));
  const address = parseAddress(owner, "--owner");
  const owned = await deedsOf(await session.protocol(), address, session.terminal);
  if (owned.length > 0) return owned;
  throw new KeeperError("DEEDS_MISSING", `${address} owns no deed`);
}

async function rewardOf(state: DeedState, source: ProofSource, { contracts }: Protocol): Promise<Reward> {
  const sum = await source.sumOf(state.deed);
  if (sum === undefined) return { state, epoch: undefined, cumulative: 0n, claimable: 0n, reason: "never credited" };
  const { epoch, cumulative } = sum;
  const claimable = await contracts.availabilityRewards.claimable(state.deed, epoch, cumulative);
  const reason = claimable > 0n ? undefined : await reasonOf(state, sum, contracts);
  return { state, epoch, cumulative, claimable, reason };
}

async function reasonOf(
  { deed, owner }: DeedState,
  { epoch, cumulative }: ProvenSum,
  contracts: ProtocolContracts,
): Promise<string> {
  if (await contracts.operatorRegistry.isBanned(owner)) return "owner banned";
  const { kind, tokenId } = parseDeedId(deed);
  const { status } = await collectionOf(contracts, kind).claimStatus(tokenId, cumulative, epoch);
  return STATUSES[Number(status)] ?? "nothing new";
}

/** A reward as JSON; amounts in wei. */
export function rewardJson({ state, epoch, cumulative, claimable, reason }: Reward) {
  const { deed, owner, claimedBytes, mined, allocation } = state;
  return {
    deed: deedName(deed),
    owner,
    epoch: epoch ?? null,
    cumulative,
    claimed: claimedBytes,
    mined,
    residual: allocation - mined,
    claimable,
    reason: reason ?? null,
  };
}
