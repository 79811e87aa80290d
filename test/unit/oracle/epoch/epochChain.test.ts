import { expect } from "chai";
import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import type { ChainFollower } from "../../../../keepers/chain/chainFollower.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../../keepers/chain/protocolState.js";
import { FollowedEpochChain } from "../../../../keepers/oracle/epoch/epochChain.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { eventAt } from "../../chain/events.js";
import { address } from "../../chain/fakeChain.js";

const epochClock = new EpochClock({ genesis: 1_000, duration: 100, slotSeconds: 10 });
const START = epochClock.start(3n);
const END = epochClock.end(3n);

type Change = readonly [timestamp: number, kind: "OracleAdded" | "OracleRemoved", oracle: number];

const founders: readonly Change[] = [1, 2, 3].map((oracle) => [900, "OracleAdded", oracle]);

/**
 * given an epoch that has ended
 * ├── who was in the set from its start on            takes part
 * ├── who was added in it, or just after its end      takes part from the next epoch on
 * ├── who left in it                                  does not take part
 * ├── who left after its end                          does not take part in the attempt that this began
 * └── when fewer than three are left of the first     all take part
 */
describe("members of an epoch", () => {
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

  async function membersOf(...later: readonly Change[]): Promise<number[] | undefined> {
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

  it("are those who were there from its start to its end", async () => {
    expect(await membersOf([START - 1, "OracleAdded", 4])).to.deep.equal([1, 2, 3, 4]);
    expect(await membersOf([START, "OracleAdded", 4], [START + 1, "OracleRemoved", 4])).to.deep.equal([1, 2, 3]);
  });

  it("are the same on either side of a reorganisation that moves an addition over its end", async () => {
    expect(await membersOf([END - 1, "OracleAdded", 4])).to.deep.equal([1, 2, 3]);
    expect(await membersOf([END, "OracleAdded", 4])).to.deep.equal([1, 2, 3]);
  });

  it("are those that are left when the attempt begins that a removal causes", async () => {
    const fourth: Change = [START - 1, "OracleAdded", 4];
    expect(await membersOf(fourth, [END + 5, "OracleRemoved", 2])).to.deep.equal([1, 3, 4]);
    const replaced: readonly Change[] = [fourth, [START + 1, "OracleAdded", 5], [END + 5, "OracleRemoved", 2]];
    expect(await membersOf(...replaced)).to.deep.equal([1, 3, 4]);
  });

  it("are all that there are where those from its start could decide nothing", async () => {
    const replaced: readonly Change[] = [
      [START + 1, "OracleAdded", 4],
      [END - 1, "OracleRemoved", 2],
    ];
    expect(await membersOf(...replaced)).to.deep.equal([1, 3, 4]);
  });
});
