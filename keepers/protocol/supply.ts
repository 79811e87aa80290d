import { DeedKind } from "./deedId.js";
import type { EmissionSchedule } from "./emission.js";

/** Wei in one R1. */
export const R1 = 10n ** 18n;

/** Wei: no more is ever minted, burned tokens included. */
export const SUPPLY_CAP = 161_803_398n * R1;

/** Node Deeds that can ever be: the sum of the tiers' units. */
export const NODE_DEEDS = 46_224n;

/** Wei that each Node Deed mines: an equal share of 45 % of the cap, rounded down. */
export const NODE_DEED_ALLOCATION = (SUPPLY_CAP * 45n) / 100n / NODE_DEEDS;

/** Wei that all Master Node Deeds together mine at most: 26.1 % of the cap. */
export const MASTER_ALLOCATION = (SUPPLY_CAP * 261n) / 1000n;

/** Wei that one Master Node Deed mines at most: 2 % of the cap. */
export const MASTER_DEED_MAX_ALLOCATION = (SUPPLY_CAP * 2n) / 100n;

/** Wei that the Genesis Node Deed mines: 28.9 % of the cap. */
export const GENESIS_ALLOCATION = (SUPPLY_CAP * 289n) / 1000n;

/** Where the Genesis Node Deed's R1 go, in basis points of each claim. */
export const GENESIS_POOLS = {
  liquidity: 2671,
  expenses: 1384,
  marketing: 754,
  grants: 3460,
  socialResponsibility: 1731,
} as const;

/** A step of the Node Deed sale. */
export interface Tier {
  /** Whole US dollars for one deed. */
  readonly priceUsd: number;
  readonly units: number;
}

/** The steps of the Node Deed sale in the order in which they sell out. */
export const TIERS: readonly Tier[] = [
  { priceUsd: 500, units: 89 },
  { priceUsd: 750, units: 144 },
  { priceUsd: 1000, units: 233 },
  { priceUsd: 1500, units: 377 },
  { priceUsd: 2000, units: 610 },
  { priceUsd: 2500, units: 987 },
  { priceUsd: 3000, units: 1597 },
  { priceUsd: 3500, units: 2584 },
  { priceUsd: 4000, units: 4181 },
  { priceUsd: 5000, units: 6765 },
  { priceUsd: 7000, units: 10946 },
  { priceUsd: 9500, units: 17711 },
];

/** How the deeds of one class mine. */
export interface ClassSchedule {
  readonly curve: EmissionSchedule["curve"];
  /** Epochs of full credit that mine the whole allocation. */
  readonly duration: bigint;
  /** First epoch whose bytes are credited. */
  readonly startEpoch: bigint;
}

/** The schedules in production. A development network may run shorter ones: the contracts say which are in force. */
export const PRODUCTION_SCHEDULES: Readonly<Record<DeedKind, ClassSchedule>> = {
  [DeedKind.NODE]: { curve: "linear", duration: 1080n, startEpoch: 0n },
  [DeedKind.MASTER]: { curve: "logistic", duration: 677n, startEpoch: 223n },
  [DeedKind.GENESIS]: { curve: "linear", duration: 365n, startEpoch: 0n },
};
