import { expect } from "chai";
import { ROUNDS_AHEAD } from "../../../keepers/oracle/consensus/ballots.js";
import { type Effect } from "../../../keepers/oracle/consensus/types.js";
import { reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { type Value, ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { Table } from "./table.js";
import { CONTEXT, TIMEOUTS } from "./world.js";

const [LEADER, ME, ERIN, FRANK] = [0, 1, 2, 3] as const;
const OTHERS = [LEADER, ERIN, FRANK];
const SKIP: Value = { type: "skip" };
const junk = (digit: number) => `0x${digit.toString(16).padStart(64, "0")}`;

function hash(table: Table, index: number): string {
  return reportHash(CONTEXT, table.report(index));
}

/** One machine that leads round 1. All seals are there, and the reports of `opened`; round 0 has begun. */
function inRoundZero(opened: readonly number[] = OTHERS): Table {
  const table = new Table(4, [ME]);
  for (const from of OTHERS) table.give(ME, table.speak(from, { kind: "seal", reportHash: hash(table, from) }));
  for (const from of opened) table.give(ME, table.speak(from, table.report(from)));
  table.timeout(ME, "openGather");
  table.timeout(ME, "opening");
  expect(table.seats[ME]!.state.round).to.equal(0);
  return table;
}

function propose(table: Table, value: Value, round = 0, validRound?: number): readonly Effect[] {
  return table.give(ME, table.speak(round % 4, { kind: "proposal", round, validRound, value }));
}

function vote(
  table: Table,
  kind: "prevote" | "precommit",
  from: number,
  valueId: string,
  round = 0,
): readonly Effect[] {
  return table.give(ME, table.speak(from, { kind, round, valueId }));
}

const valueOf = (table: Table, set: readonly number[]) => table.valueOf((index) => hash(table, index), set);
const lastPrevote = (table: Table) => table.saidBy(ME, "prevote").at(-1)?.valueId;

describe("rounds", () => {
  it("prevotes for reports that give the same root", () => {
    const table = inRoundZero();
    const value = valueOf(table, [LEADER, ERIN, FRANK]);
    propose(table, value);
    expect(lastPrevote(table)).to.equal(table.idOf(value));
  });

  const wrong: Record<string, (table: Table) => Value> = {
    "another root": (table) => ({ ...valueOf(table, OTHERS), root: junk(1) }) as Value,
    "another data hash": (table) => ({ ...valueOf(table, OTHERS), dataHash: junk(1) }) as Value,
    "another leaf count": (table) => ({ ...valueOf(table, OTHERS), leafCount: 4n }) as Value,
    "another previous root": (table) => ({ ...valueOf(table, OTHERS), previousRoot: junk(1) }) as Value,
    "fewer than a quorum of reports": (table) => valueOf(table, [LEADER, ERIN]),
    "a skip when there is a quorum of reports": () => SKIP,
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`prevotes nil for ${what}`, () => {
      const table = inRoundZero();
      propose(table, value(table));
      expect(lastPrevote(table)).to.equal(ZERO_HASH);
    });
  }

  it("prevotes for a skip only when its own wait ended without a quorum of reports", () => {
    const table = new Table(4, [ME]);
    for (const from of OTHERS) table.give(ME, table.speak(from, { kind: "seal", reportHash: hash(table, from) }));
    for (const from of [ERIN, FRANK]) vote(table, "prevote", from, ZERO_HASH);
    expect(table.seats[ME]!.state.round, "followed the others").to.equal(0);
    propose(table, SKIP);
    expect(lastPrevote(table)).to.equal(undefined);
    table.timeout(ME, "opening");
    expect(lastPrevote(table)).to.equal(table.idOf(SKIP));
  });

  it("a skip or a value it cannot check is good enough once a quorum has prevoted for it in an earlier round", () => {
    const table = inRoundZero();
    for (const from of OTHERS) vote(table, "prevote", from, table.idOf(SKIP));
    for (const from of [ERIN, FRANK]) vote(table, "precommit", from, ZERO_HASH, 2);
    propose(table, SKIP, 2, 0);
    expect(lastPrevote(table)).to.equal(table.idOf(SKIP));
  });

  it("asks for missing reports, waits for them, and gives up with the round's time-out", () => {
    const table = inRoundZero([LEADER, ERIN]);
    const value = valueOf(table, [LEADER, ERIN, FRANK]);
    const effects = propose(table, value);
    const asked = effects.flatMap((effect) => (effect.type === "broadcast" ? [effect.message] : []));
    expect(asked).to.have.length(1);
    expect(asked[0]).to.include({ kind: "request", what: "report", key: hash(table, FRANK) });
    expect(lastPrevote(table)).to.equal(undefined);
    const late = inRoundZero([LEADER, ERIN]);
    propose(late, value);
    late.timeout(ME, "propose", 0);
    expect(lastPrevote(late)).to.equal(ZERO_HASH);
    table.give(ME, table.speak(FRANK, table.report(FRANK)));
    expect(lastPrevote(table)).to.equal(table.idOf(value));
  });

  it("locks on disk before it precommits, and decides with a quorum of precommits", () => {
    const table = inRoundZero();
    const value = valueOf(table, OTHERS);
    propose(table, value);
    vote(table, "prevote", LEADER, table.idOf(value));
    const effects = vote(table, "prevote", ERIN, table.idOf(value));
    expect(effects.map(({ type }) => type)).to.deep.equal(["persist", "persist", "broadcast"]);
    vote(table, "precommit", LEADER, table.idOf(value));
    expect(table.seats[ME]!.state.decision).to.equal(undefined);
    const last = vote(table, "precommit", FRANK, table.idOf(value));
    expect(last.map(({ type }) => type)).to.deep.equal(["persist", "decided"]);
    expect(table.seats[ME]!.state.decision).to.deep.include({ round: 0, value });
  });

  it("locked, it gives way to an earlier quorum's value never, and to a later one's always", () => {
    const table = inRoundZero();
    const [mine, other] = [valueOf(table, OTHERS), valueOf(table, [LEADER, ME, ERIN, FRANK])];
    const follow = (round: number) => [ERIN, FRANK].forEach((from) => vote(table, "precommit", from, ZERO_HASH, round));
    for (const from of OTHERS) vote(table, "prevote", from, table.idOf(other), 0);
    follow(4);
    propose(table, mine, 4);
    for (const from of [LEADER, ERIN]) vote(table, "prevote", from, table.idOf(mine), 4);
    expect(table.seats[ME]!.state.lock).to.deep.equal({ round: 4, id: table.idOf(mine) });
    follow(8);
    propose(table, other, 8, 0);
    expect(lastPrevote(table)).to.equal(ZERO_HASH);
    for (const from of OTHERS) vote(table, "prevote", from, table.idOf(other), 9);
    follow(12);
    propose(table, other, 12, 9);
    expect(lastPrevote(table)).to.equal(table.idOf(other));
  });

  it("moves on when time-outs pass: nil prevote, nil precommit, next round, with longer waits", () => {
    const table = inRoundZero();
    table.timeout(ME, "propose", 0);
    expect(lastPrevote(table)).to.equal(ZERO_HASH);
    for (const [index, from] of [LEADER, ERIN].entries()) vote(table, "prevote", from, junk(index + 1));
    table.timeout(ME, "prevote", 0);
    expect(table.saidBy(ME, "precommit")).to.have.length(1);
    for (const [index, from] of [LEADER, ERIN].entries()) vote(table, "precommit", from, junk(index + 1));
    const effects = table.timeout(ME, "precommit", 0);
    expect(table.seats[ME]!.state.round).to.equal(1);
    expect(effects[0]).to.deep.include({ timeout: { kind: "propose", round: 1 }, ms: TIMEOUTS.base + TIMEOUTS.step });
    const state = table.seats[ME]!.state;
    for (const kind of ["propose", "prevote", "precommit"] as const) table.timeout(ME, kind, 0);
    expect(table.seats[ME]!.state, "stale time-outs change nothing").to.equal(state);
  });

  it("leaves a round at once when a quorum precommitted nothing, and not before", () => {
    const table = inRoundZero();
    table.timeout(ME, "propose", 0);
    for (const from of [ERIN, FRANK]) vote(table, "prevote", from, ZERO_HASH);
    expect(table.saidBy(ME, "precommit").at(-1)?.valueId).to.equal(ZERO_HASH);
    vote(table, "precommit", ERIN, ZERO_HASH);
    expect(table.seats[ME]!.state.round, "two of four are no quorum").to.equal(0);
    vote(table, "precommit", FRANK, junk(1));
    expect(table.seats[ME]!.state.round, "three votes, but two for nothing").to.equal(0);
    vote(table, "precommit", LEADER, ZERO_HASH);
    expect(table.seats[ME]!.state.round).to.equal(1);
  });

  it("follows f + 1 oracles to a later round, however far, and never one alone", () => {
    const table = inRoundZero();
    vote(table, "prevote", LEADER, ZERO_HASH, 4_000_000);
    expect(table.seats[ME]!.state.round).to.equal(0);
    vote(table, "prevote", ERIN, ZERO_HASH, 30);
    expect(table.seats[ME]!.state.round).to.equal(30);
  });

  it("takes proposals from the round's leader alone; two are evidence", () => {
    const table = inRoundZero([]);
    const usurper = table.give(
      ME,
      table.speak(ERIN, { kind: "proposal", round: 0, validRound: undefined, value: SKIP }),
    );
    expect(usurper).to.deep.equal([{ type: "reject", member: table.keys[ERIN]!.address, code: "not-the-leader" }]);
    propose(table, valueOf(table, OTHERS));
    const effects = propose(table, SKIP);
    expect(effects.map(({ type }) => type)).to.deep.equal(["reject", "evidence"]);
    expect(table.seats[ME]!.state.rounds.get(0)!.proposal!.message.value.type).to.equal("reports");
  });

  it("two votes of one oracle are evidence, and are never counted twice", () => {
    const table = inRoundZero();
    const value = valueOf(table, OTHERS);
    propose(table, value);
    const first = table.speak(FRANK, { kind: "prevote", round: 0, valueId: table.idOf(value) });
    table.give(ME, first);
    const second = table.speak(FRANK, { kind: "prevote", round: 0, valueId: ZERO_HASH });
    expect(table.give(ME, second)).to.deep.include({
      type: "evidence",
      offence: "prevote",
      member: table.keys[FRANK]!.address,
      first: first.envelope,
      second: second.envelope,
    });
    for (const decoded of [first, second, first]) table.give(ME, decoded);
    expect(table.saidBy(ME, "precommit"), "own and Frank's are no quorum").to.be.empty;
  });

  it("keeps the votes that it gave in the round that it leaves", () => {
    const table = inRoundZero();
    const value = valueOf(table, OTHERS);
    propose(table, value);
    for (const from of [LEADER, ERIN]) vote(table, "prevote", from, table.idOf(value));
    for (const from of [LEADER, ERIN]) vote(table, "precommit", from, ZERO_HASH);
    table.timeout(ME, "precommit", 0);
    expect(table.seats[ME]!.state.round).to.equal(1);
    for (const kind of ["prevote", "precommit"] as const) {
      const votes = table.saidBy(ME, kind).filter(({ round }) => round === 0);
      expect([...new Set(votes.map(({ valueId }) => valueId))]).to.deep.equal([table.idOf(value)]);
    }
  });

  it("remembers little of what one Byzantine oracle sends", () => {
    const table = inRoundZero();
    for (let n = 0; n < 400; n++) {
      for (const kind of ["prevote", "precommit"] as const) vote(table, kind, FRANK, junk(n), n % 100);
      table.give(ME, table.speak(FRANK, { kind: "seal", reportHash: junk(n) }));
      propose(table, { ...valueOf(table, OTHERS), leafCount: BigInt(n) } as Value, 3 + 4 * (n % 20));
    }
    const { rounds, members } = table.seats[ME]!.state;
    expect(rounds.size).to.be.at.most(ROUNDS_AHEAD + 1);
    for (const { prevotes, precommits } of rounds.values()) {
      for (const votes of [...prevotes.values(), ...precommits.values()]) expect(votes.length).to.be.at.most(2);
    }
    expect(members.size).to.equal(4);
    const evidence = table.seats[ME]!.effects.filter(({ type }) => type === "evidence");
    expect(evidence.length).to.be.at.most(1 + 4 * (ROUNDS_AHEAD + 1));
  });
});
