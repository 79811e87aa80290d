import { expect } from "chai";
import fc from "fast-check";
import type { MqttClient } from "mqtt";
import { ChainFollower } from "../../../keepers/chain/chainFollower.js";
import { SystemClock } from "../../../keepers/core/clock.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { HeartbeatStates } from "../../../keepers/deeploy/hearing/heartbeatStates.js";
import { OfferBook } from "../../../keepers/deeploy/hearing/offerBook.js";
import { BusRelay } from "../../../keepers/deeploy/relay/busRelay.js";
import { CommandDesk } from "../../../keepers/node/jobs/commandDesk.js";
import { CommandStore } from "../../../keepers/node/jobs/commandStore.js";
import { createOracle, type Oracle } from "../../../keepers/oracle/oracle.js";
import { advertisementTopic, signAdvertisement } from "../../../keepers/protocol/advertisement.js";
import { assignmentTopic } from "../../../keepers/protocol/assignment.js";
import { concatBytes } from "../../../keepers/protocol/bytes.js";
import { DeedKind } from "../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";
import { ContainerState, heartbeatTopic, signHeartbeat } from "../../../keepers/protocol/heartbeat.js";
import { answerTopic, commandTopic } from "../../../keepers/protocol/nodeCommand.js";
import { oracleTopic, signMessage } from "../../../keepers/protocol/oracleMessages.js";
import { EmbeddedBroker } from "../../../keepers/transport/embeddedBroker.js";
import { MqttBus } from "../../../keepers/transport/mqttBus.js";
import { FakeChain } from "../chain/fakeChain.js";
import { oracleKeys } from "../consensus/world.js";
import { hash, nodeKey } from "../deeploy/world.js";
import { isCutOff, isLetIn, rawClient } from "../transport/clients.js";
import { heapInUse } from "./collected.js";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);
const SEED = process.env["FUZZ_SEED"] === undefined ? {} : { seed: Number(process.env["FUZZ_SEED"]) };
const MOST_GROWTH_BYTES = 48 * 1024 * 1024;
const MOST_PACKET_BYTES = 300_000;
const CONTEXT = { chainId: 31_337n, ledger: `0x${"1e".repeat(20)}` };
const REGISTRY = `0x${"2e".repeat(20)}`;
const ESCROW = `0x${"e5".repeat(20)}`;
const domain = { chainId: CONTEXT.chainId, verifyingContract: ESCROW };
const KEYS = oracleKeys(4);
const [KEY, OTHER] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]];
const never = () => Promise.reject(new Error("nobody gets here"));

/** Every kind of topic that a process listens to, by the counter of what became of its messages. */
const COUNTED = {
  r1_heartbeats_total: heartbeatTopic(CONTEXT.chainId, "0x"),
  r1_messages_total: oracleTopic(CONTEXT.chainId, "0x"),
  r1_adverts_total: advertisementTopic(CONTEXT.chainId, "0x"),
  r1_assignment_messages_total: assignmentTopic(CONTEXT.chainId, "0x"),
};
const UNCOUNTED = [
  commandTopic(CONTEXT.chainId, nodeKey.address),
  answerTopic(CONTEXT.chainId, nodeKey.address, hash("ab")),
];

