import { expect } from "chai";
import { reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { Table } from "./table.js";
import { CONTEXT } from "./world.js";

const [ALICE, MALLORY, BOB, CAROL] = [0, 1, 2, 3] as const;
const HONEST = [ALICE, BOB, CAROL];

/** Everybody sealed; all reports but Mallory's are open; Alice has proposed those in round 0. */
function afterSealing(): Table {
  const table = new Table(4, HONEST);
  const hash = reportHash(CONTEXT, table.report(MALLORY));
  for (const seat of HONEST) table.give(seat, table.speak(MALLORY, { kind: "seal", reportHash: hash }));
  table.deliver(({ kind }) => kind === "seal", HONEST);
  table.deliver(({ kind }) => kind === "report", HONEST);
  for (const seat of HONEST) table.timeout(seat, "openGather");
  return table;
}

function hashOf(table: Table): (index: number) => string {
  return (index) => reportHash(CONTEXT, table.report(index));
}

describe("locks", () => {
  /**
   * The scenario in which two values are decided without the lock rule: Alice decides v alone in round 0, because Mallory
   * votes for it to her only; Bob is locked on v; Carol has seen nothing. In round 1 Mallory proposes another valid value.
   */
  function twoCandidates(): { table: Table; first: string; second: string } {
    const table = afterSealing();
    const value = table.saidBy(ALICE, "proposal")[0]!.value;
    const first = table.idOf(value);
    table.deliver(({ kind }) => kind === "proposal", [BOB]);
    for (const seat of [ALICE, BOB])
      table.give(seat, table.speak(MALLORY, { kind: "prevote", round: 0, valueId: first }));
    table.deliver(({ kind }) => kind === "prevote", [ALICE, BOB]);
    table.deliver(({ kind }, from) => kind === "precommit" && from === BOB, [ALICE]);
    table.give(ALICE, table.speak(MALLORY, { kind: "precommit", round: 0, valueId: first }));

    table.timeout(CAROL, "propose", 0);
    table.deliver(({ kind }, from) => kind === "precommit" && from === ALICE, [BOB]);
    table.give(BOB, table.speak(MALLORY, { kind: "precommit", round: 0, valueId: ZERO_HASH }));
    table.timeout(BOB, "precommit", 0);

    for (const seat of [BOB, CAROL]) table.give(seat, table.speak(MALLORY, table.report(MALLORY)));
    const other = table.valueOf(hashOf(table), [ALICE, MALLORY, BOB, CAROL]);
    const second = table.idOf(other);
    for (const seat of [BOB, CAROL]) {
      table.give(seat, table.speak(MALLORY, { kind: "proposal", round: 1, validRound: undefined, value: other }));
    }
    table.deliver((message, from) => from === BOB && "round" in message && message.round === 1, [CAROL]);
    for (const seat of [BOB, CAROL])
      table.give(seat, table.speak(MALLORY, { kind: "prevote", round: 1, valueId: second }));
    table.deliver(({ kind }) => kind === "prevote", [BOB, CAROL]);
    for (const seat of [BOB, CAROL]) {
      table.give(seat, table.speak(MALLORY, { kind: "precommit", round: 1, valueId: second }));
    }
    table.deliver((message) => message.kind === "precommit" && message.round === 1, [BOB, CAROL]);
    return { table, first, second };
  }

  const decisionOf = (table: Table, seat: number) => {
    const { decision } = table.seats[seat]!.state;
    return decision && table.idOf(decision.value);
  };

  it("one oracle decided, one is locked: the third cannot be brought to decide anything else", () => {
    const { table, first, second } = twoCandidates();
    expect(first).to.not.equal(second);
    expect(decisionOf(table, ALICE)).to.equal(first);
    expect(table.seats[CAROL]!.state.round).to.equal(1);
    expect(table.saidBy(CAROL, "prevote").at(-1)).to.include({ round: 1, valueId: second });
    expect(table.saidBy(BOB, "prevote").at(-1)).to.include({ round: 1, valueId: ZERO_HASH });
    for (const seat of HONEST) expect(decisionOf(table, seat)).to.be.oneOf([undefined, first]);
  });

  it("the locked oracle proposes its value with the quorum that made it valid, and all decide that", () => {
    const { table, first } = twoCandidates();
    for (const seat of [BOB, CAROL]) {
      for (const kind of ["prevote", "precommit"] as const) table.timeout(seat, kind, 1);
    }
    table.give(BOB, table.speak(MALLORY, { kind: "precommit", round: 1, valueId: ZERO_HASH }));
    table.timeout(BOB, "precommit", 1);
    const proposal = table.saidBy(BOB, "proposal").at(-1)!;
    expect(proposal).to.include({ round: 2, validRound: 0 });
    expect(table.idOf(proposal.value)).to.equal(first);
    table.give(CAROL, table.speak(MALLORY, { kind: "prevote", round: 2, valueId: first }));
    table.deliver((_, from) => from === BOB, [CAROL]);
    expect(table.saidBy(CAROL, "prevote").at(-1)).to.include({ round: 2, valueId: first });

    table.deliver((message, from) => from === CAROL && "round" in message && message.round === 2, [ALICE]);
    table.deliver(({ kind }) => kind === "decision", [BOB, CAROL]);
    for (const seat of HONEST) expect(decisionOf(table, seat)).to.equal(first);
  });

  it("a lock gives way to a value that a quorum prevoted for in a later round", () => {
    const { table, first, second } = twoCandidates();
    table.timeout(BOB, "prevote", 1);
    for (const from of [MALLORY, ALICE]) {
      table.give(BOB, table.speak(from, { kind: "prevote", round: 1, valueId: second }));
    }
    expect(table.seats[BOB]!.state, "too late to lock").to.deep.include({ lock: { round: 0, id: first } });
    for (const from of [MALLORY, CAROL]) {
      table.give(BOB, table.speak(from, { kind: "prevote", round: 3, valueId: ZERO_HASH }));
    }
    expect(table.seats[BOB]!.state.round).to.equal(3);
    const value = table.valueOf(hashOf(table), [ALICE, MALLORY, BOB, CAROL]);
    table.give(BOB, table.speak(CAROL, { kind: "proposal", round: 3, validRound: 1, value }));
    expect(table.saidBy(BOB, "prevote").at(-1)).to.include({ round: 3, valueId: second });
  });

  it("a claim of an earlier quorum counts for nothing until the quorum is seen", () => {
    const { table } = twoCandidates();
    for (const from of [MALLORY, ALICE]) {
      table.give(CAROL, table.speak(from, { kind: "prevote", round: 5, valueId: ZERO_HASH }));
    }
    expect(table.seats[CAROL]!.state.round).to.equal(5);
    const value = table.valueOf(hashOf(table), [ALICE, MALLORY, BOB]);
    table.give(CAROL, table.speak(MALLORY, { kind: "proposal", round: 5, validRound: 3, value }));
    expect(table.saidBy(CAROL, "prevote").at(-1)).to.include({ round: 4, valueId: ZERO_HASH });
    table.timeout(CAROL, "propose", 5);
    expect(table.saidBy(CAROL, "prevote").at(-1)).to.include({ round: 5, valueId: ZERO_HASH });
  });
});
