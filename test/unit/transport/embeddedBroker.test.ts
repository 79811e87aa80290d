import { createServer, type AddressInfo } from "node:net";
import { expect } from "chai";
import type { KeeperError } from "../../../keepers/core/errors.js";
import { EmbeddedBroker, type EmbeddedBrokerDependencies } from "../../../keepers/transport/embeddedBroker.js";
import { isCutOff, isLetIn, rawClient, rawSocket } from "./clients.js";

describe("EmbeddedBroker", () => {
  const opened: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  });

  async function start(dependencies: EmbeddedBrokerDependencies = {}): Promise<EmbeddedBroker> {
    const broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 1_000 }, dependencies);
    opened.push(broker);
    return broker;
  }

  async function join(broker: EmbeddedBroker, clientId: string, username?: string, password?: string) {
    const client = rawClient(broker.url, {
      clientId,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    opened.push({ close: async () => void client.end(true) });
    return { client, letIn: await isLetIn(client) };
  }

  it("lets in only whom authenticate accepts, and asks with all that they say", async () => {
    const asked: unknown[] = [];
    const broker = await start({
      authenticate: async ({ username, id }, password) => {
        asked.push([username, password, id]);
        return password === "right";
      },
    });
    expect((await join(broker, "a", "alice", "right")).letIn).to.equal(true);
    expect((await join(broker, "b", "bob", "wrong")).letIn).to.equal(false);
    expect((await join(broker, "c")).letIn).to.equal(false);
    expect(asked).to.deep.equal([
      ["alice", "right", "a"],
      ["bob", "wrong", "b"],
      [undefined, undefined, "c"],
    ]);
    expect(broker.clients).to.deep.equal([{ id: "a", username: "alice" }]);
  });

  it("lets nobody in while authenticate fails", async () => {
    const broker = await start({ authenticate: () => Promise.reject(new Error("no chain")) });
    expect((await join(broker, "a", "alice", "right")).letIn).to.equal(false);
  });

  it("refuses subscriptions that authorize refuses or fails on, and grants the others", async () => {
    const broker = await start({
      authorize: (client, action, topic) => {
        if (topic === "broken") throw new Error("broke");
        return action === "subscribe" && topic === `${client.username}/in`;
      },
    });
    const { client } = await join(broker, "a", "alice", "");
    expect((await client.subscribeAsync("alice/in"))[0]?.qos).to.equal(0);
    for (const topic of ["bob/in", "#", "broken"]) {
      const outcome = await client.subscribeAsync(topic).then(
        (grants) => grants[0]?.qos,
        () => 128,
      );
      expect(outcome, topic).to.equal(128);
    }
  });

  it("cuts off who publishes what authorize refuses, and delivers nothing of it", async () => {
    const broker = await start({ authorize: (client, action) => action === "subscribe" || client.id === "good" });
    const { client: good } = await join(broker, "good");
    const { client: bad } = await join(broker, "bad");
    const got: string[] = [];
    const last = new Promise<void>((resolve) => {
      good.on("message", (_topic, payload) => {
        got.push(payload.toString());
        resolve();
      });
    });
    await good.subscribeAsync("x");
    const cut = isCutOff(bad);
    bad.publish("x", "bad");
    await cut;
    good.publish("x", "good");
    await last;
    expect(got).to.deep.equal(["good"]);
  });

  it("cuts off the strangers that wait for longest when more come than may wait, and nobody that it let in", async () => {
    const broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: 1_000, maximumWaiting: 2 });
    opened.push(broker);
    const { client } = await join(broker, "a");
    const first = await rawSocket(broker.port);
    const cut = new Promise<void>((resolve) => {
      first.once("close", () => resolve());
    });
    const second = await rawSocket(broker.port);
    const third = await rawSocket(broker.port);
    first.resume();
    await cut;
    expect([second.closed, third.closed, client.connected]).to.deep.equal([false, false, true]);
    expect((await join(broker, "b")).letIn).to.equal(true);
    for (const socket of [second, third]) socket.destroy();
  });

  it("keeps the broker's own topics to itself", async () => {
    const broker = await start();
    const { client } = await join(broker, "a");
    const cut = isCutOff(client);
    client.publish("$other/x", "a");
    await cut;
  });

  it("keeps no retained message, no will and no session for anybody", async () => {
    const broker = await start();
    const first = rawClient(broker.url, {
      clientId: "first",
      clean: false,
      will: { topic: "x", payload: Buffer.from("will"), qos: 0, retain: false },
    });
    await isLetIn(first);
    await first.subscribeAsync("x", { qos: 1 });
    await first.publishAsync("x", "retained", { qos: 1, retain: true });
    const { client: second } = await join(broker, "second");
    const got: string[] = [];
    const last = new Promise<void>((resolve) => {
      second.on("message", (topic, payload) => {
        got.push(payload.toString());
        if (topic === "last") resolve();
      });
    });
    await second.subscribeAsync("#");
    const cut = isCutOff(first);
    first.stream.destroy();
    await cut;
    await second.publishAsync("x", "while away", { qos: 1 });
    const back = rawClient(broker.url, { clientId: "first", clean: false });
    opened.push({ close: async () => void back.end(true) });
    const present = await new Promise<boolean>((resolve) => {
      back.once("connect", (packet) => resolve(packet.sessionPresent));
    });
    expect(present).to.equal(false);
    await second.publishAsync("last", "last", { qos: 1 });
    await last;
    expect(got).to.deep.equal(["while away", "last"]);
  });

  it("cuts off a stranger that announces a large packet, before it sent it", async () => {
    const broker = await start();
    const socket = await rawSocket(broker.port);
    const ended = new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
    });
    socket.write(Uint8Array.of(0x10, 0xe9, 0x07));
    await ended;
  });

  it("cuts off a client that publishes more than the bound, and carries exactly the bound", async () => {
    const broker = await start();
    const { client } = await join(broker, "a");
    const overhead = 2 + "x".length + 2;
    await client.publishAsync("x", Buffer.alloc(1_000 - overhead), { qos: 1 });
    const cut = isCutOff(client);
    client.publish("x", Buffer.alloc(1_001 - overhead), { qos: 1 });
    await cut;
  });

  it("cuts off the clients it is told to", async () => {
    const broker = await start();
    const { client: kept } = await join(broker, "kept", "alice");
    const { client: gone } = await join(broker, "gone", "bob");
    const cut = isCutOff(gone);
    expect(broker.disconnect(({ username }) => username === "bob")).to.equal(1);
    await cut;
    expect(kept.connected).to.equal(true);
  });

  it("says which place is taken when it cannot listen", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    opened.push({ close: async () => void server.close() });
    const error = await EmbeddedBroker.start({ port, maximumPacketBytes: 1_000 }).catch(
      (e: unknown) => e as KeeperError,
    );
    expect(error).to.include({ code: "BROKER_LISTEN_FAILED" });
    expect((error as KeeperError).message).to.include(`127.0.0.1:${port}`);
  });

  it("closes with clients connected, with silent strangers, and twice", async () => {
    const broker = await start();
    const { client } = await join(broker, "a");
    const socket = await rawSocket(broker.port);
    const gone = Promise.all([isCutOff(client), new Promise((resolve) => socket.once("close", resolve))]);
    await Promise.all([broker.close(), broker.close()]);
    await gone;
  });
});
