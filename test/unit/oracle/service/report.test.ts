import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { ChainFollower } from "../../../../keepers/chain/chainFollower.js";
import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { createOracle, type Oracle } from "../../../../keepers/oracle/oracle.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../../keepers/protocol/epochClock.js";
import { ContainerState, heartbeatTopic, signHeartbeat } from "../../../../keepers/protocol/heartbeat.js";
import { decodeMessage, type MessageOf, oracleTopic } from "../../../../keepers/protocol/oracleMessages.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { subjectsHash } from "../../../../keepers/protocol/subjects.js";
import { MemoryHub } from "../../../../keepers/transport/memoryBus.js";
import { FakeChain } from "../../chain/fakeChain.js";
import { oracleKeys } from "../../consensus/world.js";

const GENESIS = 1_000;
const EPOCH_SECONDS = 60;
const CONTEXT = { chainId: 31_337n, ledger: `0x${"1e".repeat(20)}` };
const NODE_REGISTRY = `0x${"2e".repeat(20)}`;
const KEYS = oracleKeys(5);
/** The oracle, and a node that serves jobs 1 (published) and 2. */
const [KEY, , , , NODE] = KEYS as [(typeof KEYS)[number], ...(typeof KEYS)[number][]] & { 4: (typeof KEYS)[number] };
const [OWN_DEED, DEED] = [deedId(DeedKind.MASTER, 1n), deedId(DeedKind.NODE, 7n)];

const noSender = {
  commit: () => Promise.reject(new Error("nothing to commit")),
  disprove: () => Promise.reject(new Error("nothing to disprove")),
  answer: () => Promise.reject(new Error("nothing to answer")),
};

/**
 * given a whole oracle, a node that serves two jobs and a published endpoint of one of them
 * └── when an epoch of theirs is over   its report has a byte for each link and for each seat, of what was heard and visited
 */
