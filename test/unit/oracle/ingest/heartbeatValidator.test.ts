import { expect } from "chai";
import fc from "fast-check";
import {
  type Heartbeat,
  heartbeatTopic,
  MAX_HEARTBEAT_BYTES,
  signHeartbeat,
} from "../../../../keepers/protocol/heartbeat.js";
import { heartbeatCodes } from "../../../../keepers/oracle/ingest/verdict.js";
import { blockHash, chainId, genesis, keyOf, timing, World } from "./world.js";

const stranger = 9;

describe("HeartbeatValidator", () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it("accepts an honest heartbeat, in the slot of the receiver's clock", () => {
    const verdict = world.validator.validate(
      heartbeatTopic(chainId, keyOf(1).address),
      world.message(1),
      world.clock.now(),
    );
    expect(verdict).to.deep.equal({
      outcome: "accept",
      beat: {
        node: keyOf(1).address,
        epoch: 0n,
        slot: 50, // 1,000 s after genesis, 20 s a slot
        sequence: BigInt(world.clock.now()),
        heardAt: world.clock.now(),
        load: 100,
        services: [],
      },
    });
  });

  it("rejects what is larger than any heartbeat, before anything else", () => {
    expect(world.verdictOf(stranger, new Uint8Array(MAX_HEARTBEAT_BYTES + 1))).to.equal("reject OVERSIZED");
  });

  it("rejects every truncation of a heartbeat, and bytes after it", () => {
    const message = world.message(1);
    for (let length = 0; length < message.length; length += 7) {
      expect(new World().verdictOf(1, message.subarray(0, length))).to.equal("reject MALFORMED");
    }
    expect(world.verdictOf(1, Uint8Array.from([...message, 0]))).to.equal("reject MALFORMED");
  });

  const otherNetworks: Record<string, Partial<Heartbeat>> = {
    "another chain": { chainId: chainId + 1n },
    "another registry": { nodeRegistry: "0x00000000000000000000000000000000000000bb" },
  };
  for (const [name, changes] of Object.entries(otherNetworks)) {
    it(`rejects a heartbeat for ${name}`, () => {
      expect(world.verdictOf(1, world.message(1, changes))).to.equal("reject WRONG_CHAIN");
    });
  }

  it("rejects a heartbeat under another node's topic, or under no heartbeat topic", () => {
    expect(world.verdictOf(1, world.message(2))).to.equal("reject TOPIC_MISMATCH");
    for (const topic of ["", "r1/1/heartbeat/x", `r1/${chainId}/oracle/${keyOf(1).address}`]) {
      const verdict = world.validator.validate(topic, world.message(1), world.clock.now());
      expect(verdict).to.deep.equal({ outcome: "reject", code: "TOPIC_MISMATCH" });
    }
  });

  it("ignores nodes without a link, also with a topic that is no address, and keeps nothing about them", () => {
    expect(world.verdictOf(stranger, world.message(stranger))).to.equal("ignore UNLICENSED");
    for (let i = 0; i < 1_000; i += 1) {
      world.validator.validate(`${heartbeatTopic(chainId, "")}junk ${i}`, world.message(1), world.clock.now());
    }
    expect(world.buckets.size).to.equal(0);
    expect(world.heard.size).to.equal(0);
  });

  it("ignores everything before genesis", () => {
    world = new World({ startAt: genesis * 1_000 - 1 });
    expect(world.verdictOf(1, world.message(1))).to.equal("ignore BEFORE_GENESIS");
  });

  it("accepts node times within the bounds, and none outside", () => {
    const now = BigInt(world.clock.now());
    const oldest = now - BigInt(timing.maximumAgeMs);
    const latest = now + BigInt(timing.maximumAheadMs);
    expect(world.verdictOf(1, world.message(1, { time: oldest }))).to.equal("accept");
    expect(world.verdictOf(1, world.message(1, { time: oldest - 1n }))).to.equal("reject STALE");
    expect(world.verdictOf(1, world.message(1, { time: latest }))).to.equal("accept");
    expect(world.verdictOf(1, world.message(1, { time: latest + 1n }))).to.equal("reject FUTURE");
    expect(world.verdictOf(1, world.message(1, { time: 2n ** 64n - 1n }))).to.equal("reject FUTURE");
  });

  it("rejects sequences that do not go up, in a later slot", async () => {
    await world.ingest.start();
    await world.beat(1, { sequence: 1_000n });
    await world.clock.advance(20_000);
    expect(world.verdictOf(1, world.message(1, { sequence: 999n }))).to.equal("reject REPLAYED");
    expect(world.verdictOf(1, world.message(1, { sequence: 1_000n }))).to.equal("reject REPLAYED");
    expect(world.verdictOf(1, world.message(1, { sequence: 1_001n }))).to.equal("accept");
    expect(world.verdictOf(2, world.message(2, { sequence: 1n }))).to.equal("accept");
  });

  it("accepts a block as old as the bound, and no older, whatever its hash", () => {
    const { newest } = world.chain;
    const named = (number: number, hash = blockHash(number)): string =>
      world.verdictOf(1, world.message(1, { blockNumber: BigInt(number), blockHash: hash }));
    expect(named(newest - 64)).to.equal("accept");
    expect(named(newest - 65)).to.equal("ignore OLD_BLOCK");
    expect(named(newest - 65, blockHash(1, 1))).to.equal("ignore OLD_BLOCK");
  });

  it("lets a proven heartbeat wait whose block is unknown, of a fork, or of another number", () => {
    const { newest } = world.chain;
    const named = (number: number, hash = blockHash(number)): string =>
      world.verdictOf(1, world.message(1, { blockNumber: BigInt(number), blockHash: hash }));
    expect(named(newest + 1)).to.equal("wait");
    expect(named(newest, blockHash(newest, 1))).to.equal("wait");
    expect(named(newest, blockHash(newest - 100))).to.equal("wait");
  });

  it("rejects signatures of other keys, and changed bytes, also for a block that is unknown yet", () => {
    const honest = world.heartbeat(1);
    const forged = signHeartbeat({ ...honest, node: keyOf(2).address }, keyOf(2));
    forged.set(signHeartbeat(honest, keyOf(1)).subarray(0, forged.length - 65));
    expect(world.verdictOf(1, forged)).to.equal("reject FORGED");
    const early = world.message(1, { blockNumber: BigInt(world.chain.newest + 5), blockHash: blockHash(1, 1) });
    early[early.length - 40] = (early[early.length - 40] as number) ^ 1;
    expect(world.verdictOf(1, early)).to.equal("reject FORGED");
  });

  it("property: no changed byte of a heartbeat is accepted, but for the hint to the key at its end", () => {
    const message = world.message(1);
    const last = message.length - 1;
    fc.assert(
      fc.property(fc.nat({ max: last }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        fc.pre(at !== last || change !== 1);
        const changed = message.slice();
        changed[at] = (changed[at] as number) ^ change;
        expect(new World().verdictOf(1, changed)).to.match(/^(reject|ignore) /u);
      }),
    );
  });

  it("property: arbitrary bytes are refused with a known code, and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (payload) => {
        const [outcome, code] = new World().verdictOf(1, payload).split(" ");
        expect(outcome).to.equal("reject");
        expect(heartbeatCodes).to.include(code);
      }),
    );
  });

  it("looks at no more messages of a node than its bucket allows, without touching other nodes", async () => {
    const junk = new Uint8Array(211);
    const verdicts = Array.from({ length: 30 }, () => world.verdictOf(1, junk));
    expect(verdicts.filter((verdict) => verdict === "reject MALFORMED")).to.have.length(10);
    expect(verdicts.at(-1)).to.equal("reject FLOODING");
    expect(world.verdictOf(2, world.message(2))).to.equal("accept");
    await world.clock.advance(1_000);
    expect(world.verdictOf(1, world.message(1))).to.equal("accept");
    expect(world.verdictOf(1, world.message(1))).to.equal("reject FLOODING");
  });

  it("spends nothing on a slot that counts already", async () => {
    await world.ingest.start();
    await world.beat(1);
    for (let i = 0; i < 100; i += 1) expect(world.verdictOf(1, new Uint8Array(5))).to.equal("ignore DUPLICATE_SLOT");
    await world.clock.advance(20_000);
    expect(world.verdictOf(1, world.message(1))).to.equal("accept");
  });
});
