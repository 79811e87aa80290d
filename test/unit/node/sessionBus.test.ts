import { expect } from "chai";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { SessionBus } from "../../../keepers/node/sessionBus.js";
import { MemoryHub } from "../../../keepers/transport/memoryBus.js";

const limits = { maximumPayloadBytes: 100, outgoingLimit: 4 };

describe("session bus", () => {
  it("hears its filters at whatever broker the session names, and at no other", async () => {
    const clock = new VirtualClock();
    const hubs = new Map(["one", "two"].map((url) => [url, new MemoryHub(limits, { clock })]));
    const { logger } = memoryLogger(clock);
    const bus = new SessionBus({ connect: (url) => hubs.get(url)!.connect("node"), logger });
    const heard: string[] = [];
    bus.hear("a/b", (_topic, payload) => void heard.push(new TextDecoder().decode(payload)));
    const say = async (url: string, text: string): Promise<void> => {
      await hubs.get(url)!.connect("speaker").publish("a/b", new TextEncoder().encode(text));
      await clock.advance(0);
    };
    bus.use("one");
    await say("one", "first");
    bus.use("two");
    await say("one", "lost");
    await say("two", "second");
    await bus.leave();
    await say("two", "lost");
    bus.use("two");
    await say("two", "third");
    expect(heard).to.deep.equal(["first", "second", "third"]);
    await bus.close();
  });

  it("goes on when a broker refuses a filter, and says so", async () => {
    const clock = new VirtualClock();
    const { logger, entries } = memoryLogger(clock);
    const hub = new MemoryHub(limits, { clock });
    const bus = new SessionBus({ connect: () => hub.connect("node"), logger });
    bus.use("one");
    bus.hear("a/#/b", () => undefined);
    await clock.advance(0);
    expect(entries.map(({ msg }) => msg)).to.deep.equal(["the broker refuses a subscription"]);
    expect(bus.connected).to.equal(true);
    await bus.close();
  });
});
