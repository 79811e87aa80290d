import { expect } from "chai";
import { decisionOf, isDecisionProven } from "../../../keepers/oracle/consensus/certificate.js";
import { addVote, NO_VOTES, voteOf, type VoteSet } from "../../../keepers/oracle/consensus/votes.js";
import { type Value, valueId } from "../../../keepers/protocol/oracleValue.js";
import { ATTEMPT, CONTEXT, EPOCH, oracleKeys, sealed } from "./world.js";

const SKIP: Value = { type: "skip" };

describe("decision certificates", () => {
  const keys = oracleKeys(7);
  const rules = { context: CONTEXT, epoch: EPOCH, attempt: ATTEMPT, members: keys.map(({ address }) => address) };

  function precommits(voters: readonly number[], id = valueId(EPOCH, SKIP), epoch = EPOCH): VoteSet {
    return voters.reduce((set, index) => {
      const header = { epoch, attempt: ATTEMPT, sender: keys[index]!.address };
      const message = { kind: "precommit", ...header, round: 2, valueId: id } as const;
      const outcome = addVote(set, keys[index]!.address, voteOf(sealed(keys[index]!, message), id), true);
      return outcome.type === "duplicate" ? set : outcome.set;
    }, NO_VOTES);
  }

  const decision = (set: VoteSet) => decisionOf(rules, keys[0]!.address, { round: 2, value: SKIP, precommits: set });

  it("prove themselves with a quorum (5 of 7), ascending, whatever the order of the votes", () => {
    const made = decision(precommits([6, 0, 3, 4, 2]));
    expect(made.certificate.map(({ oracle }) => oracle)).to.deep.equal(
      [0, 2, 3, 4, 6].map((index) => keys[index]!.address),
    );
    expect(isDecisionProven(rules, made)).to.equal(true);
    expect(isDecisionProven(rules, { ...made, sender: keys[5]!.address })).to.equal(true);
  });

  it("leave out votes for anything else", () => {
    const set = new Map([...precommits([0, 1, 2, 3]), ...precommits([4], `0x${"00".repeat(32)}`)]);
    expect(decision(set).certificate).to.have.length(4);
    expect(isDecisionProven(rules, decision(set))).to.equal(false);
  });

  it("prove nothing for another round, value, epoch, attempt, chain or oracle set, or with a vote counted twice", () => {
    const made = decision(precommits([0, 1, 2, 3, 4]));
    const [first] = made.certificate;
    const forged = [
      { ...made, round: 3 },
      { ...made, epoch: EPOCH + 1n },
      { ...made, attempt: ATTEMPT + 1 },
      { ...made, certificate: [first!, ...made.certificate.slice(0, 4)] },
      decision(precommits([0, 1, 2, 3, 4], valueId(EPOCH, SKIP), EPOCH + 1n)),
    ];
    for (const forgery of forged) expect(isDecisionProven(rules, forgery)).to.equal(false);
    expect(isDecisionProven({ ...rules, context: { ...CONTEXT, chainId: 1n } }, made)).to.equal(false);
    const next = { ...made, attempt: ATTEMPT + 1 };
    expect(isDecisionProven({ ...rules, attempt: ATTEMPT + 1 }, next)).to.equal(false);
    expect(isDecisionProven({ ...rules, members: rules.members.slice(1) }, made)).to.equal(false);
  });
});
