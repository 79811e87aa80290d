import { expect } from "chai";

import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { AdvertBook, defaultAdvertBookOptions } from "../../../../keepers/oracle/assigning/advertBook.js";
import type { AdvertCode } from "../../../../keepers/oracle/assigning/verdict.js";
import { TokenBuckets } from "../../../../keepers/oracle/tokenBuckets.js";
import {
  type Advertisement,
  advertisementTopic,
  MAX_ADVERTISEMENT_BYTES,
  signAdvertisement,
} from "../../../../keepers/protocol/advertisement.js";
import { PublicKeyCache, SigningKey } from "../../../../keepers/protocol/signing.js";
import { CHAIN_ID, REGISTRY } from "./world.js";

const key = new SigningKey(`0x${"11".repeat(32)}`);
const other = new SigningKey(`0x${"12".repeat(32)}`);
const OWN_TOPIC = advertisementTopic(CHAIN_ID, key.address);

class World {
  readonly clock = new VirtualClock();
  readonly licensed = new Set([key.address, other.address]);
  readonly book = new AdvertBook(
    { ...defaultAdvertBookOptions, chainId: CHAIN_ID, nodeRegistry: REGISTRY },
    {
      links: {
        linkOfNode: (node) => (this.licensed.has(node) ? { node, deed: 1n, associatedAt: 0n } : undefined),
      },
      publicKeys: new PublicKeyCache(),
      buckets: new TokenBuckets({ burst: 4, perSecond: 0.5, capacity: 10 }, { clock: this.clock }),
      clock: this.clock,
    },
  );

  message(change: Partial<Advertisement> = {}, signer = key): Uint8Array {
    const advertisement = {
      ...{ chainId: CHAIN_ID, nodeRegistry: REGISTRY, node: signer.address, time: BigInt(this.clock.now()) },
      ...{ load: 0, country: "RO", tags: [], gateway: "" },
      capacity: { milliCpu: 1, memoryMiB: 1, diskMiB: 1, gpus: 0 },
      ...change,
    };
    return signAdvertisement(advertisement, signer);
  }

  hear(change: Partial<Advertisement> = {}): void {
    this.book.receive(OWN_TOPIC, this.message(change));
  }

  loadAt(ms: number): number | undefined {
    return this.book.offerAt(key.address, ms)?.load;
  }
}

describe("AdvertBook", () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it("tells what a node offered at a moment: what it said a margin before, and not too long ago", async () => {
    const start = world.clock.now();
    world.hear({ load: 1 });
    await world.clock.advance(30_000);
    world.hear({ load: 2 });
    expect([9_999, 10_000, 39_999, 40_000].map((ms) => world.loadAt(start + ms))).to.deep.equal([undefined, 1, 1, 2]);
    expect([210_000, 210_001].map((ms) => world.loadAt(start + ms))).to.deep.equal([2, undefined]);
    expect(world.book.lastOf(key.address)?.load).to.equal(2);
    await world.clock.advance(180_001);
    expect(world.book.lastOf(key.address)).to.equal(undefined);
    expect(world.book.offerAt(other.address, start)).to.equal(undefined);
  });

  it("counts each message by what became of it", async () => {
    const cases: [AdvertCode | "accepted", (now: bigint) => void][] = [
      ["accepted", () => world.hear()],
      ["oversized", () => world.book.receive(OWN_TOPIC, new Uint8Array(MAX_ADVERTISEMENT_BYTES + 1))],
      ["wrong-topic", () => world.book.receive("r1/1/advert/x", world.message())],
      ["wrong-topic", () => world.book.receive(OWN_TOPIC, world.message({}, other))],
      ["unlicensed", () => world.book.receive(`${OWN_TOPIC}0`, world.message())],
      ["malformed", () => world.book.receive(OWN_TOPIC, new Uint8Array(100))],
      ["wrong-chain", () => world.hear({ chainId: 1n })],
      ["wrong-chain", () => world.hear({ nodeRegistry: key.address })],
      ["future", (now) => world.hear({ time: now + 5_001n })],
      ["stale", (now) => world.hear({ time: now - 10_001n })],
      [
        "replayed",
        (now) => {
          const message = world.message({ time: now });
          world.book.receive(OWN_TOPIC, message);
          world.book.receive(OWN_TOPIC, message);
        },
      ],
      [
        "too-soon",
        (now) => {
          world.hear();
          world.hear({ time: now + 4_999n });
        },
      ],
      [
        "forged",
        () => {
          const message = world.message();
          message[message.length - 40]! ^= 1;
          world.book.receive(OWN_TOPIC, message);
        },
      ],
      [
        "flooding",
        () => {
          for (let count = 0; count < 5; count++) world.book.receive(OWN_TOPIC, new Uint8Array(1));
        },
      ],
    ];
    for (const [code, happen] of cases) {
      await world.clock.advance(60_000);
      const before = world.book.tally.of(code);
      happen(BigInt(world.clock.now()));
      expect(world.book.tally.of(code) - before, code).to.equal(1);
    }
  });

  it("remembers nothing of who lost its licence, and no more of a node than may be asked for", async () => {
    for (let count = 0; count < 100; count++) {
      world.hear({ load: count });
      await world.clock.advance(10_000);
    }
    expect(world.loadAt(world.clock.now() - 200_000)).to.equal(undefined);
    expect(world.book.size).to.equal(1);
    world.licensed.delete(key.address);
    world.book.prune();
    expect(world.book.size).to.equal(0);
  });
});