describe("an oracle that measures service", function () {
  this.timeout(20_000);

  let clock: VirtualClock;
  let chain: FakeChain;
  let hub: MemoryHub;
  let oracle: Oracle;
  let endpoint: Server;
  let status: number;
  let reports: MessageOf<"report">[];

  beforeEach(async () => {
    clock = new VirtualClock(GENESIS * 1_000);
    chain = new FakeChain();
    hub = new MemoryHub({ maximumPayloadBytes: 100_000, outgoingLimit: 100 }, { clock });
    reports = [];
    status = 200;
    endpoint = createServer((_, response) => response.writeHead(status).end());
    await new Promise<void>((listening) => endpoint.listen(0, "127.0.0.1", listening));
    chain.mine([...oracles(), ...nodes(), ...jobs()]);
    await hub.connect("listener").subscribe(oracleTopic(CONTEXT.chainId, KEY.address), (_, payload) => {
      const { message } = decodeMessage(payload.slice(), CONTEXT);
      if (message.kind === "report") reports.push(message);
    });
    oracle = create();
    await inRealTime(oracle.start());
  });

  afterEach(async () => {
    await oracle.close();
    endpoint.closeAllConnections();
    await new Promise((closed) => endpoint.close(closed));
  });

  function oracles(): EventBody[] {
    return KEYS.slice(0, 4).map(({ address }) => ({ type: "OracleAdded", oracle: address, owner: address }));
  }

  function nodes(): EventBody[] {
    const links = [
      [OWN_DEED, KEY.address],
      [DEED, NODE.address],
    ] as const;
    return links.flatMap(([deed, node]): EventBody[] => [
      { type: "OperatorApproved", operator: node, until: 10 * GENESIS, verification: 1 },
      { type: "NodeAssociated", deed, node, owner: node, epoch: 0n },
    ]);
  }

  /** They are paid from the first epoch on: the other oracles are silent, and would decide none before. */
  function jobs(): EventBody[] {
    const terms = { specHash: `0x${"00".repeat(32)}`, classId: 1, gpu: 0, nodes: 1, epochs: 5, rate: 1n, deposit: 5n };
    return [1n, 2n].flatMap((jobId): EventBody[] => [
      { type: "JobCreated", jobId, owner: NODE.address, ...terms },
      { type: "NodesAssigned", jobId, sequence: 0, leaving: [], joining: [7], from: 0n },
    ]);
  }

  function create(): Oracle {
    const { logger } = memoryLogger(clock);
    const parts = { clock, logger, random: new SeededRandom("oracle") };
    const follower = new ChainFollower(
      { fromBlock: 0, window: 64, retainSeconds: 600, pollMs: 1_000, maximumBackoffMs: 5_000 },
      { ...parts, reader: chain },
    );
    const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/`;
    return createOracle(
      {
        ...CONTEXT,
        ...{ nodeRegistry: NODE_REGISTRY, oracleRegistry: CONTEXT.ledger, dataDir: "/oracle", activationDelay: 5 },
        epochClock: new EpochClock({ genesis: GENESIS, duration: EPOCH_SECONDS, slotSeconds: 20 }),
        startEpochs: { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n },
        api: { host: "127.0.0.1", port: 0, trustProxy: false },
        ...{ brokerUrl: "mqtt://127.0.0.1:1883", oracleUrls: [], heartbeatIntervalMs: 1_000, freshBlocks: 64 },
        ...{ maximumNodes: 10, roundMs: 1_000, sealingMs: 1_000, stageMs: 1_000, probePrivate: true },
      },
      {
        ...{ ...parts, disk: new MemoryDisk(), follower, key: KEY, bus: hub.connect("oracle"), sender: noSender },
        endpoints: { endpointOf: ({ jobId }) => (jobId === 1n ? { url } : undefined) },
      },
    );
  }

  /** Real sockets take turns of the real event loop. */
  async function inRealTime(task: Promise<unknown>): Promise<void> {
    const progress = { isOver: false };
    const ended = task.finally(() => (progress.isOver = true));
    while (!progress.isOver) {
      await clock.advance(100);
      await new Promise(setImmediate);
    }
    await ended;
  }

  async function beat(states: readonly [ContainerState, ContainerState]): Promise<void> {
    const { number: blockNumber, hash: blockHash } = chain.tip;
    const now = BigInt(clock.now());
    const containers = states.map((state, i) => ({ assignment: serviceId(BigInt(i + 1), DEED), state }));
    const identity = { chainId: CONTEXT.chainId, nodeRegistry: NODE_REGISTRY, node: NODE.address };
    const block = { blockNumber: BigInt(blockNumber), blockHash };
    const message = signHeartbeat({ ...identity, sequence: now, time: now, ...block, load: 0, containers }, NODE);
    await hub.connect("node").publish(heartbeatTopic(CONTEXT.chainId, NODE.address), message);
  }

  /** With a block every two seconds, and time for real answers. */
  async function runTo(second: number): Promise<void> {
    while (clock.now() < (GENESIS + second) * 1_000) {
      if (chain.tip.timestamp <= clock.now() / 1_000) chain.mine();
      await clock.advance(1_000);
      await visited();
    }
  }

  /** Visits that are under way have come to something. */
  async function visited(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { port } = endpoint.address() as AddressInfo;
    // What was asked before this is answered before it, by the one server.
    const last = fetch(`http://127.0.0.1:${port}/last`).then((response) => response.text());
    void last.then(() => setImmediate(() => setImmediate(() => resolve(undefined))));
    await promise;
  }

  it("reports a byte for each seat after those for the links", async () => {
    const { RUNNING, UNHEALTHY } = ContainerState;
    await runTo(1);
    await beat([RUNNING, RUNNING]);
    await runTo(21);
    await beat([RUNNING, UNHEALTHY]);
    status = 503;
    await runTo(35);
    status = 200;
    await runTo(41);
    await beat([RUNNING, RUNNING]);
    await runTo(70);
    expect(oracle.status).to.include({ seats: 2, nodes: 2 });
    expect(oracle.status.services).to.include({ RUNNING: 5, UNHEALTHY: 1 });
    expect(oracle.status.probes?.OK).to.be.greaterThan(3);
    expect(oracle.status.probes?.BAD_STATUS).to.be.greaterThan(0);
    const report = reports.find(({ epoch }) => epoch === 0n)!;
    const links = [
      { deed: DEED, node: NODE.address, associatedAt: BigInt(chain.blocks[1]!.timestamp) },
      { deed: OWN_DEED, node: KEY.address, associatedAt: BigInt(chain.blocks[1]!.timestamp) },
    ];
    const seats = [1n, 2n].map((jobId) => ({ jobId, deed: DEED, assignment: serviceId(jobId, DEED) }));
    expect(report.subjectsHash).to.equal(subjectsHash(0n, { links, seats }));
    expect([...report.bytes]).to.deep.equal([255, 255, 170, 170]);
  });
});
