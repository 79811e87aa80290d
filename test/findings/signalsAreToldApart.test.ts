import { expect } from "chai";
import { installSignalHandlers, Lifecycle } from "../../keepers/core/lifecycle.js";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { Target } from "../unit/core/signalTarget.js";

/** Finding: npm hands Ctrl-C on, so that the process gets it twice; the copy was taken for an operator's second, impatient one. */
describe("finding: a signal that comes twice", () => {
  it("exits at once on the second signal, of either kind; a repeat of the first is none", async () => {
    const clock = new VirtualClock();
    const target = new Target();
    const lifecycle = new Lifecycle({ closeTimeoutMs: 10_000 }, { clock });
    lifecycle.onClose("hanging", () => new Promise(() => undefined));
    installSignalHandlers(lifecycle, { target, clock });
    target.emit("SIGINT");
    await clock.advance(400);
    target.emit("SIGINT");
    expect(target.exits).to.deep.equal([]);
    await clock.advance(1);
    target.emit("SIGTERM");
    expect(target.exits).to.deep.equal([130]);
  });
});
