import type { ChainFollower } from "../chain/chainFollower.js";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import type { Address } from "../protocol/bytes.js";
import type { DeedKind } from "../protocol/deedId.js";
import type { EpochClock } from "../protocol/epochClock.js";
import type { SigningKey } from "../protocol/signing.js";
import type { MessageBus } from "../transport/messageBus.js";
import type { CommitSender } from "./epoch/types.js";

export interface OracleOptions {
  readonly chainId: bigint;
  readonly ledger: Address;
  readonly nodeRegistry: Address;
  readonly epochClock: EpochClock;
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
  /** Milliseconds: a step of round 0, the longest wait for seals and for reports, and the submitter's head start. */
  readonly roundMs: number;
  readonly sealingMs: number;
  readonly stageMs: number;
}

export interface OracleModules {
  readonly key: SigningKey;
  /** Not started yet; the oracle starts and closes it, and the bus too. */
  readonly follower: ChainFollower;
  readonly bus: MessageBus;
  readonly sender: CommitSender;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
