import { expect } from "chai";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import {
  type BrokerClient,
  EmbeddedBroker,
  type EmbeddedBrokerDependencies,
} from "../../../keepers/transport/embeddedBroker.js";
import { MqttBus, type MqttBusDependencies } from "../../../keepers/transport/mqttBus.js";
import { bytes, Inbox } from "./inbox.js";

const settings = {
  maximumPayloadBytes: 1_000,
  outgoingLimit: 10,
  clientId: "bus",
  backoff: { baseMs: 100, maximumMs: 1_000, jitter: 0 },
  keepaliveSeconds: 30,
  connectTimeoutMs: 5_000,
};

describe("MqttBus", () => {
  const opened: { close(): Promise<void> }[] = [];
  let clock: VirtualClock;
  let log: ReturnType<typeof memoryLogger>;

  beforeEach(() => {
    clock = new VirtualClock();
    log = memoryLogger(clock);
  });

  afterEach(async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  });

  async function start(dependencies: EmbeddedBrokerDependencies = {}, port = 0): Promise<EmbeddedBroker> {
    const broker = await EmbeddedBroker.start({ port, maximumPacketBytes: 10_000 }, dependencies);
    opened.push(broker);
    return broker;
  }

  function open(url: string, dependencies: Partial<MqttBusDependencies> = {}): MqttBus {
    const random = new SeededRandom("mqttBus");
    const bus = new MqttBus({ ...settings, url }, { clock, random, logger: log.logger, ...dependencies });
    opened.push(bus);
    return bus;
  }

  function becomes(bus: MqttBus, wanted: boolean): Promise<void> {
    return new Promise((resolve) => {
      const forget = bus.onConnection((connected) => {
        if (connected !== wanted) return;
        forget();
        resolve();
      });
    });
  }

  /** Resolves when the bus has given up an attempt and waits for the next one. */
  async function backsOff(): Promise<void> {
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  function delays(): unknown[] {
    return log.entries.filter((entry) => entry.level === "warn").map((entry) => entry["delayMs"]);
  }

  it("refuses a URL that is no broker's, without showing its credentials", () => {
    const attempt = (): MqttBus => open("http://user:hidden@example.test");
    expect(attempt).to.throw(KeeperError, /got http:\/\/\*\*\*@example\.test/u);
  });

  it("asks for credentials anew at each connection, and takes the client id that comes with them", async () => {
    const seen: unknown[] = [];
    const authenticate = ({ id, username }: BrokerClient, password?: string): boolean =>
      seen.push([id, username, password]) > 0;
    const broker = await start({ authenticate });
    let asked = 0;
    const bus = open(broker.url, {
      credentials: () => Promise.resolve({ username: "node", password: `token-${(asked += 1)}`, clientId: "mine" }),
    });
    await becomes(bus, true);
    const away = becomes(bus, false);
    broker.disconnect(() => true);
    await away;
    const back = becomes(bus, true);
    await clock.advance(100);
    await back;
    expect(seen).to.deep.equal([
      ["mine", "node", "token-1"],
      ["mine", "node", "token-2"],
    ]);
  });

  it("waits longer after each failure: broker away, refused, credentials failing; and starts over once connected", async () => {
    let ask = (): Promise<{ username: string; password: string }> => Promise.reject(new Error("dAuth is away"));
    const broker = await start({ authenticate: (_client, password) => password === "right" });
    const { port } = broker;
    const bus = open(broker.url, { credentials: () => ask() });
    await backsOff();
    ask = () => Promise.resolve({ username: "node", password: "wrong" });
    await clock.advance(100);
    await backsOff();
    ask = () => Promise.resolve({ username: "node", password: "right" });
    await broker.close();
    await clock.advance(200);
    await backsOff();
    const again = await start({}, port);
    const connected = becomes(bus, true);
    await clock.advance(400);
    await connected;
    again.disconnect(() => true);
    await backsOff();
    expect(delays()).to.deep.equal([100, 200, 400, 100]);
    const reasons = log.entries.filter((entry) => entry.level === "warn").map((entry) => entry["reason"]);
    expect(reasons[0]).to.equal("dAuth is away");
    expect(reasons[1]).to.match(/not authorized/iu);
    expect(reasons[2]).to.match(/ECONNREFUSED/u);
  });

  it("never waits longer than the back-off's bound", async () => {
    open("mqtt://127.0.0.1:1", { credentials: () => Promise.reject(new Error("no")) });
    for (let index = 0; index < 8; index += 1) {
      await backsOff();
      await clock.advance(1_000);
    }
    expect(delays().slice(0, 6)).to.deep.equal([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("rejects a subscription that the broker refuses, and goes on receiving the others", async () => {
    const broker = await start({ authorize: (_client, action, topic) => action === "publish" || topic !== "closed" });
    const bus = open(broker.url);
    await becomes(bus, true);
    const [refused, inbox] = [new Inbox(), new Inbox()];
    const error = await bus.subscribe("closed", refused.handler).catch((reason: unknown) => reason);
    expect(error).to.include({ code: "SUBSCRIPTION_REFUSED" });
    await bus.subscribe("+", inbox.handler);
    await bus.publish("closed", bytes("1"), { qos: 1 });
    await bus.publish("open", bytes("2"), { qos: 1 });
    expect(await inbox.waitFor(2)).to.deep.equal(["closed=1", "open=2"]);
    expect(refused.messages).to.deep.equal([]);
  });

  it("connects although a filter kept while offline is refused, and says so", async () => {
    const broker = await start({ authorize: (_client, action, topic) => action === "publish" || topic !== "closed" });
    const bus = open(broker.url);
    await bus.subscribe("closed", () => undefined);
    await becomes(bus, true);
    const refused = log.entries.filter((entry) => entry.level === "error");
    expect(refused).to.have.length(1);
    expect(refused[0]).to.include({ msg: "a subscription was refused", filter: "closed" });
  });

  it("gives up a message on which the broker hangs up every time", async () => {
    const broker = await start({ authorize: (_client, action) => action === "subscribe" });
    const bus = open(broker.url);
    await becomes(bus, true);
    const outcome = bus.publish("x", bytes("poison"), { qos: 1 }).catch((error: unknown) => error);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const away = becomes(bus, false);
      if (bus.connected) await away;
      const back = becomes(bus, true);
      await backsOff();
      await clock.advance(1_000);
      await back;
    }
    expect(await outcome).to.include({ code: "DELIVERY_FAILED" });
    expect(bus.outgoing).to.equal(0);
  });

  it("drops an oversized message that arrives, and logs a handler that fails", async () => {
    const broker = await start();
    const bus = open(broker.url);
    await becomes(bus, true);
    const random = new SeededRandom(1);
    const other = new MqttBus(
      { ...settings, clientId: "other", maximumPayloadBytes: 5_000, url: broker.url },
      { clock, random },
    );
    opened.push(other);
    await becomes(other, true);
    const inbox = new Inbox();
    await bus.subscribe("x", () => {
      throw new Error("handler broke");
    });
    await bus.subscribe("x", inbox.handler);
    await other.publish("x", new Uint8Array(1_001), { qos: 1 });
    await other.publish("x", bytes("small"), { qos: 1 });
    expect(await inbox.waitFor(1)).to.deep.equal(["x=small"]);
    expect(log.entries.map((entry) => entry.msg)).to.include.members([
      "an oversized message was dropped",
      "a message handler failed",
    ]);
  });

  it("stops trying once closed", async () => {
    const bus = open("mqtt://127.0.0.1:1", { credentials: () => Promise.reject(new Error("no")) });
    await backsOff();
    await bus.close();
    expect(clock.pending).to.equal(0);
  });
});
