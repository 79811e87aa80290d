import { expect } from "chai";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { Agreements } from "../../../../keepers/oracle/epoch/agreements.js";
import { FloodGate } from "../../../../keepers/oracle/epoch/floodGate.js";
import { LeafExchange } from "../../../../keepers/oracle/epoch/leafExchange.js";
import { Outbox } from "../../../../keepers/oracle/epoch/outbox.js";
import { SenderQuota } from "../../../../keepers/oracle/epoch/senderQuota.js";
import type { DecidedEpoch } from "../../../../keepers/oracle/epoch/types.js";
import type { VotedFiles } from "../../../../keepers/oracle/epoch/votedFiles.js";
import { dataHash } from "../../../../keepers/protocol/leafFile.js";
import { ORACLE_KINDS, type OracleKind } from "../../../../keepers/protocol/oracleBodies.js";
import {
  decodeMessage,
  ENVELOPE_BYTES,
  type MessageOf,
  oracleTopic,
  signMessage,
} from "../../../../keepers/protocol/oracleMessages.js";
import { MemoryEpochStore } from "../../../../keepers/storage/memoryEpochStore.js";
import { hashOf, largestBodies } from "../validation/messages.js";
import { CONTEXT, EPOCH_MS, Fleet, type FleetOracle } from "./fleet.js";

const MESSAGES = 100_000;
const FILE = Uint8Array.of(1, 2, 3);
const KEPT = dataHash(FILE);
const BODIES = largestBodies(7, new Uint8Array(200));

/** Messages of one kind, each different; the first few with a signature that holds, as many as make no difference. */
class Flood {
  readonly #key: FleetOracle["key"];
  readonly #epoch: bigint;
  readonly #signed: Uint8Array[];
  #sent = 0;

  constructor(key: FleetOracle["key"], epoch: bigint, kind: OracleKind, valid: number) {
    this.#key = key;
    this.#epoch = epoch;
    this.#signed = Array.from({ length: valid }, (_, i) => this.#sign(kind, i));
  }

  /** Only lent: the next call changes it. */
  next(): Uint8Array {
    const message = this.#signed[this.#sent % this.#signed.length] as Uint8Array;
    if (this.#sent >= this.#signed.length) {
      // In the first bytes of the body, where it is another message and still of the right shape.
      const at = ENVELOPE_BYTES - 65;
      new DataView(message.buffer, message.byteOffset).setUint32(at, this.#sent);
    }
    this.#sent += 1;
    return message;
  }

  #sign(kind: OracleKind, index: number): Uint8Array {
    const body = BODIES[kind];
    const told = "round" in body ? { ...body, round: 4 + index } : body;
    const varied = "key" in told ? { ...told, what: "leaves" as const, key: hashOf(index) } : told;
    return signMessage(this.#key, CONTEXT, {
      ...varied,
      ...{ epoch: this.#epoch, attempt: 0, sender: this.#key.address },
    });
  }
}

