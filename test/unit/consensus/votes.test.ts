import { expect } from "chai";
import fc from "fast-check";
import {
  addVote,
  agreedValues,
  countFor,
  NO_VOTES,
  type Vote,
  votesFor,
  type VoteSet,
} from "../../../keepers/oracle/consensus/votes.js";

const NOTHING = new Uint8Array(0);
const vote = (valueId: string): Vote => ({ valueId, signature: NOTHING, envelope: Buffer.from(valueId) });

function cast(set: VoteSet, member: string, valueId: string, isProposed = false): VoteSet {
  const outcome = addVote(set, member, vote(valueId), isProposed);
  return outcome.type === "duplicate" ? set : outcome.set;
}

describe("vote sets", () => {
  it("knows an added vote, a repeated one, and one that contradicts", () => {
    const set = cast(NO_VOTES, "a", "x");
    expect(addVote(set, "a", vote("x"), true)).to.deep.equal({ type: "duplicate" });
    const conflict = addVote(set, "a", vote("y"), false);
    expect(conflict).to.include({ type: "conflict", isNew: true });
    expect(conflict).to.have.property("first").that.includes({ valueId: "x" });
    expect(addVote(cast(set, "a", "y"), "a", vote("z"), false)).to.include({ type: "conflict", isNew: false });
  });

  it("keeps two votes of a member, and more only for proposed values", () => {
    let set = NO_VOTES;
    for (const value of ["x", "y", "z"]) set = cast(set, "a", value);
    expect(set.get("a")?.map(({ valueId }) => valueId)).to.deep.equal(["x", "y"]);
    expect(cast(set, "a", "p", true).get("a")).to.have.length(3);
  });

  it("shows the same quorums in whatever order the messages came", () => {
    const sent = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("x", "y")), { maxLength: 12 });
    const shuffled = sent.chain((votes) =>
      fc.tuple(fc.constant(votes), fc.shuffledSubarray(votes, { minLength: votes.length })),
    );
    fc.assert(
      fc.property(shuffled, ([votes, others]) => {
        const [one, two] = [votes, others].map((list) =>
          list.reduce((set, [who, what]) => cast(set, who, what), NO_VOTES),
        );
        for (const value of ["x", "y"]) {
          const voters = new Set(votes.filter(([, what]) => what === value).map(([who]) => who));
          expect(countFor(one!, value)).to.equal(voters.size);
          expect(votesFor(two!, value).map(({ oracle }) => oracle)).to.deep.equal([...voters].sort());
        }
        expect(agreedValues(one!, 3).sort()).to.deep.equal(agreedValues(two!, 3).sort());
      }),
    );
  });

  it("agrees on a value with a quorum only", () => {
    let set = NO_VOTES;
    for (const [who, what] of [
      ["a", "x"],
      ["b", "x"],
      ["c", "y"],
    ] as const)
      set = cast(set, who, what);
    expect(agreedValues(set, 3)).to.be.empty;
    expect(agreedValues(cast(set, "d", "x"), 3)).to.deep.equal(["x"]);
  });
});
