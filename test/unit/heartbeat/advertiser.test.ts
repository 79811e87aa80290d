import { expect } from "chai";

import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Advertiser, type Offer } from "../../../keepers/heartbeat/advertiser.js";
import { type Advertisement, decodeAdvertisement } from "../../../keepers/protocol/advertisement.js";
import { recoverAddress, SigningKey } from "../../../keepers/protocol/signing.js";

const key = new SigningKey(`0x${"11".repeat(32)}`);
const OFFER: Offer = {
  capacity: { milliCpu: 4_000, memoryMiB: 8_192, diskMiB: 65_536, gpus: 0 },
  load: 0,
  country: "RO",
  tags: ["ssd", "fast", "ssd"],
  gateway: "",
};

class World {
  readonly clock = new VirtualClock();
  readonly log = memoryLogger(this.clock);
  readonly told: (Advertisement & { readonly at: number })[] = [];
  offer: Offer | undefined = OFFER;
  connected = true;
  fails = false;
  readonly advertiser = new Advertiser(
    { chainId: 31_337n, nodeRegistry: `0x${"22".repeat(20)}`, intervalMs: 60_000, gapMs: 6_000 },
    { key, bus: this, offer: () => this.offer, clock: this.clock, logger: this.log.logger },
  );
  readonly #start = this.clock.now();

  publish(topic: string, payload: Uint8Array): Promise<void> {
    if (this.fails) return Promise.reject(new Error("the broker is away"));
    expect(topic).to.equal(`r1/31337/advert/${key.address}`);
    const { advertisement, digest, signature } = decodeAdvertisement(payload);
    expect(recoverAddress(digest, signature)).to.equal(key.address);
    this.told.push({ ...advertisement, at: this.clock.now() - this.#start });
    return Promise.resolve();
  }

  get times(): number[] {
    return this.told.map(({ at }) => at);
  }
}

describe("Advertiser", () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it("tells at once and every minute, signed, with tags in order", async () => {
    world.advertiser.start();
    world.advertiser.start();
    await world.clock.advance(125_000);
    expect(world.times).to.deep.equal([0, 60_000, 120_000]);
    expect(world.told[0]).to.deep.include({ capacity: OFFER.capacity, country: "RO", tags: ["fast", "ssd"] });
    expect(world.advertiser.sent).to.equal(3);
  });

  it("tells a change soon, but not sooner than oracles listen, and the last of several once", async () => {
    world.advertiser.changed();
    world.advertiser.start();
    await world.clock.advance(20_000);
    world.offer = { ...OFFER, load: 5_000 };
    world.advertiser.changed();
    await world.clock.advance(1_000);
    for (const load of [6_000, 7_000]) {
      world.offer = { ...OFFER, load };
      world.advertiser.changed();
    }
    await world.clock.advance(64_000);
    expect(world.times).to.deep.equal([0, 20_000, 26_000]);
    expect(world.told.map(({ load }) => load)).to.deep.equal([0, 5_000, 7_000]);
  });

  it("tries again soon when it fails, and says so once", async () => {
    world.fails = true;
    world.advertiser.start();
    await world.clock.advance(13_000);
    world.fails = false;
    world.connected = false;
    await world.clock.advance(6_000);
    world.connected = true;
    await world.clock.advance(6_000);
    expect(world.times).to.deep.equal([24_000]);
    expect(world.log.entries.filter(({ level }) => level === "warn")).to.have.lengthOf(1);
  });

  it("says nothing while there is nothing to offer, soon something when there is, and nothing at all once closed", async () => {
    world.offer = undefined;
    world.advertiser.start();
    await world.clock.advance(70_000);
    expect(world.times).to.deep.equal([]);
    world.offer = OFFER;
    await world.clock.advance(2_000);
    world.advertiser.close();
    world.advertiser.close();
    world.advertiser.changed();
    await world.clock.advance(200_000);
    expect(world.times).to.deep.equal([72_000]);
    expect(world.clock.pending).to.equal(0);
  });

  it("never tells one time twice, even when the clock stands still", async () => {
    const sent = new World();
    sent.advertiser.start();
    await sent.clock.advance(0);
    sent.clock.now = () => 1_700_000_000_000;
    await sent.clock.advance(60_000);
    const [first, second] = sent.told;
    expect(Number(second!.time - first!.time)).to.be.greaterThan(0);
  });
});
