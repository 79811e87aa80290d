import { expect } from "chai";
import fc from "fast-check";

import type {
  DeedPicture,
  JobPicture,
  NetworkPicture,
  OraclePicture,
  Picture,
} from "../../../scripts/network/view/picture.js";
import { render } from "../../../scripts/network/view/render.js";
import { clip, paint, unpainted } from "../../../scripts/network/view/style.js";
import { bar, left, right } from "../../../scripts/network/view/text.js";

const address = (digit: number) => `0x${digit.toString(16).repeat(40)}`;

const oracle = (digit: number, parts: Partial<OraclePicture> = {}): OraclePicture => ({
  address: address(digit),
  phase: "waiting",
  round: -1,
  deciding: 3n,
  slots: 6,
  lastCommitted: 2n,
  lag: 0,
  connected: true,
  ...parts,
});

const deed = (number: number, parts: Partial<DeedPicture> = {}): DeedPicture => ({
  name: `ND #${number}`,
  owner: address(number % 16),
  node: address((number + 1) % 16),
  state: "running",
  slots: 6,
  lastByte: 255,
  cumulative: 510n,
  claimed: 2_917_016_376_773_970_232n,
  ...parts,
});

const job = (number: number, parts: Partial<JobPicture> = {}): JobPicture => ({
  name: `job ${number}`,
  owner: address(9),
  state: "runs",
  deeds: [5, 6],
  places: 2,
  epochs: { passed: 1, all: 2 },
  served: 609n,
  deposit: 4n * 10n ** 17n,
  paid: 0n,
  ...parts,
});

function picture(parts: Partial<NetworkPicture> = {}, lineCount = 40): Picture {
  const network: NetworkPicture = {
    rpcUrl: "http://127.0.0.1:8545",
    block: 143,
    epoch: { number: 3n, slot: 7, slots: 12, secondsLeft: 10.4 },
    supply: { minted: 128_112_827_457_534_246_575_342n, burned: 600n * 10n ** 18n },
    oracles: [1, 2, 3, 4].map((digit) => oracle(digit)),
    deeds: Array.from({ length: 11 }, (_, index) => deed(index + 1)),
    jobs: [],
    ...parts,
  };
  const lines = Array.from({ length: lineCount }, (_, index) => {
    return {
      at: index * 1000,
      kind: index % 5 === 0 ? ("chapter" as const) : ("event" as const),
      text: `line ${index}`,
    };
  });
  return { lines, network };
}

const size = { columns: 80, rows: 24 };
const plain = (shown: Picture, area = size) => render(shown, area).map(unpainted);
const lineWith = (lines: readonly string[], text: string) => lines.find((line) => line.includes(text)) ?? "";

