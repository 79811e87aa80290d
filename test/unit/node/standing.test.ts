import { expect } from "chai";
import { explainRefusal, NodeRefusedError } from "../../../keepers/node/standing.js";

const node = `0x${"42".repeat(20)}`;
const operator = `0x${"22".repeat(20)}`;
const applicant = { node, operator };

function explained(code: string, whose: { node: string; operator?: string } = applicant): string {
  return explainRefusal({ code, message: "in its own words", oracle: "http://oracle" }, whose);
}

describe("standing", () => {
  it("says for each reason what it means and what to do", () => {
    const expected: Record<string, RegExp> = {
      NODE_NOT_ASSOCIATED: new RegExp(
        `node ${node} is not associated with any deed\\. .*node:consent ND:5 --out .*node:associate --consent`,
        "u",
      ),
      DEED_NOT_OWNED: new RegExp(`does not belong to ${operator}\\. .*OPERATOR_ADDRESS.*deed:buy.*node:associate`, "u"),
      OPERATOR_NOT_APPROVED: new RegExp(`${operator} is not an approved operator.*operator:approve <owner>`, "u"),
      OPERATOR_BANNED: new RegExp(`${operator} is banned: it neither earns nor claims.*compliance`, "u"),
      DEED_BANNED: new RegExp(`node ${node} is associated with is banned.*another deed`, "u"),
    };
    for (const [code, pattern] of Object.entries(expected)) {
      expect(explained(code))
        .to.match(pattern)
        .and.to.match(new RegExp(`^${code}: `, "u"));
      expect(explained(code)).to.contain("oracle http://oracle says: in its own words");
    }
  });

  it("does not invent an operator that it was not told of", () => {
    expect(explained("DEED_NOT_OWNED", { node })).to.contain("does not belong to its operator");
    expect(explained("OPERATOR_BANNED", { node })).to.contain("the deed's owner is banned");
  });

  it("passes a reason on that it does not know", () => {
    for (const code of ["MOON_TOO_FULL", "constructor"]) {
      expect(explained(code)).to.match(new RegExp(`^${code}: oracle http://oracle says: in its own words`, "u"));
    }
  });

  it("is an error with the reason as its code, and not worth trying again", () => {
    const error = new NodeRefusedError({ code: "DEED_BANNED", message: "", oracle: "http://oracle" }, applicant);
    expect(error).to.include({ code: "DEED_BANNED", retriable: false });
    expect(error.message).to.match(/^DEED_BANNED: /u);
  });
});
