import { expect } from "chai";

import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Narrator } from "../../../scripts/network/narrator.js";
import { LiveView } from "../../../scripts/network/view/liveView.js";
import { unpainted } from "../../../scripts/network/view/style.js";
import { openView } from "../../../scripts/network/view/view.js";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const ALTERNATE_SCREEN = "\x1b[?1049h";
const CLEAR = "\x1b[2J";

function terminal(parts: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  const clock = new VirtualClock();
  const narrator = new Narrator({ clock });
  const written: string[] = [];
  const output = { isTTY: true, ...parts, write: (text: string) => written.push(text) };
  return { clock, narrator, output, written };
}

describe("the live view on a terminal", () => {
  it("draws what was told by the next frame, over what was there", async () => {
    const { clock, narrator, output, written } = terminal({ columns: 80, rows: 24 });
    const view = new LiveView({ output, clock, narrator });
    narrator.tell("a deed is sold");
    written.length = 0;
    await clock.advance(300);
    expect(unpainted(written.join(""))).to.include("a deed is sold");
    expect(written.join("")).to.not.include(CLEAR);
    view.close();
  });

  it("draws on terminals that say nothing of their size, or zero", () => {
    for (const size of [{}, { columns: 0, rows: 0 }]) {
      const { clock, narrator, output, written } = terminal(size);
      const view = new LiveView({ output, clock, narrator });
      expect(unpainted(written.join(""))).to.include("the network starts");
      view.close();
    }
  });

  it("gives the cursor back, shows the last line, leaves the screen as it is, and draws no more", async () => {
    const { clock, narrator, output, written } = terminal({ columns: 80, rows: 24 });
    const view = new LiveView({ output, clock, narrator });
    narrator.tell("the last line");
    view.close();
    view.close();
    expect(written.join("").split(HIDE_CURSOR)).to.have.length(2);
    expect(written.join("").split(SHOW_CURSOR)).to.have.length(2);
    expect(written.at(-1)).to.include(SHOW_CURSOR);
    expect(written.join("")).to.include("the last line").and.not.include(ALTERNATE_SCREEN);
    const count = written.length;
    await clock.advance(5_000);
    expect(written).to.have.length(count);
    expect(clock.pending).to.equal(0);
  });
});

describe("the view", () => {
  it("is plain lines without a terminal, and with --logs", () => {
    for (const { isTTY, logs } of [
      { isTTY: false, logs: false },
      { isTTY: true, logs: true },
    ]) {
      const { clock, narrator, output, written } = terminal({ isTTY });
      const view = openView({ logs }, { output, clock, narrator });
      narrator.tell("a deed is sold");
      view.close();
      narrator.tell("later");
      expect(written).to.have.length(1);
      expect(written[0]).to.match(/^\d\d:\d\d:\d\d {4}a deed is sold\n$/u);
    }
  });

  it("is a screen on a terminal", () => {
    const { clock, narrator, output, written } = terminal();
    openView({ logs: false }, { output, clock, narrator }).close();
    expect(written.join("")).to.include(HIDE_CURSOR);
  });
});
