import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import type { ChainFollower } from "../../../../keepers/chain/chainFollower.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../../keepers/chain/protocolState.js";
import { FollowedEpochChain } from "../../../../keepers/oracle/epoch/epochChain.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { eventAt } from "../../chain/events.js";
import { address } from "../../chain/fakeChain.js";

const epochClock = new EpochClock({ genesis: 1_000, duration: 100, slotSeconds: 10 });
/** Of epoch 3, in seconds. */
export const START = epochClock.start(3n);
export const END = epochClock.end(3n);

export type Change = readonly [timestamp: number, kind: "OracleAdded" | "OracleRemoved", oracle: number];

const founders: readonly Change[] = [1, 2, 3].map((oracle) => [900, "OracleAdded", oracle]);

function stateOf(changes: readonly Change[], before = Infinity): ProtocolState {
  const events = changes.map(([timestamp, type, oracle]) => {
    const body = { type, oracle: address(oracle), owner: address(100 + oracle), why: "governance" } as EventBody;
    return eventAt(timestamp, body);
  });
  return applyEvents(
    emptyState,
    events.filter(({ timestamp }) => timestamp < before),
  );
}

/** Who takes part in epoch 3, of three founders and whoever comes and goes; by number. */
export async function membersOf(...later: readonly Change[]): Promise<number[] | undefined> {
  const changes = [...founders, ...later];
  const block = { number: 9, hash: "0x09", parentHash: "0x08", timestamp: END - 1 };
  const follower = {
    stateAtTime: (end: number) => Promise.resolve({ block, state: stateOf(changes, end) }),
    view: { block, state: stateOf(changes) },
  } as unknown as ChainFollower;
  const chain = new FollowedEpochChain({ epochClock, activationDelay: 0 }, { follower });
  const snapshot = await chain.snapshotOf(3n);
  return snapshot?.oracles.map((oracle) => Number(BigInt(oracle)));
}
