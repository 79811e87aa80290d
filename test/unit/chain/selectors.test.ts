import { expect } from "chai";

import type { EventBody } from "../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { linksAt, standingOf } from "../../../keepers/chain/selectors.js";
import { eventAt } from "./events.js";
import { address } from "./fakeChain.js";

const expiry = 5_000;
const deedId = (kind: bigint, token: bigint): bigint => (kind << 248n) | token;
const first = deedId(1n, 5n);
const operator = address(0xb1);
const node = address(0xa1);

const approve = (who: string, until = expiry): EventBody => ({
  type: "OperatorApproved",
  operator: who,
  until,
  verification: 1,
});
const link = (deed: bigint, theNode: string, owner: string): EventBody => ({
  type: "NodeAssociated",
  deed,
  node: theNode,
  owner,
  epoch: 0n,
});

function after(...bodies: EventBody[]): ProtocolState {
  return applyEvents(
    emptyState,
    bodies.map((body) => eventAt(1_000, body)),
  );
}

const good = [approve(operator), link(first, node, operator)];

describe("linksAt", () => {
  it("lists links in the order of deeds, whatever the order of events, node and time with them", () => {
    const others = [link(deedId(3n, 1n), address(3), operator), link(deedId(1n, 2n), address(2), operator)];
    const links = linksAt(after(...others, ...good), expiry - 1);
    expect(links).to.deep.equal([
      { deed: deedId(1n, 2n), node: address(2), associatedAt: 1_000n },
      { deed: first, node, associatedAt: 1_000n },
      { deed: deedId(3n, 1n), node: address(3), associatedAt: 1_000n },
    ]);
  });

  it("an approval holds strictly before its end", () => {
    expect(linksAt(after(...good), expiry - 1)).to.have.length(1);
    expect(linksAt(after(...good), expiry)).to.deep.equal([]);
  });

  const exclusions: Record<string, EventBody[]> = {
    "an owner who was never approved": [link(first, node, operator)],
    "an owner whose approval was revoked": [...good, { type: "OperatorRevoked", operator }],
    "a banned owner": [...good, { type: "OperatorBanned", operator, reason: "fraud" }],
    "a banned deed": [...good, { type: "DeedBanned", deed: first, reason: "stolen" }],
    "a deed whose node left": [...good, { type: "NodeDissociated", deed: first, node }],
  };
  for (const [what, bodies] of Object.entries(exclusions)) {
    it(`leaves out ${what}`, () => expect(linksAt(after(...bodies), 1_500)).to.deep.equal([]));
  }
});

describe("standingOf", () => {
  const banned: EventBody = { type: "OperatorBanned", operator, reason: "fraud" };
  const deedBanned: EventBody = { type: "DeedBanned", deed: first, reason: "stolen" };

  it("is good for an associated node of an approved owner, with its deed and link", () => {
    const standing = standingOf(after(...good), node, 1_500, operator);
    expect(standing).to.deep.equal({
      ok: true,
      deed: first,
      link: { node, owner: operator, associatedAt: 1_000n, epoch: 0n },
    });
    expect(standingOf(after(...good), node, 1_500).ok).to.equal(true);
  });

  const reasons: [string, ProtocolState, string | undefined, number][] = [
    ["NODE_NOT_ASSOCIATED", after(approve(operator), banned), operator, 1_500],
    ["DEED_NOT_OWNED", after(...good, banned, deedBanned), address(0xb2), expiry],
    ["OPERATOR_NOT_APPROVED", after(...good, banned, deedBanned), operator, expiry],
    ["OPERATOR_BANNED", after(...good, banned, deedBanned), operator, 1_500],
    ["DEED_BANNED", after(...good, deedBanned), operator, 1_500],
  ];
  for (const [reason, state, claimed, timestamp] of reasons) {
    it(`says ${reason} before every later reason`, () => {
      expect(standingOf(state, node, timestamp, claimed)).to.deep.include({ ok: false, reason });
    });
  }
});
