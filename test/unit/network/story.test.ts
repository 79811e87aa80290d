import { expect } from "chai";

import { KeeperError } from "../../../keepers/core/errors.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { LeafKind } from "../../../keepers/protocol/leaf.js";
import { dollars, number, r1, short } from "../../../scripts/network/amounts.js";
import { DeedBook } from "../../../scripts/network/deedBook.js";
import { Narrator } from "../../../scripts/network/narrator.js";
import { checkReport, type DeedReport, type Report } from "../../../scripts/network/report.js";
import { plainLine } from "../../../scripts/network/view/plainView.js";
import { until } from "../../../scripts/network/world.js";

const address = (digit: number) => `0x${digit.toString(16).repeat(40)}`;
const hash = `0x${"ab".repeat(32)}`;

describe("the book of deeds", () => {
  const node = deedId(DeedKind.NODE, 1n);
  const genesis = deedId(DeedKind.GENESIS, 1n);
  const file = (...entries: [bigint, bigint][]) => ({
    chainId: 1n,
    ledger: address(1),
    epoch: 0n,
    previousRoot: hash,
    entries: entries.map(([id, cumulative]) => ({ kind: LeafKind.AVAILABILITY, id, cumulative })),
  });

  it("takes each epoch's bytes out of the sums, zero for the epochs before a deed came", () => {
    const book = new DeedBook();
    book.add({ id: genesis, owner: address(1), node: address(2) });
    book.addEpoch(file([genesis, 255n]));
    book.add({ id: node, owner: address(3), node: address(4) });
    book.addEpoch(file([node, 191n], [genesis, 500n]));
    book.addEpoch(file([node, 318n], [genesis, 500n]));
    expect(book.all.map(({ perEpoch }) => perEpoch)).to.deep.equal([
      [0, 191, 127],
      [255, 245, 0],
    ]);
    expect(book.get(node)?.cumulative).to.equal(318n);
  });

  it("adds up claims, and ignores those of deeds that are not in the story", () => {
    const book = new DeedBook();
    book.add({ id: node, owner: address(3), node: address(4) });
    const claim = { epoch: 1n, cumulative: 255n, txHash: hash };
    book.addClaim({ ...claim, deed: node, amount: 5n });
    book.addClaim({ ...claim, deed: node, amount: 7n });
    book.addClaim({ ...claim, deed: genesis, amount: 11n });
    expect(book.all.map(({ claimed }) => claimed)).to.deep.equal([12n]);
  });
});

describe("the report's own check", () => {
  const entry = (parts: Partial<DeedReport>) => ({ kind: "ND", tokenId: "1", claimed: "5", expected: "5", ...parts });
  const report = (...deeds: Partial<DeedReport>[]) => ({ deeds: deeds.map(entry), jobs: [] }) as unknown as Report;

  it("accepts claims that equal the law, to the wei", () => {
    expect(() => checkReport(report({}, { tokenId: "2" }))).to.not.throw();
  });

  it("names every deed that got more or less", () => {
    const wrong = report({}, { tokenId: "2", claimed: "4" }, { kind: "MND", tokenId: "3", claimed: "6" });
    expect(() => checkReport(wrong))
      .to.throw(KeeperError)
      .with.property("message")
      .that.includes("ND #2: 4, want 5; MND #3: 6, want 5")
      .and.not.includes("ND #1");
  });
});

describe("waiting in the story", () => {
  const signal = new AbortController().signal;

  it("ends as soon as the condition holds", async () => {
    const clock = new VirtualClock();
    let ready = false;
    const waiting = until({ clock, signal }, "ready", 10_000, () => ready);
    clock.schedule(3_000, () => (ready = true));
    await clock.advance(3_200);
    await waiting;
  });

  it("says what did not happen", async () => {
    const clock = new VirtualClock();
    const waiting = until({ clock, signal }, "the nodes are seen", 10_000, () => false).catch(
      (error: unknown) => error,
    );
    await clock.advance(11_000);
    expect(await waiting)
      .to.be.instanceOf(KeeperError)
      .with.property("message", "after 10 s still not: the nodes are seen");
  });
});

describe("the narrator", () => {
  it("tells its listeners, keeps the newest lines, and forgets who left", () => {
    const narrator = new Narrator({ clock: { now: () => 0 } });
    const heard: string[] = [];
    const forget = narrator.onLine(({ text }) => heard.push(text));
    narrator.chapter("one");
    forget();
    for (let line = 0; line < 1_000; line += 1) narrator.tell(`line ${line}`);
    expect(heard).to.deep.equal(["one"]);
    expect(narrator.lines.length).to.be.within(100, 500);
    expect(narrator.lines.at(-1)?.text).to.equal("line 999");
  });

  it("is a line without any escape where there is no terminal", () => {
    const at = new Date(2026, 0, 1, 12, 30, 5).getTime();
    expect(plainLine({ at, kind: "chapter", text: "Nodes join" })).to.equal("12:30:05 == Nodes join");
    expect(plainLine({ at, kind: "warning", text: "slow" })).to.equal("12:30:05  ! slow");
  });
});

describe("amounts for people", () => {
  it("are grouped and cut, never rounded up", () => {
    expect(r1(128_112_999_999_999_999_999_999n)).to.equal("128,112.99 R1");
    expect(r1(0n)).to.equal("0.00 R1");
    expect(dollars(1_234_500_000n)).to.equal("$1,234.50");
    expect(number("1000000", 0)).to.equal("1,000,000");
  });

  it("shorten addresses the same way whatever their case", () => {
    expect(short("0xABCDEF0000000000000000000000000000001234")).to.equal("0xabcd…1234");
  });
});
