import { expect } from "chai";
import type { LogEntry } from "../../../../keepers/core/memoryLogger.js";
import { oracleTopic, signMessage } from "../../../../keepers/protocol/oracleMessages.js";
import { hashOf } from "../validation/messages.js";
import { CONTEXT, EPOCH_MS, Fleet, type FleetOracle } from "./fleet.js";

/** What an oracle has to say about epochs, by what it is about. */
const ABOUT_ROUNDS = ["a step of a round begins", "an oracle message was not used"];
const ABOUT_EPOCHS = [
  "an oracle contradicted itself",
  "the voting log cannot be written, or nothing be signed: this oracle does not vote until it can",
  "own availability is below 250 of 255: no report this epoch",
  "the epoch's commit was not sent",
  "epoch committed",
];

describe("the oracles' logs", () => {
  let fleet: Fleet;
  let entries: LogEntry[];

  /** Two good epochs' worth of trouble: a liar, a full disk, an RPC that is down, and one that was away itself. */
  before(async () => {
    fleet = new Fleet(4);
    const [liar, full, away] = fleet.oracles as [FleetOracle, FleetOracle, FleetOracle];
    away.measure = (epoch) => (epoch === 1n ? 249 : 255);
    await fleet.start();
    await fleet.runTo(EPOCH_MS + 100);
    const bus = fleet.hub.connect("liar");
    for (const valueId of [hashOf(1), hashOf(2), hashOf(2)]) {
      const header = { epoch: 0n, attempt: 0, sender: liar.key.address };
      const vote = signMessage(liar.key, CONTEXT, { kind: "prevote", round: 3, valueId, ...header });
      await bus.publish(oracleTopic(CONTEXT.chainId, liar.key.address), vote);
    }
    await fleet.runTo(EPOCH_MS + 30_000);
    for (const oracle of fleet.oracles) oracle.rpcDown = true;
    await fleet.runTo(2 * EPOCH_MS + 20_000);
    for (const oracle of fleet.oracles) oracle.rpcDown = false;
    await fleet.runTo(3 * EPOCH_MS - 1);
    const append = full.journal.append.bind(full.journal);
    full.journal.append = () => Promise.reject(new Error("no space left on device"));
    await fleet.runTo(3 * EPOCH_MS + 10_000);
    full.journal.append = append;
    await fleet.runTo(4 * EPOCH_MS - 1);
    await bus.close();
    await fleet.close();
    entries = fleet.oracles.flatMap(({ logs }) => logs.flat());
  });

  it("say on every line about an epoch which one, in one way", () => {
    for (const msg of [...ABOUT_EPOCHS, ...ABOUT_ROUNDS]) {
      const lines = entries.filter((entry) => entry.msg === msg);
      expect(lines, msg).to.not.be.empty;
      for (const { epoch } of lines) expect(epoch, msg).to.match(/^\d+$/u);
    }
    for (const entry of entries) {
      if ("epoch" in entry) expect(entry["epoch"], entry.msg).to.be.a("string").that.matches(/^\d+$/u);
      else expect(entry.msg).to.not.match(/epoch|round|vote|report|commit/u);
    }
  });

  it("say on every line about a round which one, as a number", () => {
    for (const msg of ABOUT_ROUNDS) {
      for (const { round } of entries.filter((entry) => entry.msg === msg)) expect(round, msg).to.be.a("number");
    }
    const [accusation] = entries.filter((entry) => entry.msg === "an oracle contradicted itself");
    expect(accusation).to.include({ epoch: "0", attempt: 0, round: 3, offence: "prevote" });
  });

  it("follow each epoch from its first step to its commit", () => {
    for (const epoch of ["0", "1"]) {
      const lines = entries.filter((entry) => entry["epoch"] === epoch).map(({ msg }) => msg);
      expect(lines.indexOf("a step of a round begins")).to.be.within(0, lines.indexOf("epoch committed") - 1);
    }
  });
});
