import { expect } from "chai";

import { instrument } from "../../../scripts/coverage/branches.js";
import { parse } from "../../../scripts/formal/sources.js";

/** The body of a function, rewritten, without what is around it. */
function rewritten(body: string): { body: string; kinds: string[] } {
  const source = `contract C { function f(bool a, bool b, I i) external returns (uint256 x) {${body}} }\ninterface I { function g() external; }\n`;
  const { source: result, decisions } = instrument(source, parse(source), 10, "./B.sol");
  const [, inner = ""] = /\{ function [^{]*\{(.*)\} \}\ninterface/.exec(result) ?? [];
  return { body: inner, kinds: decisions.map(({ kind, id, line }) => `${kind} ${id} ${line}`) };
}

describe("branches of Solidity", () => {
  it("leaves alone what decides nothing", () => {
    expect(rewritten("x = 1;")).to.deep.equal({ body: "x = 1;", kinds: [] });
    expect(rewritten("for (; x < 3; ++x) {}").kinds).to.deep.equal([]);
  });

  it("wraps conditions, with two numbers each", () => {
    expect(rewritten("if (a) x = b ? 1 : 2;")).to.deep.equal({
      body: "if (__Branches.decided(a, 10)) x = __Branches.decided(b, 12) ? 1 : 2;",
      kinds: ["if 10 1", "?: 12 1"],
    });
  });

  it("wraps the left side of && and ||, inside of what is around them", () => {
    expect(rewritten("if (a && b || !a) x = 1;").body).to.equal(
      "if (__Branches.decided(__Branches.decided(__Branches.decided(a, 14) && b, 12) || !a, 10)) x = 1;",
    );
  });

  it("reports how a try ended", () => {
    expect(rewritten("try i.g() { x = 1; } catch {}")).to.deep.equal({
      body: "try i.g() { __Branches.reached(10); x = 1; } catch { __Branches.reached(11);}",
      kinds: ["try 10 1"],
    });
  });

  it("counts bytes as the compiler does, and keeps lines", () => {
    const { body, kinds } = rewritten("x = 1; /* ≥ é */ if (a) x = 2;");
    expect(body).to.equal("x = 1; /* ≥ é */ if (__Branches.decided(a, 10)) x = 2;");
    expect(kinds).to.deep.equal(["if 10 1"]);
  });
});
