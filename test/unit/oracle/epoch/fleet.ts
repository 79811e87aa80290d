import { MemoryDisk } from "../../../../keepers/core/memoryDisk.js";
import { memoryLogger, type LogEntry } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { Inbox } from "../../../../keepers/oracle/epoch/inbox.js";
import { Outbox } from "../../../../keepers/oracle/epoch/outbox.js";
import { EpochRunner } from "../../../../keepers/oracle/epoch/runner.js";
import type {
  EpochChain,
  CommitSender,
  DecidedEpoch,
  EpochEvent,
  EpochSnapshot,
} from "../../../../keepers/oracle/epoch/types.js";
import { VotedFiles } from "../../../../keepers/oracle/epoch/votedFiles.js";
import { VotingLog } from "../../../../keepers/oracle/epoch/votingLog.js";
import { type Address, bytesToHex, type Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import type { Disproof } from "../../../../keepers/protocol/disproof.js";
import { leafHash } from "../../../../keepers/protocol/leaf.js";
import { MerkleTree } from "../../../../keepers/protocol/merkleTree.js";
import { ZERO_HASH } from "../../../../keepers/protocol/oracleValue.js";
import { quorum } from "../../../../keepers/protocol/quorum.js";
import { keccak, recoverCompact, SigningKey } from "../../../../keepers/protocol/signing.js";
import { type EpochReport, epochReportDigest } from "../../../../keepers/protocol/typedData.js";
import { MemoryEpochStore } from "../../../../keepers/storage/memoryEpochStore.js";
import { MemoryJournal } from "../../../../keepers/storage/memoryJournal.js";
import { MemoryHub, type Network } from "../../../../keepers/transport/memoryBus.js";
import { KeeperError } from "../../../../keepers/core/errors.js";

const LEDGER = `0x${"1e".repeat(20)}`;
export const CONTEXT = { chainId: 31337n, ledger: LEDGER };
export const DOMAIN = { chainId: CONTEXT.chainId, verifyingContract: LEDGER };

export const EPOCH_MS = 60_000;
/** Seconds. */
export const ACTIVATION_DELAY = 20;

const TIMEOUTS = { sealing: 2_000, opening: 2_000, gather: 300, base: 1_000, step: 500, longest: 8_000, resend: 1_000 };

interface Committed extends EpochReport {
  /** Seconds since genesis. */
  readonly activeFrom: number;
  readonly signers: readonly Address[];
}

/** A ledger that checks what the contract checks, and shows a commit to everybody after a block time. */
class FakeLedger {
  readonly commits: Committed[] = [];
  readonly transactions: { readonly by: Address; readonly epoch: bigint; readonly accepted: boolean }[] = [];
  /** Epochs and roots that were taken back, with who did it. */
  readonly disproofs: { readonly by: Address; readonly epoch: bigint; readonly root: Hash }[] = [];
  /** What was left of the set when the last attempt began, and when: milliseconds. */
  attempt: { readonly count: number; readonly at: number; readonly oracles: readonly Address[] } | undefined;
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  commit(by: Address, report: EpochReport, signatures: readonly Uint8Array[]): void {
    const signers = signersOf(report, signatures);
    const refusal = this.#refusal(report, signers);
    this.transactions.push({ by, epoch: report.epoch, accepted: refusal === undefined });
    if (refusal !== undefined) throw new KeeperError("CONTRACT_REFUSED", refusal);
    this.commits.push({ ...report, activeFrom: this.#now + ACTIVATION_DELAY, signers });
  }

  disprove(by: Address, { kind, id, ...leaf }: Disproof): void {
    const { last } = this;
    if (!last || !this.isPending) throw new KeeperError("CONTRACT_REFUSED", "nothing pending");
    const before = this.commits.at(-2);
    const isNew = leaf.cumulativeBefore === 0n && leaf.proofBefore.length === 0;
    const leafOf = (cumulative: bigint) => bytesToHex(leafHash(kind, id, cumulative));
    if (!MerkleTree.verify(last.root, leafOf(leaf.cumulativeAfter), leaf.proofAfter)) throw new Error("not after");
    if (!isNew && !MerkleTree.verify(before?.root ?? ZERO_HASH, leafOf(leaf.cumulativeBefore), leaf.proofBefore)) {
      throw new Error("not before");
    }
    const growth = leaf.cumulativeAfter - leaf.cumulativeBefore;
    const epochs = isNew || !before ? last.epoch + 1n : last.epoch - before.epoch;
    if (growth >= 0n && growth <= 255n * epochs) throw new KeeperError("CONTRACT_REFUSED", "not disproved");
    this.commits.pop();
    this.disproofs.push({ by, epoch: last.epoch, root: last.root });
    this.remove(last.signers);
  }

  /** They leave the set, and a new attempt begins. */
  remove(oracles: readonly Address[]): void {
    const members = this.#fleet.members;
    members.splice(0, members.length, ...members.filter((member) => !oracles.includes(member)));
    const count = (this.attempt?.count ?? 0) + 1;
    this.attempt = { count, at: this.#fleet.clock.now(), oracles: [...members] };
  }

  get last(): Committed | undefined {
    return this.commits.at(-1);
  }

  get isPending(): boolean {
    return this.last !== undefined && this.#now < this.last.activeFrom;
  }

  get #now(): number {
    return Math.floor(this.#fleet.clock.now() / 1_000);
  }

  #refusal(report: EpochReport, signers: readonly Address[]): string | undefined {
    if (this.last && report.epoch <= this.last.epoch) return "not later";
    if (this.isPending) return "previous pending";
    if (report.previousRoot !== (this.last?.root ?? ZERO_HASH)) return "wrong previous root";
    const { members } = this.#fleet;
    const isSorted = signers.every((signer, i) => i === 0 || (signers[i - 1] as string) < signer);
    if (!isSorted || signers.some((signer) => !members.includes(signer))) return "bad signature";
    return signers.length < quorum(members.length) ? "too few" : undefined;
  }
}

function signersOf(report: EpochReport, signatures: readonly Uint8Array[]): Address[] {
  const digest = epochReportDigest(DOMAIN, report);
  return signatures.map((signature) => recoverCompact(digest, signature) ?? "nobody");
}

/** One oracle of the fleet; its disk outlives it. */
export class FleetOracle {
  readonly key: SigningKey;
  readonly events: EpochEvent[] = [];
  /** The logs of its lives. */
  readonly logs: LogEntry[][] = [];
  readonly journal = new MemoryJournal({ maximumRecordBytes: 1_048_576 });
  readonly archive = new MemoryEpochStore<DecidedEpoch>();
  readonly disk = new MemoryDisk();
  /** Availability byte that this oracle measures for a node. */
  measure: (epoch: bigint, node: Address) => number = () => 255;
  /** Makes the next transactions fail. */
  rpcDown = false;
  runner: EpochRunner | undefined;
  #inbox: Inbox | undefined;
  #bus: ReturnType<MemoryHub["connect"]> | undefined;
  readonly #fleet: Fleet;
  #lives = 0;

  constructor(fleet: Fleet, index: number) {
    this.#fleet = fleet;
    this.key = new SigningKey(keccak(new TextEncoder().encode(`oracle ${index}`)));
  }

  async start(): Promise<void> {
    const { clock, chain, hub } = this.#fleet;
    const { logger, entries } = memoryLogger(clock);
    this.logs.push(entries);
    const bus = hub.connect(this.key.address);
    this.#bus = bus;
    const sender: CommitSender = {
      commit: async (report, signatures) => {
        await clock.sleep(100);
        if (this.rpcDown) throw new KeeperError("RPC_FAILED", "connection refused", { retriable: true });
        this.#fleet.ledger.commit(this.key.address, report, signatures);
      },
      disprove: async (_epoch, disproof) => {
        await clock.sleep(100);
        if (this.rpcDown) throw new KeeperError("RPC_FAILED", "connection refused", { retriable: true });
        this.#fleet.ledger.disprove(this.key.address, disproof);
      },
    };
    this.runner = new EpochRunner(
      {
        context: CONTEXT,
        domain: DOMAIN,
        key: this.key,
        firstEpoch: 0n,
        startEpochs: { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 0n, [DeedKind.GENESIS]: 0n },
        timeouts: TIMEOUTS,
        timeoutBounds: { least: 500, most: 5_000 },
        stageMs: 3_000,
        retryMs: 2_000,
      },
      {
        clock,
        random: new SeededRandom(`${this.key.address} ${(this.#lives += 1)}`),
        chain,
        observer: {
          observe: (epoch, { links }) => Uint8Array.from(links, ({ node }) => this.measure(epoch, node)),
        },
        sender,
        outbox: new Outbox({ context: CONTEXT, key: this.key }, { bus, logger }),
        log: await VotingLog.open(this.journal),
        archive: this.archive,
        voted: await VotedFiles.open({ directory: "/voted" }, { disk: this.disk }),
        logger,
      },
      (event) => this.events.push(event),
    );
    this.#inbox = new Inbox({ context: CONTEXT }, { bus, runner: this.runner });
    await this.#inbox.start();
    await this.runner.start();
  }

  /** As if an earlier life had signed that report. */
  async promise(epoch: bigint, digest: Hash): Promise<void> {
    await (await VotingLog.open(this.journal)).promise(epoch, digest);
  }

  async stop(): Promise<void> {
    await this.#inbox?.close();
    await this.runner?.close();
    await this.#bus?.close();
    this.runner = undefined;
  }
}

/** Oracles on a virtual clock and network, with one ledger. */
export class Fleet {
  readonly clock = new VirtualClock(0);
  readonly hub: MemoryHub;
  readonly ledger: FakeLedger;
  readonly oracles: FleetOracle[];
  readonly nodes: Address[];
  readonly addresses: Address[];
  /** The present oracle set, ascending. */
  readonly members: Address[];
  readonly chain: EpochChain;
  readonly #listeners = new Set<() => void>();

  constructor(size: number, network: Network = () => [20]) {
    this.hub = new MemoryHub({ network, maximumPayloadBytes: 33_554_432, outgoingLimit: 1_024 }, { clock: this.clock });
    this.ledger = new FakeLedger(this);
    this.oracles = Array.from({ length: size }, (_, i) => new FleetOracle(this, i));
    this.addresses = this.oracles.map(({ key }) => key.address).sort();
    this.members = [...this.addresses];
    this.nodes = Array.from({ length: 3 }, (_, i) => `0x${(i + 1).toString(16).padStart(2, "0").repeat(20)}`);
    this.chain = this.#chainView();
  }

  async start(oracles: readonly FleetOracle[] = this.oracles): Promise<void> {
    for (const oracle of oracles) await oracle.start();
    this.#block();
  }

  /** Runs until this much time has passed since genesis. */
  async runTo(ms: number): Promise<void> {
    await this.clock.advance(ms - this.clock.now());
  }

  async close(): Promise<void> {
    for (const oracle of this.oracles) await oracle.stop();
  }

  /** Every oracle's deed, then the nodes' deeds: all linked since genesis. */
  get links() {
    return [...this.addresses, ...this.nodes]
      .map((node, i) => ({
        deed: deedId(i < this.addresses.length ? DeedKind.MASTER : DeedKind.NODE, BigInt(i + 1)),
        node,
        associatedAt: 0n,
      }))
      .sort((a, b) => (a.deed < b.deed ? -1 : 1));
  }

  #snapshot(epoch: bigint): EpochSnapshot | undefined {
    const isOver = BigInt(this.clock.now()) >= (epoch + 1n) * BigInt(EPOCH_MS);
    if (!isOver) return undefined;
    const { attempt } = this.ledger;
    const isLater = attempt && attempt.at >= Number(epoch + 1n) * EPOCH_MS;
    const oracles = isLater ? attempt.oracles : [...this.members];
    return {
      links: this.links,
      seats: [],
      spent: new Set<string>(),
      oracles,
      attempt: attempt?.count ?? 0,
      isCurrent: () => true,
    };
  }

  #chainView(): EpochChain {
    const { commits } = this.ledger;
    return {
      snapshotOf: (epoch) => Promise.resolve(this.#snapshot(epoch)),
      lastCommit: () => commits.at(-1),
      previousCommit: () => commits.at(-2),
      isPending: () => this.ledger.isPending,
      attempt: () => this.ledger.attempt?.count ?? 0,
      oracles: () => [...this.members],
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
  }

  #block(): void {
    for (const listener of [...this.#listeners]) listener();
    this.clock.schedule(1_000, () => this.#block());
  }
}
