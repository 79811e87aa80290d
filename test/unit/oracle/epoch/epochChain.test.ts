import { expect } from "chai";
import { type Change, END, membersOf, START } from "./members.js";

/**
 * given an epoch that has ended
 * ├── who was in the set from its start on            takes part
 * ├── who was added in it, or just after its end      takes part from the next epoch on
 * ├── who left in it                                  does not take part
 * ├── who left after its end                          does not take part in the attempt that this began
 * └── when fewer than three are left of the first     all take part
 */
describe("members of an epoch", () => {
  it("are those who were there from its start to its end", async () => {
    expect(await membersOf([START - 1, "OracleAdded", 4])).to.deep.equal([1, 2, 3, 4]);
    expect(await membersOf([START, "OracleAdded", 4], [START + 1, "OracleRemoved", 4])).to.deep.equal([1, 2, 3]);
  });

  it("are those that are left when the attempt begins that a removal causes", async () => {
    const fourth: Change = [START - 1, "OracleAdded", 4];
    expect(await membersOf(fourth, [END + 5, "OracleRemoved", 2])).to.deep.equal([1, 3, 4]);
    const replaced: readonly Change[] = [fourth, [START + 1, "OracleAdded", 5], [END + 5, "OracleRemoved", 2]];
    expect(await membersOf(...replaced)).to.deep.equal([1, 3, 4]);
  });

  it("are all that there are where those from its start could decide nothing", async () => {
    const replaced: readonly Change[] = [
      [START + 1, "OracleAdded", 4],
      [END - 1, "OracleRemoved", 2],
    ];
    expect(await membersOf(...replaced)).to.deep.equal([1, 3, 4]);
  });
});
