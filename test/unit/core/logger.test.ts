import { expect } from "chai";
import { KeeperError } from "../../../keepers/core/errors.js";
import { createLogger } from "../../../keepers/core/logger.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { Secret } from "../../../keepers/core/secret.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";

describe("Logger", () => {
  const clock = new VirtualClock(1_234);

  it("writes one JSON object a line, with the clock's time, its name and the bindings of its ancestors", () => {
    const lines: string[] = [];
    const logger = createLogger(
      { name: "oracle", level: "info" },
      { clock, destination: { write: (line) => lines.push(line) } },
    );
    logger.child({ epoch: 7n }).child({ round: 2 }).warn("no quorum", { votes: 3 });
    expect(lines).to.have.length(1);
    expect(JSON.parse(lines[0] ?? "")).to.deep.equal({
      level: "warn",
      time: 1_234,
      name: "oracle",
      epoch: "7",
      round: 2,
      votes: 3,
      msg: "no quorum",
    });
  });

  it("leaves out what is below its level", () => {
    const lines: string[] = [];
    const logger = createLogger(
      { name: "x", level: "warn" },
      { clock, destination: { write: (line) => lines.push(line) } },
    );
    for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level](level);
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).to.deep.equal(["warn", "error", "fatal"]);
  });

  it("redacts secrets by type, by name at any depth, in URLs, in errors and in bindings", () => {
    const { logger, entries } = memoryLogger(clock);
    logger.child({ password: "hidden-1" }).error("connecting to the broker failed", {
      wrapped: new Secret("hidden-2"),
      privateKey: "hidden-3",
      nested: [{ deeper: { apiToken: "hidden-4", Authorization: "hidden-5" } }],
      url: "mqtt://user:hidden-6@broker:1883/",
      error: new Error("cannot reach https://user:hidden-7@host/x", { cause: new Error("wss://a:hidden-8@b") }),
      credentials: { username: "hidden-9" },
      map: new Map([["url", "http://a:hidden-10@b"]]),
      mnemonic: "hidden-11",
    });
    const text = JSON.stringify(entries);
    expect(text).to.not.include("hidden");
    expect(entries[0]).to.include({ wrapped: "[secret]", privateKey: "[redacted]" });
    expect(text).to.include("broker:1883").and.to.include("cannot reach https://***@host/x");
  });

  it("keeps what is no secret: amounts in full, hashes, bytes as hex, error codes", () => {
    const { logger, entries } = memoryLogger(clock);
    logger.info("committed", {
      amount: 2n ** 200n,
      root: `0x${"ab".repeat(32)}`,
      tokenId: 5,
      payload: Uint8Array.of(1, 255),
      large: new Uint8Array(100),
      error: new KeeperError("DISK_FULL", "no room"),
      nothing: undefined,
      set: new Set([1n]),
    });
    expect(entries[0]).to.deep.include({
      amount: (2n ** 200n).toString(),
      root: `0x${"ab".repeat(32)}`,
      tokenId: 5,
      payload: "0x01ff",
      large: `0x${"00".repeat(64)}… (100 bytes)`,
      set: ["1"],
    });
    expect(entries[0]?.["error"]).to.include({ message: "no room (DISK_FULL)", code: "DISK_FULL" });
  });

  it("survives a cycle", () => {
    const { logger, entries } = memoryLogger(clock);
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    logger.info("cycle", { cycle });
    expect(entries).to.have.length(1);
  });
});
