import { expect } from "chai";
import fc from "fast-check";
import { ActiveLinks } from "../../../keepers/chain/activeLinks.js";
import type { ChainEvent } from "../../../keepers/chain/chainEvent.js";
import { applyEvent, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { linksAt } from "../../../keepers/chain/selectors.js";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const place = { blockNumber: 1, transactionHash: `0x${"00".repeat(32)}`, logIndex: 0, timestamp: 5 };

/** Three owners with a deed and a node each. */
function world(approvedUntil: readonly number[]): ProtocolState {
  let state = emptyState;
  approvedUntil.forEach((until, i) => {
    const owner = address(i + 1);
    const linked = { deed: BigInt(i + 1), node: address(100 + i), owner, epoch: 0n };
    state = applyEvent(state, { ...place, type: "NodeAssociated", ...linked } as ChainEvent);
    state = applyEvent(state, { ...place, type: "OperatorApproved", operator: owner, until } as ChainEvent);
  });
  return state;
}

const events: ((state: ProtocolState) => ProtocolState)[] = [
  (state) => applyEvent(state, { ...place, type: "DeedBanned", deed: 2n } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "DeedUnbanned", deed: 2n } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "OperatorBanned", operator: address(1) } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "OperatorApproved", operator: address(3), until: 70 } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "OperatorRevoked", operator: address(2) } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "NodeDissociated", deed: 1n, node: address(100) } as ChainEvent),
  (state) => applyEvent(state, { ...place, type: "OracleAdded", oracle: address(9), owner: address(8) } as ChainEvent),
  (state) => state,
];

describe("ActiveLinks", () => {
  it("property: is what linksAt gives, whatever happens, forward and back in time", () => {
    const step = fc.tuple(fc.nat({ max: events.length - 1 }), fc.nat({ max: 100 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const active = new ActiveLinks();
        let state = world([10, 50, 90]);
        for (const [index, time] of steps) {
          state = events[index]!(state);
          expect(active.at(state, time)).to.deep.equal(linksAt(state, time));
        }
      }),
    );
  });

  it("is the same array until something changes, and another second when an approval runs out", () => {
    const active = new ActiveLinks();
    const state = world([10, 50, 90]);
    const first = active.at(state, 3);
    expect(first).to.have.lengthOf(3);
    expect(active.at(events[6]!(state), 9)).to.equal(first);
    expect(active.at(state, 10)).to.have.lengthOf(2);
    expect(active.at(state, 49)).to.equal(active.at(state, 11));
    expect(active.at(state, 50)).to.have.lengthOf(1);
    expect(active.at(state, 1_000)).to.equal(active.at(state, 5_000));
  });
});