describe("a member that floods", () => {
  let fleet: Fleet;
  let flooder: FleetOracle;
  let victim: FleetOracle;
  let others: FleetOracle[];

  beforeEach(async () => {
    fleet = new Fleet(4);
    [flooder, victim, ...others] = fleet.oracles as [FleetOracle, FleetOracle];
    others = [victim, ...others];
    await fleet.start(others);
  });

  afterEach(async () => {
    await fleet.close();
  });

  const topicOf = ({ key }: FleetOracle) => oracleTopic(CONTEXT.chainId, key.address);
  const deskOf = ({ runner }: FleetOracle) => runner!.desk;

  function total(oracle: FleetOracle): number {
    return deskOf(oracle).tally.entries.reduce((sum, { count }) => sum + count, 0);
  }

  it(`with ${MESSAGES.toLocaleString("en")} messages of each kind is mostly not read, and stops nothing`, async () => {
    await fleet.runTo(EPOCH_MS + 30);
    const before = total(victim);
    for (const kind of ORACLE_KINDS) {
      const flood = new Flood(flooder.key, 0n, kind, 300);
      for (let i = 0; i < MESSAGES; i += 1) deskOf(victim).receive(topicOf(flooder), flood.next());
    }
    const { tally } = deskOf(victim);
    await fleet.runTo(EPOCH_MS + 31);
    expect(total(victim) - before, "each counted once").to.be.at.least(ORACLE_KINDS.length * MESSAGES);
    const unread = tally.of("flooding") + tally.of("oversized");
    expect(unread, "not read").to.be.at.least(ORACLE_KINDS.length * (MESSAGES - 600));
    expect(victim.runner!.state!.members.size).to.be.at.most(4);
    expect(victim.runner!.state!.rounds.size).to.be.at.most(9);
    await fleet.runTo(2 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n]);
    for (const oracle of others) expect(oracle.events.map(({ type }) => type)).to.include("decided");
  }).timeout(60_000);

  it("fills its own place in the queue of an oracle whose disk is slow, and nobody else's", async () => {
    await fleet.runTo(EPOCH_MS - 1);
    const append = victim.journal.append.bind(victim.journal);
    const disk = Promise.withResolvers<undefined>();
    victim.journal.append = (record) => disk.promise.then(() => append(record));
    await fleet.runTo(EPOCH_MS + 100);
    const counted = deskOf(victim).tally;
    const flood = new Flood(flooder.key, 0n, "prevote", 250);
    for (let i = 0; i < 250; i += 1) deskOf(victim).receive(topicOf(flooder), flood.next());
    expect(counted.of("queue-full", "prevote")).to.equal(250 - 128);
    const full = counted.of("queue-full");
    await fleet.runTo(EPOCH_MS + 5_000);
    expect(counted.of("queue-full"), "the others' messages wait").to.equal(full);
    disk.resolve(undefined);
    await fleet.runTo(2 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n]);
    expect(victim.events.map(({ type }) => type)).to.include("decided");
  });

  it("does not stop the epoch, whenever it floods, on everybody's bus", async () => {
    const bus = fleet.hub.connect("flooder");
    for (let epoch = 0n; epoch < 2n; epoch += 1n) {
      const floods = ORACLE_KINDS.map((kind) => new Flood(flooder.key, epoch, kind, 40));
      for (let ms = 0; ms < 4_000; ms += 100) {
        await fleet.runTo(Number(epoch + 1n) * EPOCH_MS + ms);
        for (const flood of floods) {
          for (let i = 0; i < 25; i += 1) await bus.publish(topicOf(flooder), flood.next());
        }
      }
    }
    await fleet.runTo(3 * EPOCH_MS - 1);
    expect(fleet.ledger.commits.map(({ epoch }) => epoch)).to.deep.equal([0n, 1n]);
    await bus.close();
  }).timeout(60_000);

  it("in another's name uses up its own share, not that other's", async () => {
    await fleet.runTo(EPOCH_MS + 30);
    const [, peer] = others as [FleetOracle, FleetOracle];
    const header = { epoch: 0n, attempt: 0, sender: peer.key.address };
    const said = signMessage(peer.key, CONTEXT, { kind: "prevote", round: 5, valueId: hashOf(1), ...header });
    const forged = said.slice();
    forged.fill(1, forged.length - 65);
    const counted = deskOf(victim).tally;
    for (let i = 0; i < 5_000; i += 1) deskOf(victim).receive(topicOf(flooder), i % 2 === 0 ? said : forged);
    expect(counted.of("flooding", "prevote")).to.be.at.least(4_000);
    const [flooding, forgeries] = [counted.of("flooding"), counted.of("forged")];
    for (let round = 1; round <= 7; round += 1) {
      const vote = { kind: "precommit", round, valueId: hashOf(2), ...header } as const;
      deskOf(victim).receive(topicOf(peer), signMessage(peer.key, CONTEXT, vote));
    }
    await fleet.runTo(EPOCH_MS + 31);
    expect([counted.of("flooding"), counted.of("forged")], "the other is heard").to.deep.equal([flooding, forgeries]);
    for (let round = 1; round <= 7; round += 1) {
      expect(victim.runner!.state!.rounds.get(round)?.precommits.has(peer.key.address), `round ${round}`).to.equal(
        true,
      );
    }
  });
});

describe("FloodGate", () => {
  const clock = new VirtualClock(0);
  const gate = () => new FloodGate({ resendMs: 1_000 }, { clock });
  const admitted = (ask: () => boolean) => Array.from({ length: 2_000 }, ask).filter(Boolean).length;

  it("gives each oracle its own share of each flow, and of what it passes on", () => {
    const { admits } = gate();
    expect(admitted(() => admits("0xaa", "votes", false))).to.equal(256);
    expect(admitted(() => admits("0xbb", "votes", false))).to.equal(256);
    expect(admitted(() => admits("0xaa", "files", false))).to.equal(8);
    expect(admitted(() => admits("0xaa", "values", true))).to.equal(512);
    expect(admits("0xaa", "votes", true), "what is passed on has one share").to.equal(false);
  });

  it("fills up again as time passes", async () => {
    const { admits } = gate();
    expect(admitted(() => admits("0xaa", "requests", false))).to.equal(256);
    await clock.advance(1_000);
    expect(admitted(() => admits("0xaa", "requests", false))).to.equal(80);
  });
});

