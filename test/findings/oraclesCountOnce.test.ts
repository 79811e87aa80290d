import { expect } from "chai";
import { isDecisionProven } from "../../keepers/oracle/consensus/certificate.js";
import { addVote, NO_VOTES, voteOf } from "../../keepers/oracle/consensus/votes.js";
import { reportHash } from "../../keepers/protocol/oracleMessages.js";
import { type Value, valueId } from "../../keepers/protocol/oracleValue.js";
import { quorum } from "../../keepers/protocol/quorum.js";
import { ATTEMPT, CONTEXT, EPOCH, oracleKeys, sealed } from "../unit/consensus/world.js";
import { equivocator } from "../unit/consensus/byzantine.js";
import { Fleet } from "../unit/consensus/harness.js";
import { Table } from "../unit/consensus/table.js";

const SKIP: Value = { type: "skip" };
const SKIP_ID = valueId(EPOCH, SKIP);

/**
 * Found elsewhere: one oracle supplies all signatures, because the name in the table is never compared with the signer; a table
 * with one signature of somebody who is no oracle is believed by those who catch up; a member reports any number of variants;
 * f + 1 signatures prove one honest signer only; reports are open, so lazy members copy them; a second proposer lowers the count of
 * the first, who cannot be voted for again.
 */
describe("finding: each oracle counts once, for what it signed itself", () => {
  const keys = oracleKeys(7);
  const rules = { context: CONTEXT, epoch: EPOCH, attempt: ATTEMPT, members: keys.map(({ address }) => address) };
  const MALLORY = 6;

  /** A precommit in the name of `sender`, signed by `signer`. */
  const precommit = (sender: number, signer = sender) => {
    const header = { epoch: EPOCH, attempt: ATTEMPT, sender: keys[sender]!.address };
    return sealed(keys[signer]!, { kind: "precommit", ...header, round: 0, valueId: SKIP_ID });
  };

  const decision = (certificate: readonly { oracle: string; signature: Uint8Array }[]) =>
    ({
      kind: "decision",
      epoch: EPOCH,
      attempt: ATTEMPT,
      sender: keys[0]!.address,
      round: 0,
      value: SKIP,
      certificate: [...certificate].sort((a, b) => (a.oracle < b.oracle ? -1 : 1)),
    }) as const;

  const entry = (sender: number, signer = sender) => ({
    oracle: keys[sender]!.address,
    signature: precommit(sender, signer).envelope.slice(-65),
  });

  it("a decision signed by one oracle in all names proves nothing", () => {
    expect(isDecisionProven(rules, decision([0, 1, 2, 3, 4].map((name) => entry(name))))).to.equal(true);
    expect(isDecisionProven(rules, decision([0, 1, 2, 3, 4].map((name) => entry(name, MALLORY))))).to.equal(false);
    expect(
      isDecisionProven(rules, decision([0, 1, 2, 3].map((name) => entry(name)).concat(entry(4, MALLORY)))),
    ).to.equal(false);
  });

  it("a decision with the signature of somebody who is no oracle proves nothing to who catches up", () => {
    const members = rules.members.slice(0, 6); // Mallory is none
    const stranger = decision([entry(MALLORY)]);
    expect(isDecisionProven({ ...rules, members }, stranger)).to.equal(false);
    expect(
      isDecisionProven({ ...rules, members }, decision([0, 1, 2, 3, MALLORY].map((name) => entry(name)))),
    ).to.equal(false);
  });

  it("a table with fewer than two thirds and one more proves nothing, f + 1 least of all", () => {
    for (let size = 4; size <= 64; size += 1) {
      const faulty = Math.floor((size - 1) / 3);
      expect(quorum(size) - faulty, `honest signers of ${size}`).to.be.greaterThan(faulty);
      expect(2 * quorum(size) - size, `two quorums of ${size} share an honest one`).to.be.greaterThan(faulty);
    }
    for (const few of [1, 2, 3, 4]) {
      const names = Array.from({ length: few }, (_, name) => name);
      expect(isDecisionProven(rules, decision(names.map((name) => entry(name)))), `${few} of 7`).to.equal(false);
    }
  });

  it("a thousand variants of one oracle's vote take one place", () => {
    const { address } = keys[MALLORY]!;
    let set = NO_VOTES;
    for (let variant = 0; variant < 1_000; variant += 1) {
      const id = `0x${variant.toString(16).padStart(64, "0")}`;
      const header = { epoch: EPOCH, attempt: ATTEMPT, sender: address };
      const vote = voteOf(sealed(keys[MALLORY]!, { kind: "prevote", ...header, round: 0, valueId: id }), id);
      const outcome = addVote(set, address, vote, false);
      if (outcome.type !== "duplicate") set = outcome.set;
    }
    expect(set.size).to.equal(1);
    expect([...set.values()].flat()).to.have.length.within(1, 2); // the second is evidence
  });

  it("a copied report cannot be opened under one's own name", () => {
    const table = new Table(4, [0, 1]);
    const [victim, copier] = [1, 3];
    const hash = reportHash(CONTEXT, table.report(victim));
    table.give(0, table.speak(copier, { kind: "seal", reportHash: hash }));
    table.deliver(({ kind }) => kind === "seal", [0]);
    const { salt, bytes, subjectsHash } = table.report(victim);
    table.give(0, table.speak(copier, { kind: "report", salt, bytes, subjectsHash }));
    expect(table.seats[0]!.state.members.get(table.keys[copier]!.address)?.report).to.equal(undefined);
  });

  it("two proposals of one round hinder nobody: the next leader's is voted for, and decided", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { oracles } = new Fleet({ seed, size: 4 });
      const leader = oracles.findIndex(({ key, config }) => key.address === config.leaders[0]);
      const fleet = new Fleet({ seed, size: 4, byzantine: { [leader]: equivocator } });
      fleet.run(); // throws when somebody is left without a decision
      expect(fleet.decision.value.type, `seed ${seed}`).to.equal("reports");
    }
  });
});
