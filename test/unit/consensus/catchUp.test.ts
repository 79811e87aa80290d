import { expect } from "chai";
import { type Effect } from "../../../keepers/oracle/consensus/types.js";
import { type MessageOf, type OracleMessage, reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { type Value, ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { Table } from "./table.js";
import { CONTEXT, oracleKeys, sealed } from "./world.js";

const [LEADER, ME, ERIN, FRANK] = [0, 1, 2, 3] as const;
const SKIP: Value = { type: "skip" };

function said(effects: readonly Effect[]): OracleMessage[] {
  return effects.flatMap((effect) => (effect.type === "broadcast" ? [effect.message] : []));
}

function decision(table: Table, voters: readonly number[], round = 0, voted = round): MessageOf<"decision"> {
  const certificate = voters.map((from) => {
    const { signature } = table.speak(from, { kind: "precommit", round: voted, valueId: table.idOf(SKIP) });
    return { oracle: table.keys[from]!.address, signature };
  });
  const { epoch, attempt, sender } = table.report(LEADER);
  return { kind: "decision", epoch, attempt, sender, round, value: SKIP, certificate };
}

describe("catching up", () => {
  it("adopts a decision that a quorum signed, at once and on disk", () => {
    const table = new Table(4, [ME]);
    const effects = table.give(ME, table.speak(LEADER, decision(table, [LEADER, ERIN, FRANK], 5)));
    expect(effects.map(({ type }) => type)).to.deep.equal(["persist", "decided"]);
    expect(table.seats[ME]!.state.decision).to.deep.include({ round: 5, value: SKIP });
  });

  it("adopts nothing that is not proven", () => {
    const table = new Table(4, [ME]);
    const good = decision(table, [LEADER, ERIN, FRANK]);
    const stolen = good.certificate.map((vote, index) => ({
      ...vote,
      signature: good.certificate[(index + 1) % 3]!.signature,
    }));
    const forgeries = [
      decision(table, [LEADER, ERIN]),
      decision(table, [LEADER, ERIN, FRANK], 1, 0),
      { ...good, certificate: stolen },
      { ...good, value: table.valueOf((index) => reportHash(CONTEXT, table.report(index)), [0, 1, 2]) },
    ];
    for (const forgery of forgeries) {
      const effects = table.give(ME, table.speak(LEADER, forgery));
      expect(effects).to.deep.equal([{ type: "reject", member: table.keys[LEADER]!.address, code: "bad-certificate" }]);
    }
  });

  it("tells an oracle outside the set what was decided when it asks, and listens to nothing else from it", () => {
    const table = new Table(4, [ME]);
    const stranger = oracleKeys(5).find(({ address }) => table.keys.every((key) => key.address !== address))!;
    const ask = { ...decision(table, []), kind: "request", what: "decision", key: ZERO_HASH } as const;
    const asking = sealed(stranger, { ...ask, sender: stranger.address });
    expect(said(table.give(ME, asking)), "before the decision").to.be.empty;
    table.give(ME, table.speak(LEADER, decision(table, [LEADER, ERIN, FRANK])));
    const seal = sealed(stranger, { ...decision(table, []), kind: "seal", reportHash: ZERO_HASH });
    for (let twice = 0; twice < 2; twice++) expect(said(table.give(ME, seal))).to.be.empty;
    expect(said(table.give(ME, asking)).map(({ kind }) => kind)).to.deep.equal(["decision"]);
    expect(said(table.give(ME, asking)), "once between two resends").to.be.empty;
  });

  it("answers who repeats itself, asks, or is in a later round; once between two resends", () => {
    const table = new Table(4, [ME]);
    table.give(ME, table.speak(LEADER, decision(table, [LEADER, ERIN, FRANK])));
    const seal = table.speak(ERIN, { kind: "seal", reportHash: ZERO_HASH });
    const vote = table.speak(ERIN, { kind: "precommit", round: 0, valueId: table.idOf(SKIP) });
    for (const first of [seal, vote]) expect(said(table.give(ME, first))).to.be.empty;
    const lagging = [
      seal,
      vote,
      table.speak(ERIN, { kind: "prevote", round: 1, valueId: ZERO_HASH }),
      table.speak(ERIN, { kind: "request", what: "decision", key: ZERO_HASH }),
    ];
    for (const message of lagging) {
      expect(said(table.give(ME, message)).map(({ kind }) => kind)).to.deep.equal(["decision"]);
      expect(said(table.give(ME, message))).to.be.empty;
      table.timeout(ME, "resend");
    }
  });

  it("asks for the decision when a quorum precommitted a value it never saw", () => {
    const table = new Table(4, [ME]);
    const votes = [LEADER, ERIN, FRANK].map((from) =>
      table.speak(from, { kind: "precommit", round: 0, valueId: `0x${"ab".repeat(32)}` }),
    );
    const effects = votes.flatMap((vote) => table.give(ME, vote));
    expect(said(effects).map((message) => message.kind)).to.deep.equal(["request"]);
    expect(said(effects)[0]).to.include({ what: "decision", key: ZERO_HASH });
  });

  it("says again what others may have missed: seal, votes of this round and the one before, requests", () => {
    const table = new Table(4, [ME]);
    table.timeout(ME, "sealing");
    table.give(ME, table.speak(ERIN, { kind: "seal", reportHash: reportHash(CONTEXT, table.report(ERIN)) }));
    table.timeout(ME, "opening");
    table.timeout(ME, "propose", 0);
    for (const kind of ["prevote", "precommit"] as const) {
      for (const from of [LEADER, ERIN]) table.give(ME, table.speak(from, { kind, round: 0, valueId: ZERO_HASH }));
    }
    table.timeout(ME, "precommit", 0);
    expect(table.seats[ME]!.state.round).to.equal(1);
    const kinds = said(table.timeout(ME, "resend")).map((message) =>
      "round" in message ? `${message.kind} ${message.round}` : message.kind,
    );
    expect(kinds).to.have.members(["seal", "proposal 1", "prevote 0", "precommit 0", "prevote 1", "request"]);
  });

  it("hands out its own report and, as leader, others', with their seals; once between two resends", () => {
    const table = new Table(4, [LEADER]);
    const ask = (of: number) =>
      table.speak(FRANK, { kind: "request", what: "report", key: reportHash(CONTEXT, table.report(of)) });
    const relayed = (effects: readonly Effect[]) => effects.filter(({ type }) => type === "relay").length;
    expect(relayed(table.give(LEADER, ask(LEADER))), "still sealed").to.equal(0);
    for (const from of [ME, ERIN]) {
      table.give(LEADER, table.speak(from, { kind: "seal", reportHash: reportHash(CONTEXT, table.report(from)) }));
    }
    table.timeout(LEADER, "sealGather");
    expect(relayed(table.give(LEADER, ask(LEADER)))).to.equal(2);
    expect(relayed(table.give(LEADER, ask(LEADER)))).to.equal(0);
    for (const from of [ME, ERIN]) table.give(LEADER, table.speak(from, table.report(from)));
    expect(relayed(table.give(LEADER, ask(ERIN)))).to.equal(2);
    expect(table.give(LEADER, ask(FRANK))).to.deep.include({
      type: "reject",
      member: table.keys[FRANK]!.address,
      code: "unknown-request",
    });
  });
});
