import { expect } from "chai";
import { ConfigError, describeError, KeeperError, maskUrls } from "../../../keepers/core/errors.js";

describe("describeError", () => {
  const cases: readonly [string, unknown, string][] = [
    ["an error", new Error("broke"), "broke"],
    ["an error with a code", new KeeperError("DISK_FULL", "no room"), "no room (DISK_FULL)"],
    [
      "a code that the message has already",
      Object.assign(new Error("ENOENT: none"), { code: "ENOENT" }),
      "ENOENT: none",
    ],
    ["causes", new Error("a", { cause: new Error("b", { cause: "c" }) }), "a; because b; because c"],
    ["several errors", new AggregateError([new Error("a"), "b"], "both"), "both (a, b)"],
    ["no message", new TypeError(), "TypeError"],
    ["a text", "broke", "broke"],
    ["nothing", null, "null"],
    ["an object", { a: 1n }, "{ a: 1n }"],
    ["credentials", new Error("no http://a:b@host"), "no http://***@host"],
  ];
  for (const [name, error, expected] of cases) {
    it(`describes ${name}`, () => {
      expect(describeError(error)).to.equal(expected);
    });
  }

  it("ends with a cause that is its own cause, and is never too long", () => {
    const error = new Error("x".repeat(1_000));
    error.cause = error;
    expect(describeError(error)).to.have.length(2_000);
  });
});

describe("maskUrls", () => {
  it("hides the user alone, the pair, and every URL of a text, and leaves the rest", () => {
    const text = "mqtt://token@h:1 and wss://u:p%40@h/a@b but a@b.c and http://h/x";
    expect(maskUrls(text)).to.equal("mqtt://***@h:1 and wss://***@h/a@b but a@b.c and http://h/x");
  });
});

describe("KeeperError", () => {
  it("is not retriable unless said so, and keeps its cause", () => {
    const cause = new Error("why");
    expect(new KeeperError("A", "b")).to.include({ code: "A", message: "b", retriable: false });
    expect(new KeeperError("A", "b", { retriable: true, cause })).to.include({ retriable: true, cause });
    expect(new ConfigError(["x"])).to.be.instanceOf(KeeperError);
  });
});