describe("SenderQuota", () => {
  const keys = new Fleet(2).oracles.map(({ key }) => key);
  const [mine, other] = keys as [FleetOracle["key"], FleetOracle["key"]];

  function vote(key: FleetOracle["key"], round: number) {
    const header = { epoch: 0n, attempt: 0, sender: key.address };
    return decodeMessage(signMessage(key, CONTEXT, { kind: "prevote", round, valueId: hashOf(1), ...header }), CONTEXT);
  }

  it("bounds what waits of one oracle, and leaves others their place", () => {
    const quota = new SenderQuota({ mostMessages: 3, mostBytes: 10_000 });
    const outcomes = [0, 1, 2, 3].map((round) => quota.enter(vote(mine, round)));
    expect(outcomes).to.deep.equal([undefined, undefined, undefined, "queue-full"]);
    expect(quota.enter(vote(other, 0))).to.equal(undefined);
    expect(quota.size).to.equal(4);
  });

  it("lets a message wait once, and again when it has left", () => {
    const quota = new SenderQuota({ mostMessages: 3, mostBytes: 10_000 });
    expect(quota.enter(vote(mine, 0))).to.equal(undefined);
    expect(quota.enter(vote(mine, 0))).to.equal("duplicate");
    quota.leave(vote(mine, 0));
    quota.leave(vote(mine, 0));
    expect(quota.enter(vote(mine, 0))).to.equal(undefined);
    expect(quota.size).to.equal(1);
  });

  it("bounds the bytes too, except of a single message", () => {
    const bytes = vote(mine, 0).envelope.length;
    const quota = new SenderQuota({ mostMessages: 100, mostBytes: 2 * bytes });
    const outcomes = [0, 1, 2].map((round) => quota.enter(vote(mine, round)));
    expect(outcomes).to.deep.equal([undefined, undefined, "queue-full"]);
    const tight = new SenderQuota({ mostMessages: 100, mostBytes: 1 });
    expect([0, 1].map((round) => tight.enter(vote(mine, round)))).to.deep.equal([undefined, "queue-full"]);
  });

  it("keeps messages about later epochs, a few of each oracle", () => {
    const agreements = new Agreements();
    const place = { epoch: 0n, attempt: 0 };
    const early = (key: FleetOracle["key"], round: number) => agreements.deliver(vote(key, round), place);
    const outcomes = Array.from({ length: 1_000 }, (_, round) => early(mine, round));
    expect(outcomes.filter((outcome) => outcome === undefined)).to.have.length(32);
    expect(early(other, 0)).to.equal(undefined);
    expect(agreements.waiting).to.equal(33);
  });
});

describe("LeafExchange under flood", () => {
  const clock = new VirtualClock(0);
  const published: string[] = [];
  const fleet = new Fleet(3);
  const [me, mallory, alice] = fleet.oracles.map(({ key }) => key) as [
    FleetOracle["key"],
    FleetOracle["key"],
    FleetOracle["key"],
  ];
  const archive = new MemoryEpochStore<DecidedEpoch>();
  const voted = { find: () => Promise.resolve(undefined) } as unknown as VotedFiles;
  const { logger } = memoryLogger(clock);
  const bus = fleet.hub.connect("leaves");
  bus.publish = (topic) => {
    published.push(topic);
    return Promise.resolve();
  };
  const exchange = new LeafExchange(
    { context: CONTEXT, me: me.address, repeatMs: 1_000, answerStepMs: 100 },
    {
      ...{ clock, archive, voted, logger, place: () => 1, attempt: () => 0 },
      outbox: new Outbox({ context: CONTEXT, key: me }, { bus, logger }),
    },
  );

  function request(sender: string, key: string, epoch = 3n): MessageOf<"request"> {
    return { kind: "request", what: "leaves", epoch, attempt: 0, sender, key };
  }

  before(async () => {
    const meta = { dataHash: KEPT, previousRoot: hashOf(0), root: hashOf(1), leafCount: "1", reporters: [] };
    await archive.put(3n, FILE, meta);
  });

  it("keeps two requests of an oracle at most, and answers the others all the same", async () => {
    for (let i = 0; i < MESSAGES; i += 1) {
      exchange.onRequest(request(mallory.address, `0x${i.toString(16).padStart(64, "0")}`));
    }
    expect(exchange.answering).to.equal(2);
    expect(exchange.onRequest(request(alice.address, KEPT)).outcome).to.equal("accept");
    await clock.advance(200);
    expect(published).to.have.length(1);
    await clock.advance(1_000);
    expect(exchange.answering).to.equal(0);
  });

  it("lets nobody keep a file from others by asking for it under a wrong epoch", async () => {
    published.length = 0;
    expect(exchange.onRequest(request(mallory.address, KEPT, 2n)).outcome).to.equal("accept");
    expect(exchange.onRequest(request(alice.address, KEPT, 3n)).outcome).to.equal("accept");
    await clock.advance(200);
    expect(published).to.have.length(1);
    await clock.advance(1_000);
  });

  it("keeps nothing of files that nobody wants", () => {
    const file = new Uint8Array(200);
    const leaves = { kind: "leaves", epoch: 3n, attempt: 0, sender: mallory.address, file } as const;
    for (let i = 0; i < MESSAGES; i += 1) {
      new DataView(file.buffer).setUint32(0, i);
      expect(exchange.onLeaves(leaves).outcome).to.equal("ignore");
    }
    expect(exchange.answering).to.equal(0);
  });
});
