import { expect } from "chai";
import { startEpoch } from "../../keepers/oracle/consensus/epoch.js";
import { transition } from "../../keepers/oracle/consensus/machine.js";
import { MOST_ROUND } from "../../keepers/protocol/oracleBodies.js";
import { reportHash } from "../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import { Table } from "../unit/consensus/table.js";
import { CONTEXT, epochConfig, observation, sealed } from "../unit/consensus/world.js";
import { ATTEMPT, EPOCH, ME as MEMBER, MEMBERS, OTHER, PEER } from "../unit/oracle/validation/messages.js";

const [LEADER, ME, ERIN, FRANK] = [0, 1, 2, 3] as const;

/**
 * Found by the simulation: a Byzantine oracle's votes brought some honest oracles to the next round before they had voted in this
 * one; the others never got those votes, and waited for a quorum of votes for ever. Found by fuzz: votes led the machine to a round
 * that cannot be encoded, in which it had nothing more to say.
 */
describe("finding: votes that take an oracle to another round", () => {
  const vote = (table: Table, kind: "prevote" | "precommit", from: number, round = 0) =>
    table.give(ME, table.speak(from, { kind, round, valueId: ZERO_HASH }));

  /** All seals and reports of the others are there. */
  function inRoundZero(): Table {
    const table = new Table(4, [ME]);
    for (const from of [LEADER, ERIN, FRANK]) {
      const hash = reportHash(CONTEXT, table.report(from));
      table.give(ME, table.speak(from, { kind: "seal", reportHash: hash }));
    }
    for (const from of [LEADER, ERIN, FRANK]) table.give(ME, table.speak(from, table.report(from)));
    table.timeout(ME, "openGather");
    table.timeout(ME, "opening");
    expect(table.seats[ME]!.state.round).to.equal(0);
    return table;
  }

  it("votes for nothing in the round that it is taken out of", () => {
    const table = inRoundZero();
    for (const from of [LEADER, ERIN, FRANK]) vote(table, "precommit", from);
    table.timeout(ME, "precommit", 0);
    expect(table.seats[ME]!.state.round).to.equal(1);
    for (const kind of ["prevote", "precommit"] as const) {
      expect(table.saidBy(ME, kind).filter(({ round }) => round === 0)).to.deep.equal([
        { ...table.saidBy(ME, kind)[0]!, round: 0, valueId: ZERO_HASH },
      ]);
    }
    for (const from of [ERIN, FRANK]) vote(table, "prevote", from, 4);
    expect(table.saidBy(ME, "prevote").map(({ round }) => round)).to.include.members([0, 3]);
    expect(table.saidBy(ME, "precommit").map(({ round }) => round)).to.include.members([0, 3]);
  });

  it("can still speak in the last round that others can take it to", () => {
    let { state } = startEpoch(epochConfig(MEMBERS, MEMBER), observation([1, 2, 3, 4, 5], "last round"));
    for (const key of [PEER, OTHER]) {
      const body = { kind: "prevote", round: MOST_ROUND, valueId: ZERO_HASH } as const;
      const decoded = sealed(key, { ...body, epoch: EPOCH, attempt: ATTEMPT, sender: key.address });
      state = transition(state, { type: "message", decoded }).state;
    }
    expect(state.round).to.equal(MOST_ROUND);
    const late = transition(state, { type: "timeout", timeout: { kind: "precommit", round: MOST_ROUND } });
    expect(late.state.round).to.equal(MOST_ROUND + 1);
  });
});
