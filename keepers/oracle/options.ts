import type { ChainFollower } from "../chain/chainFollower.js";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { Address, Hash } from "../protocol/bytes.js";
import type { DeedKind } from "../protocol/deedId.js";
import type { EpochClock } from "../protocol/epochClock.js";
import type { Signer } from "../protocol/signing.js";
import type { MessageBus } from "../transport/messageBus.js";
import type { WorkQueue } from "../queue/workQueue.js";
import type { AnswerSender } from "./answering.js";
import type { AssignmentSender } from "./assigning/dispatch.js";
import type { BrokerSeat } from "./brokerSeat.js";
import type { OracleMetrics } from "./metrics/oracleMetrics.js";
import type { CommitSender } from "./epoch/types.js";
import type { Endpoints } from "./probing/prober.js";
import type { ProbeTask } from "./probing/queuedProbe.js";

export interface OracleOptions {
  readonly chainId: bigint;
  readonly ledger: Address;
  readonly nodeRegistry: Address;
  readonly oracleRegistry: Address;
  readonly epochClock: EpochClock;
  /** How long a committed root can be disproved before it is active: the ledger's ACTIVATION_DELAY, seconds. */
  readonly activationDelay: number;
  /** First epoch whose bytes are credited, by class: as the deed contracts say. */
  readonly startEpochs: Readonly<Record<DeedKind, bigint>>;
  /** Folder of this oracle alone. */
  readonly dataDir: string;
  readonly api: { readonly host: string; readonly port: number; readonly trustProxy: boolean };
  /** What nodes are told: the broker, and the APIs of the oracles. */
  readonly brokerUrl: string;
  readonly oracleUrls: readonly string[];
  readonly heartbeatIntervalMs: number;
  /** How many blocks behind the newest the block named by a heartbeat may be. */
  readonly freshBlocks: number;
  readonly maximumNodes: number;
  /** Where heartbeat slots are kept when several processes hear for this oracle; default its own folder. */
  readonly redisUrl?: string | undefined;
  /** Whether it hears nodes itself (default) or leaves that to ingest workers on the same Redis. */
  readonly ingest?: "own" | "external" | undefined;
  /** Whether endpoints of jobs may be on addresses that are not public, as on a development network; default false. */
  readonly probePrivate?: boolean | undefined;
  /** How long the broker credentials last that it issues, to nodes and to itself; default an hour. */
  readonly credentialSeconds?: number | undefined;
  /** Milliseconds: a step of round 0, the longest wait for seals and for reports, and the submitter's head start. */
  readonly roundMs: number;
  readonly sealingMs: number;
  readonly stageMs: number;
  /** Where paid jobs are, and how they get their nodes; default: this oracle gives no job any. */
  readonly jobs?: JobOptions | undefined;
}

/** For what is left out see the defaults of `AdvertBook`, `Assigner` and `SeatHealth`. */
export interface JobOptions {
  readonly escrow: Address;
  /** Blocks from one decision to the next. */
  readonly everyBlocks?: number | undefined;
  /** How long what a node offers waits before it counts. Milliseconds. */
  readonly marginMs?: number | undefined;
  /** How long a node may take to run a job, and be silent about one that ran. Milliseconds. */
  readonly startMs?: number | undefined;
  readonly silentMs?: number | undefined;
  /** The head start of each oracle that sends an assignment before the next one does. Milliseconds. */
  readonly headStartMs?: number | undefined;
}

/** What giving jobs their nodes takes. */
export interface JobModules {
  readonly assignments: AssignmentSender;
  /** A specification's bytes, from whoever has them; undefined when nobody does. */
  readonly fetchSpec: (hash: Hash) => Promise<Uint8Array | undefined>;
}

export interface OracleModules {
  readonly key: Signer;
  /** Not started yet; the oracle starts and closes it, and the bus too. */
  readonly follower: ChainFollower;
  readonly bus: MessageBus;
  /** Its part in saying who may use the broker; default: the broker checks credentials itself. Closed with the oracle. */
  readonly broker?: BrokerSeat | undefined;
  readonly sender: CommitSender & AnswerSender;
  /** Together with `jobs` of the options. */
  readonly jobs?: JobModules | undefined;
  /** Where visits of what jobs publish wait for their turn, closed with the oracle; default: nowhere. */
  readonly probeQueue?: WorkQueue<ProbeTask> | undefined;
  /** Where jobs are published; default: where their nodes advertise, with `jobs`, and otherwise nothing is visited. */
  readonly endpoints?: Endpoints | undefined;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Default: metrics of this oracle alone, without those of the process. */
  readonly metrics?: OracleMetrics | undefined;
}