describe("the live view's screen", () => {
  it("never has more lines or wider ones than the terminal", () => {
    const sizes = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 80 }) });
    const pictures = fc.record({
      oracles: fc.integer({ min: 0, max: 7 }).map((count) => Array.from({ length: count }, (_, i) => oracle(i))),
      deeds: fc.integer({ min: 0, max: 30 }).map((count) => Array.from({ length: count }, (_, i) => deed(i))),
      jobs: fc.integer({ min: 0, max: 5 }).map((count) => Array.from({ length: count }, (_, i) => job(i))),
    });
    fc.assert(
      fc.property(sizes, pictures, (area, parts) => {
        const lines = render(picture(parts), area);
        expect(lines.length).to.be.at.most(area.rows);
        for (const line of lines) expect(unpainted(line).length).to.be.at.most(area.columns);
      }),
    );
  });

  it("shows the newest three jobs: who serves them, for how long still, and what was paid", () => {
    const jobs = [
      job(1),
      job(2, { deeds: [4] }),
      job(3, { state: "settled", deeds: [], paid: 2n * 10n ** 17n }),
      job(4),
    ];
    const lines = plain(picture({ jobs }), { columns: 120, rows: 40 });
    expect(lineWith(lines, "job 1")).to.equal("");
    expect(lineWith(lines, "job 2")).to.match(/runs +ND #4 \(1 free\) +1\/2 +609 +0\.4000 +0\.0000/u);
    expect(lineWith(lines, "job 3")).to.match(/settled +– +1\/2 +609 +0\.4000 +0\.2000/u);
    expect(lineWith(lines, "job 4")).to.match(/runs +ND #5, #6 /u);
  });

  it("shows all oracles, all eleven deeds and the newest lines on 80 × 24", () => {
    const lines = plain(picture());
    expect(lines).to.have.length(24);
    for (let number = 1; number <= 11; number += 1) expect(lineWith(lines, ` ND #${number} `)).to.not.equal("");
    for (const digit of [1, 2, 3, 4]) expect(lineWith(lines, `${address(digit).slice(0, 6)}…`)).to.not.equal("");
    expect(lines.at(-1)).to.include("line 39");
  });

  it("tells the epoch, how far it is, and the seconds that are left", () => {
    const [first = ""] = plain(picture());
    expect(first).to.include("epoch 3").and.to.include("slot 7 of 12").and.to.include("11 s left");
    const bars = /([█]+)([░]+)/u.exec(first);
    expect((bars?.[1]?.length ?? 0) / (bars?.[0].length ?? 1)).to.be.closeTo(7 / 12, 0.02);
  });

  it("counts down to epoch 0 before there is an epoch", () => {
    const [first] = plain(picture({ epoch: { number: undefined, slot: 0, slots: 12, secondsLeft: 3.2 } }));
    expect(first).to.equal(" R1 · epoch 0 begins in 4 s");
  });

  it("tells missed slots from those to come, and leaves the running slot open", () => {
    const deeds = [deed(1, { slots: 6 }), deed(2, { slots: 2 }), deed(3, { slots: 0 }), deed(4, { slots: 7 })];
    const lines = plain(picture({ deeds }), { columns: 120, rows: 40 });
    const bars = deeds.map(({ name }) => /[█▒░]+/u.exec(lineWith(lines, name))?.[0]);
    const cells = (heard: number, missed: number, coming: number) =>
      "█".repeat(2 * heard) + "▒".repeat(2 * missed) + "░".repeat(2 * coming);
    expect(bars).to.deep.equal([cells(6, 0, 6), cells(2, 4, 6), cells(0, 6, 6), cells(7, 0, 5)]);
  });

  it("cuts amounts to two decimals and never rounds them up", () => {
    const lines = plain(picture({ deeds: [deed(1, { claimed: 1_999_999_999_999_999_999n })] }));
    expect(lineWith(lines, "ND #1")).to.match(/ 1\.99$/u);
    expect(lines[1]).to.include("minted 128,112.82 R1").and.to.include("burned 600.00 R1");
  });

  it("says how many deeds there was no room for, and keeps the end of the story", () => {
    const deeds = Array.from({ length: 30 }, (_, index) => deed(index + 1));
    const lines = plain(picture({ deeds }));
    const shown = lines.filter((line) => line.startsWith(" ND #")).length;
    expect(shown).to.be.greaterThan(5);
    expect(lineWith(lines, "more deeds")).to.include(`and ${30 - shown} more deeds`);
    expect(lines.at(-1)).to.include("line 39");
  });

  it("makes a silent node, a lagging oracle and one without a broker stand out", () => {
    const looks = (text: string, parts: Partial<NetworkPicture>) => lineWith(render(picture(parts), size), text);
    expect(looks("paused", { deeds: [deed(1, { state: "paused" })] })).to.include(paint.bad(left("paused", 8)));
    expect(looks("off", { oracles: [oracle(1, { connected: false })] })).to.include(paint.bad(left("off", 7)));
    expect(looks("waiting", { oracles: [oracle(1, { lag: 3 })] })).to.include(paint.bad(right("3", 4)));
    expect(looks("waiting", { oracles: [oracle(1, { lag: 1 })] })).to.not.include(paint.bad(right("1", 4)));
  });

  it("names epoch and round while the oracles are at it", () => {
    const busy = { phase: "prevote" as const, round: 2 };
    expect(lineWith(plain(picture({ oracles: [oracle(1, busy)] })), "prevote")).to.include("prevote, epoch 3 r2");
  });

  it("shows the story alone until the protocol is deployed", () => {
    const lines = plain({ ...picture(), network: undefined });
    expect(lines[0]).to.include("the network starts");
    expect(lines.at(-1)).to.include("line 39");
  });
});

describe("text of the view", () => {
  it("fills and cuts to the width", () => {
    expect(left("abc", 5)).to.equal("abc  ");
    expect(right("abc", 5)).to.equal("  abc");
    expect(left("abcdef", 4)).to.equal("abc…");
    expect(right("abcdef", 4)).to.equal("abc…");
  });

  it("fills a bar by the share, from nothing to everything", () => {
    expect(bar(0.25, 8)).to.deep.equal({ full: "██", empty: "░░░░░░" });
    expect(bar(-1, 2)).to.deep.equal({ full: "", empty: "░░" });
    expect(bar(7, 2)).to.deep.equal({ full: "██", empty: "" });
  });

  it("clips what is seen, and gives the terminal its normal look back", () => {
    const painted = paint.good("green") + paint.bad("red");
    expect(unpainted(clip(painted, 6))).to.equal("greenr");
    expect(clip(painted, 6).endsWith("\x1b[0m")).to.equal(true);
    expect(clip(painted, 8)).to.equal(painted);
  });
});
