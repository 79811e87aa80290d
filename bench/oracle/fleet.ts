import type { ProtocolState } from "../../keepers/chain/protocolState.js";
import { linksAt } from "../../keepers/chain/selectors.js";
import { MemoryDisk } from "../../keepers/core/memoryDisk.js";
import { SeededRandom } from "../../keepers/core/random.js";
import { VirtualClock } from "../../keepers/core/virtualClock.js";
import { readOracleConfig } from "../../keepers/oracle/config.js";
import { Inbox } from "../../keepers/oracle/epoch/inbox.js";
import { Outbox } from "../../keepers/oracle/epoch/outbox.js";
import { EpochRunner } from "../../keepers/oracle/epoch/runner.js";
import type { DecidedEpoch, EpochChain, EpochEvent } from "../../keepers/oracle/epoch/types.js";
import { VotedFiles } from "../../keepers/oracle/epoch/votedFiles.js";
import { VotingLog } from "../../keepers/oracle/epoch/votingLog.js";
import { timeoutsOf } from "../../keepers/oracle/parts/agreeing.js";
import { availabilityOf } from "../../keepers/oracle/scoring.js";
import { type Address, bytesToHex } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { leaderOrder } from "../../keepers/protocol/leaders.js";
import { availabilityCredit, dataHash, encodeLeafFile, nextLeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import type { Link } from "../../keepers/protocol/links.js";
import { MAX_ORACLE_MESSAGE_BYTES } from "../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import { SigningKey } from "../../keepers/protocol/signing.js";
import type { EpochReport } from "../../keepers/protocol/typedData.js";
import type { Journal } from "../../keepers/storage/journal.js";
import { MemoryEpochStore } from "../../keepers/storage/memoryEpochStore.js";
import { MemoryJournal } from "../../keepers/storage/memoryJournal.js";
import { MemorySlotStore } from "../../keepers/storage/memorySlotStore.js";
import { MemoryHub } from "../../keepers/transport/memoryBus.js";
import type { MessageBus } from "../../keepers/transport/messageBus.js";
import { ChargedTime, type Computer } from "./chargedTime.js";
import { benchLogger } from "./logger.js";
import { CHAIN_ID, EPOCH_CLOCK, keyBytes, LEDGER, stateWith } from "./nodes.js";
import { threadCpuMs } from "./statistics.js";

export interface FleetOptions {
  readonly oracles: number;
  /** Deeds in all, those of the oracles included. */
  readonly deeds: number;
  /** Epoch to be decided. */
  readonly epoch: bigint;
  /**
   * Blocks come, and each oracle looks for them in its own rhythm, every so many milliseconds; the last block of an epoch comes
   * at its end. Default: as configured (`CHAIN_POLL`).
   */
  readonly pollMs?: number;
}

/** What a message takes from one oracle to another, by way of the broker. */
const LINK_MS = 50;
/** What it takes to make a record of the voting log durable. */
const FSYNC_MS = 5;
/** As an operator has them who sets nothing: time-outs that have not adapted to anything yet. */
const SETTINGS = readOracleConfig({
  ORACLE_PRIVATE_KEY: bytesToHex(keyBytes("oracle", 0)),
  RPC_URL: "http://127.0.0.1:8545",
  DEPLOYMENT: "none",
  BROKER_URL: "mqtt://127.0.0.1:1883",
});

const CONTEXT = { chainId: CHAIN_ID, ledger: LEDGER };
const DOMAIN = { chainId: CHAIN_ID, verifyingContract: LEDGER };
const START_EPOCHS = { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n };

/** What was said about an epoch by all oracles together. */
export interface Traffic {
  /** Messages published, and their bytes. */
  messages: number;
  bytes: number;
}

/** Real oracles without a chain node, a broker or disks: everything else is as in production, and what it computes takes time. */
export class BenchFleet {
  readonly traffic: Traffic = { messages: 0, bytes: 0 };
  /** When each oracle decided, milliseconds after the epoch's end. */
  readonly decidedAfterMs = new Map<Address, number>();
  readonly #options: FleetOptions;
  readonly #time: ChargedTime;
  readonly #hub: MemoryHub;
  readonly #keys: readonly SigningKey[];
  readonly #state: ProtocolState;
  readonly #slots: MemorySlotStore;
  readonly #last: { readonly report: EpochReport; readonly leafFile: Uint8Array };
  readonly #computers = new Map<string, Computer>();

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#time = new ChargedTime(new VirtualClock(this.#end - 60_000), threadCpuMs);
    this.#hub = new MemoryHub(
      {
        network: ({ from }) => [LINK_MS + (this.#computers.get(from)?.spent ?? 0)],
        maximumPayloadBytes: MAX_ORACLE_MESSAGE_BYTES,
        outgoingLimit: 1_024,
      },
      { clock: this.#time.clock },
    );
    this.#keys = Array.from({ length: options.oracles }, (_, index) => new SigningKey(keyBytes("oracle", index)));
    this.#state = stateOf(this.members, options.deeds);
    this.#slots = new MemorySlotStore({ slotsPerEpoch: EPOCH_CLOCK.slotsPerEpoch, maximumNodes: options.deeds });
    for (const { node } of this.#state.links.values()) this.#slots.mark(options.epoch, 1, node);
    this.#last = lastEpoch(options.epoch - 1n, linksAt(this.#state, 0));
  }

  /** Ascending. */
  get members(): Address[] {
    return this.#keys.map(({ address }) => address).sort();
  }

  /** Who leads the rounds of the epoch. */
  get leaders(): Address[] {
    return leaderOrder({ ...CONTEXT, epoch: this.#options.epoch, oracles: this.members, unreliable: new Set() });
  }

  /** Starts all oracles but the dead, and runs until those who live have decided. @throws Error when they have not in a minute */
  async decide(dead: readonly Address[] = []): Promise<void> {
    const alive = this.#keys.filter(({ address }) => !dead.includes(address));
    for (const key of alive) await this.#start(key);
    const isDone = (): boolean => this.decidedAfterMs.size === alive.length;
    if (await this.#time.clock.advanceUntil(isDone, 120_000)) return;
    throw new Error(`only ${this.decidedAfterMs.size} of ${alive.length} oracles decided within a minute`);
  }

  /** Most that one oracle computed since it was started, milliseconds. */
  get mostComputedMs(): number {
    return Math.max(...[...this.#computers.values()].map(({ computedMs }) => computedMs));
  }

  /** Goes on for a while: signatures are exchanged. */
  async runOn(ms: number): Promise<void> {
    await this.#time.clock.advance(ms);
  }

  /** Of the epoch, milliseconds since 1970. */
  get #end(): number {
    return EPOCH_CLOCK.end(this.#options.epoch) * 1_000;
  }

  async #start(key: SigningKey): Promise<void> {
    const computer = this.#time.computer();
    this.#computers.set(key.address, computer);
    const random = new SeededRandom(key.address);
    const logger = benchLogger(computer);
    const bus = this.#wire(this.#hub.connect(key.address), computer);
    const { report, leafFile } = this.#last;
    const archive = new MemoryEpochStore<DecidedEpoch>();
    await archive.put(report.epoch, leafFile, metaOf(report));
    const runner = new EpochRunner(
      {
        context: CONTEXT,
        domain: DOMAIN,
        key,
        firstEpoch: 0n,
        startEpochs: START_EPOCHS,
        timeouts: timeoutsOf(SETTINGS),
        timeoutBounds: { least: SETTINGS.roundMs / 4, most: 4 * SETTINGS.roundMs },
        stageMs: SETTINGS.stageMs,
        retryMs: SETTINGS.roundMs,
      },
      {
        clock: computer,
        random,
        chain: this.#chain(computer, random.next() * (this.#options.pollMs ?? SETTINGS.chainPollMs)),
        observer: { observe: (epoch, { links }) => this.#observe(epoch, links, random) },
        sender: { commit: () => computer.sleep(1e9), disprove: () => computer.sleep(1e9) },
        outbox: new Outbox({ context: CONTEXT, key }, { bus, logger }),
        log: await VotingLog.open(new SlowJournal(computer)),
        archive,
        voted: await VotedFiles.open({ directory: "/voted" }, { disk: new MemoryDisk() }),
        logger,
      },
      (event) => this.#note(key.address, computer, event),
    );
    await new Inbox({ context: CONTEXT }, { bus, runner }).start();
    await runner.start();
  }

  /** Counts what goes out, and lets what comes in wait for the computer. */
  #wire(bus: MessageBus, computer: Computer): MessageBus {
    const { traffic } = this;
    return {
      connected: true,
      publish: (topic, payload, options) => {
        traffic.messages += 1;
        traffic.bytes += payload.length;
        return bus.publish(topic, payload, options);
      },
      subscribe: (filter, handler) =>
        bus.subscribe(filter, (topic, payload) => {
          computer.schedule(0, () => handler(topic, payload));
        }),
      onConnection: () => () => undefined,
      close: () => bus.close(),
    };
  }

  /** @param phase how long after a block this oracle looks, milliseconds */
  #chain(computer: Computer, phase: number): EpochChain {
    const { report } = this.#last;
    const knowsEnd = (): boolean => computer.now() >= this.#end + phase;
    return {
      snapshotOf: (epoch) => {
        if (epoch !== this.#options.epoch || !knowsEnd()) return Promise.resolve(undefined);
        return Promise.resolve({
          links: linksAt(this.#state, 0),
          seats: [],
          spent: new Set<string>(),
          oracles: this.members,
          attempt: 0,
          isCurrent: () => true,
        });
      },
      lastCommit: () => report,
      previousCommit: () => undefined,
      isPending: () => false,
      attempt: () => 0,
      oracles: () => this.members,
      onChange: (listener) => {
        const cancel = computer.schedule(this.#end + phase - computer.now(), listener);
        return cancel;
      },
    };
  }

  /** The real computation, on slots of which only the first was filled; and a day's bytes in its place. */
  async #observe(epoch: bigint, links: readonly Link[], random: SeededRandom): Promise<Uint8Array> {
    const measured = availabilityOf(epoch, links, { slots: this.#slots, epochClock: EPOCH_CLOCK });
    if (measured.length !== links.length) throw new Error("a measurement for every link");
    await Promise.resolve();
    const shift = random.integer(3);
    return measured.map((_, index) => 250 + ((index + shift) % 6));
  }

  #note(oracle: Address, computer: Computer, event: EpochEvent): void {
    if (event.type === "decided") this.decidedAfterMs.set(oracle, computer.now() - this.#end);
  }
}

/** A journal in memory that answers when a disk would. */
class SlowJournal implements Journal {
  readonly #inner = new MemoryJournal({ maximumRecordBytes: 1_048_576 });
  readonly #clock: Computer;

  constructor(clock: Computer) {
    this.#clock = clock;
  }

  async append(record: Uint8Array): Promise<void> {
    await this.#clock.sleep(FSYNC_MS);
    await this.#inner.append(record);
  }

  replay(): AsyncIterable<Uint8Array> {
    return this.#inner.replay();
  }

  truncate(keep?: (record: Uint8Array) => boolean): Promise<void> {
    return this.#inner.truncate(keep);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Each oracle has a Master Node Deed, the other deeds are Node Deeds; all owners approved. */
function stateOf(oracles: readonly Address[], deeds: number): ProtocolState {
  const masters = oracles.map((node, index) => [deedId(DeedKind.MASTER, BigInt(index + 1)), node] as const);
  const nodes = Array.from({ length: deeds - oracles.length }, (_, index) => {
    return [deedId(DeedKind.NODE, BigInt(index + 1)), `0x${(index + 1).toString(16).padStart(40, "0")}`] as const;
  });
  return stateWith([...nodes, ...masters].map(([deed, node]) => ({ deed, node, associatedAt: 1n })));
}

/** An epoch that everybody has, with a leaf for every deed. */
function lastEpoch(epoch: bigint, links: readonly Link[]) {
  const header = { ...CONTEXT, epoch, previousRoot: ZERO_HASH };
  const file = nextLeafFile(
    header,
    [],
    links.map(({ deed }) => availabilityCredit(deed, 254)),
  );
  const leafFile = encodeLeafFile(file);
  const leafCount = BigInt(file.entries.length);
  const report = {
    epoch,
    previousRoot: ZERO_HASH,
    root: treeOf(file).root,
    dataHash: dataHash(leafFile),
    leafCount,
  };
  return { report, leafFile };
}

function metaOf({ previousRoot, root, dataHash: hash, leafCount }: EpochReport): DecidedEpoch {
  return { previousRoot, root, dataHash: hash, leafCount: leafCount.toString(), reporters: [] };
}
