import { expect } from "chai";
import { type Effect } from "../../../keepers/oracle/consensus/types.js";
import { reportHash } from "../../../keepers/protocol/oracleMessages.js";
import { type Value } from "../../../keepers/protocol/oracleValue.js";
import { Table } from "./table.js";
import { CONTEXT, TIMEOUTS } from "./world.js";

const [ME, DAVE, ERIN, FRANK] = [0, 1, 2, 3] as const;
const OTHERS = [DAVE, ERIN, FRANK];

function codes(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "reject" ? [effect.code] : []));
}

/** One machine, which leads round 0; the test speaks for the three others. */
function alone(): Table {
  return new Table(4, [ME]);
}

function seal(table: Table, from: number, hash = reportHash(CONTEXT, table.report(from))): readonly Effect[] {
  return table.give(ME, table.speak(from, { kind: "seal", reportHash: hash }));
}

function open(table: Table, from: number): readonly Effect[] {
  return table.give(ME, table.speak(from, table.report(from)));
}

function proposed(table: Table): Value | undefined {
  return table.saidBy(ME, "proposal").at(-1)?.value;
}

function setOf(table: Table): number[] {
  const value = proposed(table);
  if (value?.type !== "reports") return [];
  return value.set.map(({ oracle }) => table.keys.findIndex(({ address }) => address === oracle));
}