const anyLevel = fc.oneof(
  fc.constantFrom(...KEYS.map(({ address }) => address), nodeKey.address, "0x", "0X".padEnd(42, "A"), "…", "a b", " "),
  fc.string({ minLength: 1, maxLength: 60 }).map((text) => text.replace(/[+#/\0$]/gu, "_").toWellFormed()),
);

describe("MQTT surfaces under fuzz", function () {
  this.timeout(300_000);
  const clock = new SystemClock();
  const random = new CryptoRandom();
  const { logger, entries } = memoryLogger(clock);
  const closers: (() => Promise<unknown>)[] = [];
  let broker: EmbeddedBroker;
  let oracle: Oracle;
  let attacker: MqttClient;
  let states: HeartbeatStates;
  let offers: OfferBook;

  const busOf = (clientId: string): MqttBus => {
    const limits = { maximumPayloadBytes: MOST_PACKET_BYTES, outgoingLimit: 100, keepaliveSeconds: 15 };
    const backoff = { baseMs: 50, maximumMs: 500 };
    const options = { ...limits, url: broker.url, clientId, backoff, connectTimeoutMs: 5_000 };
    return new MqttBus(options, { clock, random, logger });
  };

  before(async () => {
    broker = await EmbeddedBroker.start({ port: 0, maximumPacketBytes: MOST_PACKET_BYTES });
    closers.push(() => broker.close());
    oracle = startOracle();
    await oracle.start();
    closers.push(() => oracle.close());
    await startOthers();
    attacker = rawClient(broker.url, { clientId: "attacker" });
    expect(await isLetIn(attacker)).to.equal(true);
    closers.push(() => attacker.endAsync(true));
  });

  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  function startOracle(): Oracle {
    const chain = new FakeChain();
    chain.mine(KEYS.map(({ address }) => ({ type: "OracleAdded", oracle: address, owner: address })));
    const parts = { clock, logger, random };
    const follower = new ChainFollower(
      { fromBlock: 0, window: 64, retainSeconds: 600, pollMs: 100, maximumBackoffMs: 500 },
      { ...parts, reader: chain },
    );
    const genesis = Math.floor(clock.now() / 1_000) - 10;
    return createOracle(
      {
        ...CONTEXT,
        ...{ nodeRegistry: REGISTRY, oracleRegistry: `0x${"3e".repeat(20)}`, dataDir: "/oracle", activationDelay: 5 },
        epochClock: new EpochClock({ genesis, duration: 86_400, slotSeconds: 20 }),
        startEpochs: { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n },
        api: { host: "127.0.0.1", port: 0, trustProxy: false },
        ...{ brokerUrl: broker.url, oracleUrls: [], heartbeatIntervalMs: 1_000, freshBlocks: 64 },
        ...{ maximumNodes: 100, roundMs: 1_000, sealingMs: 1_000, stageMs: 1_000, jobs: { escrow: ESCROW } },
      },
      {
        ...{ ...parts, disk: new MemoryDisk(), follower, key: KEY, bus: busOf("oracle") },
        sender: { commit: never, disprove: never, answer: never },
        jobs: { assignments: { assign: never }, fetchSpec: () => Promise.resolve(undefined) },
      },
    );
  }

  /** What Deeploy and a node listen to. */
  async function startOthers(): Promise<void> {
    const bus = busOf("others");
    closers.push(() => bus.close());
    states = new HeartbeatStates(
      { chainId: domain.chainId, nodeRegistry: REGISTRY },
      { bus, clock, logger, isNode: () => true },
    );
    offers = new OfferBook(
      { chainId: domain.chainId, nodeRegistry: REGISTRY, lifetimeMs: 180_000 },
      { bus, clock, logger, tokenOf: () => 7 },
    );
    const relay = new BusRelay({ domain, firstAnswerMs: 1_000 }, { bus, clock });
    for (const part of [states, offers, relay]) await part.start();
    const store = await CommandStore.open({ path: "/commands", capacity: 100 }, { disk: new MemoryDisk(), clock });
    const desk = new CommandDesk(
      { domain, node: nodeKey.address, parallel: 4 },
      {
        ...{ store, clock, logger, publish: (topic, payload) => bus.publish(topic, payload) },
        agent: { restart: () => false, logs: () => never() as never },
        jobs: { ownerOf: () => undefined, containersOf: () => undefined, report: never, handOver: never } as never,
        chain: { rightsOf: () => Promise.resolve(0), isValidSignature: () => Promise.resolve(false) },
      },
    );
    await bus.subscribe(
      commandTopic(domain.chainId, nodeKey.address),
      (_topic, payload) => void desk.receive(payload.slice()),
    );
  }

  /** Good messages, of which bad ones are made. */
  const samples = (): Uint8Array[] => {
    const time = BigInt(clock.now());
    const place = { chainId: CONTEXT.chainId, nodeRegistry: REGISTRY, node: nodeKey.address };
    const beat = { ...place, sequence: time, time, blockNumber: 1n, blockHash: hash("b1"), load: 0, containers: [] };
    const offer = { ...place, time, capacity: { milliCpu: 1, memoryMiB: 1, diskMiB: 1, gpus: 0 }, load: 0 };
    // Of an epoch far off: one of the next epoch would wait, and have its verdict only when that is agreed on.
    const message = { kind: "seal", epoch: 9n, attempt: 0, sender: OTHER.address, reportHash: hash("5e") } as const;
    return [
      signHeartbeat(beat, nodeKey),
      signAdvertisement({ ...offer, country: "RO", tags: ["ssd"], gateway: "http://x" }, nodeKey),
      signMessage(OTHER, CONTEXT, message),
      new TextEncoder().encode('{"request":{"account":"0x","method":"GET"},"body":"","signature":"0x"}'),
    ];
  };

  const wildPayload = (): fc.Arbitrary<Uint8Array> => {
    const sample = fc.constantFrom(...samples());
    const flipped = fc.tuple(sample, fc.nat(), fc.nat({ max: 255 })).map(([bytes, at, value]) => {
      const copy = bytes.slice();
      copy[at % copy.length] = value;
      return copy;
    });
    const cut = fc.tuple(sample, fc.nat()).map(([bytes, at]) => bytes.slice(0, at % bytes.length));
    const longer = fc.tuple(sample, fc.uint8Array({ maxLength: 200 })).map(([bytes, more]) => concatBytes(bytes, more));
    const huge = fc
      .tuple(sample, fc.nat({ max: 200_000 }))
      .map(([bytes, size]) => concatBytes(bytes, new Uint8Array(size)));
    return fc.oneof(fc.uint8Array({ maxLength: 400 }), sample, flipped, flipped, cut, longer, huge);
  };

  const send = (topic: string, payload: Uint8Array): Promise<unknown> =>
    attacker.publishAsync(topic, Buffer.from(payload), { qos: 1 });

  /** Asks again while the oracle finds that this asks too often. */
  async function get(path: string): Promise<Response> {
    for (;;) {
      const response = await fetch(`${oracle.apiUrl}${path}`);
      if (response.status !== 429) return response;
      await response.arrayBuffer();
    }
  }

  async function count(metric: string): Promise<number> {
    const text = await (await get("/metrics")).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${metric}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  /** Looks again whenever the event loop has gone round. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise(setImmediate);
  }

  async function bombard(prefix: string, level: fc.Arbitrary<string>): Promise<void> {
    await fc.assert(
      fc.asyncProperty(level, wildPayload(), async (last, payload) => {
        await send(prefix + last, payload);
      }),
      { numRuns: RUNS, ...SEED },
    );
  }

  for (const [metric, topic] of Object.entries(COUNTED)) {
    it(`${topic.split("/")[2]}: each message has its verdict`, async () => {
      const prefix = topic.slice(0, topic.lastIndexOf("/") + 1);
      const before = await count(metric);
      await bombard(prefix, anyLevel);
      await until(async () => (await count(metric)) >= before + RUNS);
    });
  }

  it("commands and answers, and topics that nobody has", async () => {
    for (const topic of UNCOUNTED) await bombard(topic, fc.constant(""));
    await bombard(`r1/${CONTEXT.chainId}/`, anyLevel);
  });

  it("cut off who sends more than any message has, and nobody else", async () => {
    const glutton = rawClient(broker.url, { clientId: "glutton" });
    expect(await isLetIn(glutton)).to.equal(true);
    const closed = isCutOff(glutton);
    glutton.publish(heartbeatTopic(CONTEXT.chainId, nodeKey.address), Buffer.alloc(MOST_PACKET_BYTES + 1));
    await closed;
    expect(attacker.connected).to.equal(true);
  });

  it("keep no more for more of it", async () => {
    const all = async (): Promise<void> => {
      for (const topic of Object.values(COUNTED)) await bombard(topic.slice(0, topic.lastIndexOf("/") + 1), anyLevel);
    };
    await all();
    const before = heapInUse();
    await all();
    expect(heapInUse() - before).to.be.lessThan(MOST_GROWTH_BYTES);
  });

  it("hear good messages afterwards, and failed at nothing", async () => {
    const time = BigInt(clock.now());
    const place = { chainId: CONTEXT.chainId, nodeRegistry: REGISTRY, node: nodeKey.address };
    const assignment = hash("a5");
    const containers = [{ assignment, state: ContainerState.RUNNING }];
    const beat = {
      ...place,
      sequence: time + 9_999n,
      time,
      blockNumber: 1n,
      blockHash: hash("b1"),
      load: 0,
      containers,
    };
    await send(heartbeatTopic(CONTEXT.chainId, nodeKey.address), signHeartbeat(beat, nodeKey));
    await until(() => states.stateOf(nodeKey.address, assignment)?.state === ContainerState.RUNNING);
    expect(offers.nodes.length).to.be.at.most(1);
    const heard = await count("r1_heartbeats_total");
    await until(async () => (await count("r1_heartbeats_total")) > heard);
    const { connected } = (await (await get("/status")).json()) as { connected: boolean };
    expect(connected).to.equal(true);
    expect(entries.filter(({ level }) => level === "error" || level === "fatal")).to.deep.equal([]);
  });
});
