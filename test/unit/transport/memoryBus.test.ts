import { expect } from "chai";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { MemoryHub, type Network } from "../../../keepers/transport/memoryBus.js";
import { waitUntilConnected } from "../../../keepers/transport/messageBus.js";
import { bytes, Inbox } from "./inbox.js";

const limits = { maximumPayloadBytes: 100, outgoingLimit: 10 };

/** What two receivers hear of 20 messages over a network that delays, loses and repeats by chance. */
async function heard(seed: number): Promise<string[][]> {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const network: Network = () => Array.from({ length: random.integer(3) }, () => random.integer(50));
  const hub = new MemoryHub({ ...limits, network }, { clock });
  const sender = hub.connect("sender");
  const inboxes = [new Inbox(), new Inbox()];
  for (const [index, inbox] of inboxes.entries()) await hub.connect(`receiver-${index}`).subscribe("#", inbox.handler);
  for (let index = 0; index < 20; index += 1) await sender.publish("x", bytes(String(index)));
  await clock.advance(50);
  return inboxes.map((inbox) => inbox.messages);
}

describe("MemoryHub", () => {
  it("gives the same run for the same seed, and another for another", async () => {
    expect(await heard(1)).to.deep.equal(await heard(1));
    expect(await heard(1)).to.not.deep.equal(await heard(2));
  });

  it("delivers at the moment the network says, loses what it loses, repeats what it repeats", async () => {
    const clock = new VirtualClock();
    const delays: Record<string, number[]> = { near: [5], far: [20, 30], lost: [] };
    const hub = new MemoryHub({ ...limits, network: ({ to }) => delays[to] ?? [] }, { clock });
    const inboxes = new Map<string, Inbox>();
    for (const name of Object.keys(delays)) {
      inboxes.set(name, new Inbox());
      await hub.connect(name).subscribe("x", (inboxes.get(name) as Inbox).handler);
    }
    await hub.connect("sender").publish("x", bytes("1"));
    const counts = (): (number | undefined)[] => Object.keys(delays).map((name) => inboxes.get(name)?.messages.length);
    await clock.advance(4);
    expect(counts()).to.deep.equal([0, 0, 0]);
    await clock.advance(1);
    expect(counts()).to.deep.equal([1, 0, 0]);
    await clock.advance(25);
    expect(counts()).to.deep.equal([1, 2, 0]);
  });

  it("cuts one bus only, and loses what was on its way to it", async () => {
    const clock = new VirtualClock();
    const hub = new MemoryHub({ ...limits, network: () => [10] }, { clock });
    const [sender, cut, kept] = [hub.connect("sender"), hub.connect("cut"), hub.connect("kept")];
    const inboxes = { cut: new Inbox(), kept: new Inbox() };
    await cut.subscribe("x", inboxes.cut.handler);
    await kept.subscribe("x", inboxes.kept.handler);
    await sender.publish("x", bytes("1"), { qos: 1 });
    cut.setConnected(false);
    await clock.advance(10);
    expect(inboxes.cut.messages).to.deep.equal([]);
    expect(inboxes.kept.messages).to.deep.equal(["x=1"]);
  });

  it("gives each receiver bytes of its own", async () => {
    const clock = new VirtualClock();
    const hub = new MemoryHub(limits, { clock });
    const inbox = new Inbox();
    await hub.connect("vandal").subscribe("x", (_topic, payload) => payload.fill(0));
    await hub.connect("reader").subscribe("x", inbox.handler);
    await hub.connect("sender").publish("x", bytes("kept"));
    await clock.advance(0);
    expect(inbox.messages).to.deep.equal(["x=kept"]);
  });
});

describe("waitUntilConnected", () => {
  it("resolves at the connection, and leaves no timer behind", async () => {
    const clock = new VirtualClock();
    const bus = new MemoryHub(limits, { clock }).connect("bus");
    bus.setConnected(false);
    const waiting = waitUntilConnected(bus, { timeoutMs: 1_000 }, { clock });
    bus.setConnected(true);
    await waiting;
    await waitUntilConnected(bus, { timeoutMs: 1_000 }, { clock });
    expect(clock.pending).to.equal(0);
  });

  it("rejects after its time, and at once when aborted", async () => {
    const clock = new VirtualClock();
    const bus = new MemoryHub(limits, { clock }).connect("bus");
    bus.setConnected(false);
    const late = waitUntilConnected(bus, { timeoutMs: 1_000 }, { clock }).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await late).to.include({ code: "BUS_OFFLINE", retriable: true });
    const stop = new AbortController();
    const aborted = waitUntilConnected(bus, { timeoutMs: 1_000, signal: stop.signal }, { clock }).catch(
      (error: unknown) => error,
    );
    stop.abort(new Error("closing"));
    expect(await aborted).to.have.property("message", "closing");
    expect(clock.pending).to.equal(0);
  });
});
