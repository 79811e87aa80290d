import { expect } from "chai";
import { restoreEpoch, startEpoch } from "../../../keepers/oracle/consensus/epoch.js";
import { type Effect } from "../../../keepers/oracle/consensus/types.js";
import { type OracleMessage, reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { Fleet } from "./harness.js";
import { Table } from "./table.js";
import { CONTEXT, epochConfig, observation, oracleKeys } from "./world.js";

const [ME, DAVE, ERIN, FRANK] = [0, 1, 2, 3] as const;

function said(effects: readonly Effect[]): OracleMessage[] {
  return effects.flatMap((effect) => (effect.type === "broadcast" ? [effect.message] : []));
}

/** A machine that leads round 0 and is locked on its proposal. */
function locked(): { table: Table; id: string } {
  const table = new Table(4, [ME]);
  for (const from of [DAVE, ERIN, FRANK]) {
    const hash = reportHash(CONTEXT, table.report(from));
    table.give(ME, table.speak(from, { kind: "seal", reportHash: hash }));
    table.give(ME, table.speak(from, table.report(from)));
  }
  for (const from of [DAVE, ERIN, FRANK]) table.give(ME, table.speak(from, table.report(from)));
  const id = table.idOf(table.saidBy(ME, "proposal")[0]!.value);
  for (const from of [DAVE, ERIN]) table.give(ME, table.speak(from, { kind: "prevote", round: 0, valueId: id }));
  return { table, id };
}

describe("the beginning of an epoch, and going on after a crash", () => {
  const keys = oracleKeys(4);
  const config = epochConfig(keys, keys[ME]!);

  it("seals nothing without an observation, and outside the oracle set only asks what was decided", () => {
    const voter = startEpoch(config);
    expect(said(voter.effects)).to.be.empty;
    const outsider = startEpoch({ ...config, me: `0x${"99".repeat(20)}` }, observation([1, 2, 3, 4, 5], "outside"));
    expect(outsider.effects.map(({ type }) => type)).to.deep.equal(["schedule", "broadcast", "schedule"]);
    expect(outsider.effects[1]).to.have.property("message").that.includes({ kind: "request", what: "decision" });
  });

  it("refuses a configuration that contradicts itself", () => {
    const backwards = [...config.members].reverse();
    expect(() => startEpoch({ ...config, members: backwards })).to.throw(RangeError, "members");
    expect(() => startEpoch({ ...config, leaders: config.members.slice(1) })).to.throw(RangeError, "leaders");
    expect(() => startEpoch(config, observation([1, 2], "short"))).to.throw(RangeError, "got 2 bytes, want 5");
  });

  it("opens the report that it sealed, whatever it observes after the crash", () => {
    const first = startEpoch(config, observation([1, 2, 3, 4, 5], "first"));
    const records = first.effects.flatMap((effect) => (effect.type === "persist" ? [effect.record] : []));
    const [seal] = said(first.effects);
    for (const kept of [records, records.slice(0, 1)]) {
      const again = restoreEpoch(config, kept, observation([9, 9, 9, 9, 9], "second"));
      expect(said(again.effects)).to.deep.equal([seal]);
    }
  });

  it("keeps its lock, and says the same again", () => {
    const { table, id } = locked();
    const { journal, state } = table.seats[ME]!;
    expect(state.lock).to.deep.equal({ round: 0, id });
    const restored = restoreEpoch(config, journal, table.observed(ME));
    expect(restored.state.lock).to.deep.equal(state.lock);
    expect(restored.state.valid).to.deep.equal(state.valid);
    expect(restored.state.step).to.equal("precommit");
    const votes = said(restored.effects).map((message) =>
      "round" in message ? `${message.kind} ${message.round}` : message.kind,
    );
    expect(votes).to.deep.equal(["seal", "proposal 0", "prevote 0", "precommit 0"]);
    expect(said(restored.effects).at(-1)).to.include({ valueId: id });
  });

  it("keeps the lock when it crashed between the lock and the precommit", () => {
    const { table, id } = locked();
    const { journal } = table.seats[ME]!;
    const restored = restoreEpoch(config, journal.slice(0, -1), table.observed(ME));
    expect(restored.state.lock).to.deep.equal({ round: 0, id });
    expect(restored.state.step).to.equal("prevote");
    table.settle(ME, restored);
    for (const from of [DAVE, ERIN]) {
      table.give(ME, table.speak(from, { kind: "precommit", round: 2, valueId: ZERO_HASH }));
    }
    const other = table.valueOf((index) => reportHash(CONTEXT, table.report(index)), [ME, DAVE, ERIN]);
    table.give(ME, table.speak(ERIN, { kind: "proposal", round: 2, validRound: undefined, value: other }));
    expect(table.saidBy(ME, "prevote").at(-1)).to.include({ round: 2, valueId: ZERO_HASH });
  });

  it("reports a decision again, and answers with it", () => {
    const { table, id } = locked();
    for (const from of [DAVE, ERIN]) table.give(ME, table.speak(from, { kind: "precommit", round: 0, valueId: id }));
    const { decision } = table.seats[ME]!.state;
    const restored = restoreEpoch(config, table.seats[ME]!.journal);
    expect(restored.effects).to.deep.equal([{ type: "decided", decision }]);
    table.settle(ME, restored);
    const asked = table.give(ME, table.speak(ERIN, { kind: "request", what: "decision", key: ZERO_HASH }));
    expect(said(asked)).to.deep.equal([decision]);
  });

  it("goes on with what another set decided only when this set has decided it too", () => {
    const { table, id } = locked();
    for (const from of [DAVE, ERIN]) table.give(ME, table.speak(from, { kind: "precommit", round: 0, valueId: id }));
    const five = oracleKeys(5);
    const members = five.map(({ address }) => address);
    expect(members).to.include.members([...config.members]);
    const restored = restoreEpoch({ ...config, members, leaders: members }, table.seats[ME]!.journal);
    expect(restored.state.decision).to.equal(undefined);
    expect(restored.state.lock).to.deep.equal({ round: 0, id });
    expect(said(restored.effects).at(-1)).to.include({ kind: "precommit", valueId: id });
  });

  it("refuses a journal of another epoch, attempt, chain or format", () => {
    const { journal } = locked().table.seats[ME]!;
    expect(() => restoreEpoch({ ...config, epoch: 43n }, journal)).to.throw("got epoch 42, want 43");
    expect(() => restoreEpoch({ ...config, attempt: 4 }, journal)).to.throw("got attempt 3, want 4");
    expect(() => restoreEpoch({ ...config, context: { ...CONTEXT, chainId: 1n } }, journal)).to.throw("chain");
    expect(() => restoreEpoch(config, [Uint8Array.of(7)])).to.throw("journal record: got type 7");
  });

  /** The Monitor of the fleet throws at the first vote, seal or proposal that contradicts an earlier one. */
  it("never contradicts itself, wherever it crashes", function () {
    this.timeout(120_000);
    for (const index of [0, 2]) {
      const undisturbed = new Fleet({ seed: 5, size: 4, healAt: 1_500, loss: 0.4 });
      undisturbed.run();
      const effects = undisturbed.oracles[index]!.performed;
      expect(effects).to.be.greaterThan(30);
      for (let effect = 0; effect < effects; effect++) {
        new Fleet({ seed: 5, size: 4, healAt: 1_500, loss: 0.4, crashAt: { index, effect } }).run();
      }
    }
  });
});
