import { expect } from "chai";
import fc from "fast-check";

import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import { applyEvent, applyEvents, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { anyBody, eventAt } from "./events.js";
import { address, hash } from "./fakeChain.js";

const deed = (1n << 248n) | 5n;
const node = address(0xa1);
const owner = address(0xb1);
const associated: EventBody = { type: "NodeAssociated", deed, node, owner, epoch: 3n };

function after(...bodies: EventBody[]): ProtocolState {
  return applyEvents(
    emptyState,
    bodies.map((body, index) => eventAt(1_000 + index, body)),
  );
}

describe("protocolState", () => {
  it("links a deed to its node from the block's time on", () => {
    const state = after(associated);
    expect(state.links.get(deed)).to.deep.equal({ node, owner, associatedAt: 1_000n, epoch: 3n });
    expect(state.deedOfNode.get(node)).to.equal(deed);
  });

  it("forgets a link that ended, in both directions", () => {
    const state = after(associated, { type: "NodeDissociated", deed, node });
    expect(state.links.size).to.equal(0);
    expect(state.deedOfNode.size).to.equal(0);
  });

  it("replaces a deed's node", () => {
    const state = after(associated, { ...associated, node: address(0xa2), epoch: 4n });
    expect(state.links.get(deed)).to.deep.equal({ node: address(0xa2), owner, associatedAt: 1_001n, epoch: 4n });
    expect([...state.deedOfNode]).to.deep.equal([[address(0xa2), deed]]);
  });

  it("keeps approval and ban of an operator apart", () => {
    const approved: EventBody = { type: "OperatorApproved", operator: owner, until: 5_000, verification: 1 };
    const banned: EventBody = { type: "OperatorBanned", operator: owner, reason: "fraud" };
    expect(after(approved, banned).operators.get(owner)).to.deep.equal({
      approvedUntil: 5_000,
      banned: true,
      isBusiness: false,
    });
    const revoked = after(approved, banned, { type: "OperatorRevoked", operator: owner });
    expect(revoked.operators.get(owner)).to.deep.equal({ approvedUntil: 0, banned: true, isBusiness: false });
    const unbanned = after(banned, approved, { type: "OperatorUnbanned", operator: owner });
    expect(unbanned.operators.get(owner)).to.deep.equal({ approvedUntil: 5_000, banned: false, isBusiness: false });
  });

  it("notes bans of deeds and lifts them", () => {
    const banned: EventBody = { type: "DeedBanned", deed, reason: "stolen" };
    expect([...after(banned).bannedDeeds]).to.deep.equal([deed]);
    expect(after(banned, { type: "DeedUnbanned", deed }).bannedDeeds.size).to.equal(0);
  });

  it("keeps oracles ascending, with their owners", () => {
    const added = [3, 1, 2].map((n): EventBody => ({
      type: "OracleAdded",
      oracle: address(n),
      owner: address(10 + n),
    }));
    const removed: EventBody = { type: "OracleRemoved", oracle: address(2), owner: address(12), why: "lapsed" };
    expect(after(...added).oracles).to.deep.equal([
      { address: address(1), owner: address(11), since: 1_001 },
      { address: address(2), owner: address(12), since: 1_002 },
      { address: address(3), owner: address(13), since: 1_000 },
    ]);
    expect(after(...added, removed).oracles.map((oracle) => oracle.address)).to.deep.equal([address(1), address(3)]);
  });

  it("names the signers of a commit by their positions in the set of that moment, and keeps the commit before", () => {
    const oracles = [1, 2, 3].map((n): EventBody => ({
      type: "OracleAdded",
      oracle: address(n),
      owner: address(10 + n),
    }));
    const report = { root: hash(1), previousRoot: hash(2), dataHash: hash(3), leafCount: 4n };
    const commit = (epoch: bigint, signers: bigint): EventBody => ({
      type: "EpochCommitted",
      epoch,
      ...report,
      signers,
    });
    const removed: EventBody = { type: "OracleRemoved", oracle: address(1), owner: address(11), why: "governance" };
    const state = after(...oracles, commit(7n, 0b101n), removed, commit(9n, 0b11n));
    expect(state.lastCommit).to.deep.include({ epoch: 9n, ...report, transactionHash: hash(2) });
    expect(state.lastCommit?.signers).to.deep.equal([address(2), address(3)]);
    expect(state.lastCommit?.previous).to.deep.include({ epoch: 7n, signers: [address(1), address(3)] });
  });

  it("goes back to the commit before a disproved one, and begins an attempt with the set that is left", () => {
    const oracles = [1, 2, 3].map((n): EventBody => ({
      type: "OracleAdded",
      oracle: address(n),
      owner: address(10 + n),
    }));
    const commit = (epoch: bigint): EventBody => ({
      type: "EpochCommitted",
      epoch,
      root: hash(Number(epoch)),
      previousRoot: hash(0),
      dataHash: hash(3),
      leafCount: 4n,
      signers: 0b110n,
    });
    const removed: EventBody[] = [2, 3].map((n) => ({
      type: "OracleRemoved",
      oracle: address(n),
      owner: address(10 + n),
      why: "disproved",
    }));
    const disproved: EventBody = { type: "EpochDisproved", epoch: 9n, root: hash(9), by: address(1) };
    const state = after(...oracles, commit(7n), commit(9n), ...removed, disproved);
    expect(state.lastCommit).to.deep.include({ epoch: 7n, committedAt: 1_003 });
    const left = [{ address: address(1), owner: address(11), since: 1_000 }];
    expect(state.attempts).to.deep.equal({ count: 1, last: { timestamp: 1_007, oracles: left } });
    const again = applyEvents(state, [eventAt(2_000, commit(9n)), eventAt(2_001, disproved)]);
    expect(again.lastCommit).to.deep.equal(state.lastCommit);
    expect(again.attempts.count).to.equal(2);
    expect(after(commit(0n), { ...disproved, epoch: 0n }).lastCommit).to.equal(undefined);
  });

  it("begins an attempt with each oracle that leaves, and with none that comes", () => {
    const added: EventBody = { type: "OracleAdded", oracle: address(1), owner: address(11) };
    expect(after(added).attempts.count).to.equal(0);
    for (const why of ["governance", "lapsed", "equivocation", "silent"] as const) {
      const removed: EventBody = { type: "OracleRemoved", oracle: address(1), owner: address(11), why };
      expect(after(added, removed).attempts).to.deep.equal({ count: 1, last: { timestamp: 1_001, oracles: [] } });
    }
  });

  it("keeps a challenge until it is answered, or the oracle is gone", () => {
    const oracle = address(1);
    const challenged: EventBody = { type: "OracleChallenged", oracle, by: owner, deadline: 5_000 };
    expect([...after(challenged).challenges]).to.deep.equal([[oracle, 5_000]]);
    expect(after(challenged, { type: "OracleAnswered", oracle, deadline: 5_000 }).challenges.size).to.equal(0);
    const removed: EventBody = { type: "OracleRemoved", oracle, owner, why: "silent" };
    expect(after(challenged, removed).challenges.size).to.equal(0);
    expect(after(challenged, { ...removed, oracle: address(2) }).challenges.size).to.equal(1);
  });

  it("property: one by one or all at once, the same state; links and nodes mirror each other; inputs stay as they were", () => {
    fc.assert(
      fc.property(fc.array(anyBody), (bodies) => {
        // One deed per node, as the chain guarantees.
        const events = bodies.map((body, index) => eventAt(1_000 + index, ownNode(body)));
        const before = structuredClone(emptyState);
        let folded: ProtocolState = emptyState;
        for (const event of events) {
          const copy = structuredClone(folded);
          const next = applyEvent(folded, event);
          expect(folded).to.deep.equal(copy);
          folded = next;
        }
        expect(applyEvents(emptyState, events)).to.deep.equal(folded);
        const mirrored = new Map([...folded.links].map(([id, link]) => [link.node, id]));
        expect(folded.deedOfNode).to.deep.equal(mirrored);
        expect(emptyState).to.deep.equal(before);
      }),
      { numRuns: 200 },
    );
  });
});

function ownNode(body: EventBody): EventBody {
  return body.type === "NodeAssociated" ? { ...body, node: address(Number(body.deed & 0xffn)) } : body;
}