describe("sealing and opening", () => {
  it("writes the whole report down, then its seal, before the seal goes out", () => {
    const { effects } = alone().seats[ME]!;
    const kinds = effects.map((effect) => (effect.type === "broadcast" ? effect.message.kind : effect.type));
    expect(kinds.indexOf("seal")).to.be.greaterThan(1);
    expect(kinds.slice(0, kinds.indexOf("seal")).filter((kind) => kind === "persist")).to.have.length(2);
  });

  it("opens when everybody has sealed, not before", () => {
    const table = alone();
    for (const from of [DAVE, ERIN]) seal(table, from);
    expect(table.saidBy(ME, "report")).to.be.empty;
    seal(table, FRANK);
    expect(table.saidBy(ME, "report")).to.have.length(1);
  });

  it("opens a moment after a quorum has sealed, or when the wait for one is over", () => {
    const gathered = alone();
    for (const from of [DAVE, ERIN]) seal(gathered, from);
    expect(gathered.seats[ME]!.effects).to.deep.include({
      type: "schedule",
      timeout: { kind: "sealGather", round: 0 },
      ms: TIMEOUTS.gather,
    });
    gathered.timeout(ME, "sealGather");
    expect(gathered.saidBy(ME, "report")).to.have.length(1);
    const waited = alone();
    waited.timeout(ME, "sealGather");
    expect(waited.saidBy(ME, "report")).to.be.empty;
    waited.timeout(ME, "sealing");
    expect(waited.saidBy(ME, "report")).to.have.length(1);
  });

  it("proposes all opened reports as soon as everything that was sealed is open", () => {
    const table = alone();
    for (const from of OTHERS) seal(table, from);
    for (const from of [DAVE, ERIN]) open(table, from);
    expect(proposed(table)).to.be.undefined;
    open(table, FRANK);
    expect(setOf(table)).to.deep.equal([ME, DAVE, ERIN, FRANK]);
  });

  it("proposes a quorum when the rest does not come, and a skip without a quorum", () => {
    const quorum = alone();
    for (const from of OTHERS) seal(quorum, from);
    for (const from of [DAVE, ERIN]) open(quorum, from);
    quorum.timeout(ME, "openGather");
    expect(setOf(quorum)).to.deep.equal([ME, DAVE, ERIN]);
    const few = alone();
    for (const from of OTHERS) seal(few, from);
    open(few, DAVE);
    few.timeout(ME, "openGather");
    expect(proposed(few)).to.be.undefined;
    few.timeout(ME, "opening");
    expect(proposed(few)).to.deep.equal({ type: "skip" });
  });

  it("takes a report that overtook its seal when the seal comes", () => {
    const table = alone();
    open(table, DAVE);
    expect(codes(open(table, DAVE))).to.deep.equal(["duplicate"]);
    seal(table, DAVE);
    expect(table.seats[ME]!.state.members.get(table.keys[DAVE]!.address)?.report).to.not.equal(undefined);
  });

  it("a copy of another's report cannot be opened under one's own name", () => {
    const table = alone();
    const stolen = reportHash(CONTEXT, table.report(ERIN));
    seal(table, DAVE, stolen);
    seal(table, ERIN);
    open(table, ERIN);
    const copy = { ...table.report(ERIN), sender: table.keys[DAVE]!.address };
    expect(codes(table.give(ME, table.speak(DAVE, copy)))).to.deep.equal(["equivocation"]);
    expect(table.seats[ME]!.state.members.get(table.keys[DAVE]!.address)?.report).to.equal(undefined);
  });

  it("leaves out who sealed after this oracle opened, while there are enough others", () => {
    const table = alone();
    for (const from of [DAVE, ERIN]) seal(table, from);
    table.timeout(ME, "sealGather");
    seal(table, FRANK);
    open(table, FRANK);
    open(table, DAVE);
    table.timeout(ME, "openGather");
    expect(setOf(table), "needed for a quorum").to.deep.equal([ME, DAVE, FRANK]);
    const enough = alone();
    for (const from of [DAVE, ERIN]) seal(enough, from);
    enough.timeout(ME, "sealGather");
    seal(enough, FRANK);
    for (const from of OTHERS) open(enough, from);
    expect(setOf(enough)).to.deep.equal([ME, DAVE, ERIN]);
  });

  it("two seals of one oracle are evidence, once, passed on to everybody, and its report is not proposed", () => {
    const table = alone();
    for (const from of OTHERS) seal(table, from);
    const [first, second] = [
      table.speak(FRANK, { kind: "seal", reportHash: reportHash(CONTEXT, table.report(FRANK)) }),
      table.speak(FRANK, { kind: "seal", reportHash: `0x${"77".repeat(32)}` }),
    ];
    const effects = table.give(ME, second);
    expect(effects).to.deep.include({
      type: "evidence",
      offence: "seal",
      member: table.keys[FRANK]!.address,
      first: first.envelope,
      second: second.envelope,
    });
    const relayed = effects.flatMap((effect) => (effect.type === "relay" ? [effect.envelope] : []));
    expect(relayed).to.deep.equal([first.envelope, second.envelope]);
    expect(table.give(ME, second).map(({ type }) => type)).to.deep.equal(["reject"]);
    for (const from of OTHERS) open(table, from);
    expect(setOf(table)).to.deep.equal([ME, DAVE, ERIN]);
  });

  it("a report about other links, or of another length, does not count", () => {
    const table = alone();
    const reports = [
      { ...table.report(DAVE), subjectsHash: `0x${"00".repeat(32)}` },
      { ...table.report(ERIN), bytes: new Uint8Array(4) },
    ];
    for (const [index, report] of reports.entries()) {
      const from = [DAVE, ERIN][index]!;
      seal(table, from, reportHash(CONTEXT, report));
      expect(codes(table.give(ME, table.speak(from, report)))).to.deep.equal(["subjects-differ"]);
    }
  });

  it("takes nothing from outsiders, of other epochs, or that is none of its business", () => {
    const table = alone();
    const outsider = new Table(5, []);
    const stranger = [0, 1, 2, 3, 4].find(
      (index) => !table.keys.some(({ address }) => address === outsider.keys[index]!.address),
    )!;
    const hash = `0x${"11".repeat(32)}`;
    const before = table.seats[ME]!.state;
    const strange = outsider.speak(stranger, { kind: "seal", reportHash: hash });
    expect(codes(table.give(ME, strange))).to.deep.equal(["not-a-member"]);
    const old = table.speak(DAVE, { kind: "seal", reportHash: hash }, 41n);
    expect(codes(table.give(ME, old))).to.deep.equal(["wrong-epoch"]);
    const leaves = table.speak(DAVE, { kind: "leaves", file: new Uint8Array(3) });
    expect(codes(table.give(ME, leaves))).to.deep.equal(["not-for-agreement"]);
    expect(table.seats[ME]!.state).to.equal(before);
  });
});
