/** Everything that the protocol keeps, as plainly as it can be written: no packing, no sums carried along, no indices. */
import { ZeroAddress } from "ethers";

import { refuseIf } from "./refusal.js";

/** As `Setting.addresses` names them. */
export type ContractName = string;
export type Role = "governance" | "guardian" | "compliance" | "treasurer";

/** What a deployment fixes. Times in seconds, lengths in epochs. */
export interface Setting {
  readonly chainId: bigint;
  readonly addresses: Readonly<Record<ContractName, string>>;
  readonly roles: Readonly<Record<Role, string>>;
  readonly genesis: number;
  readonly epochDuration: number;
  readonly activationDelay: number;
  readonly answerWindow: number;
  readonly reassociationDelay: number;
  readonly jobTerm: number;
  /** By kind of deed: 1 ND, 2 MND, 3 GND. */
  readonly classes: Readonly<Record<string, { readonly start: number; readonly duration: number }>>;
  readonly pools: readonly {
    readonly name: string;
    readonly share: bigint;
    readonly unlockTime: number;
    readonly milestones: readonly number[];
  }[];
}

export interface Operator {
  payee: string;
  approvedUntil: number;
  verification: number;
  banned: boolean;
}

export interface Deed {
  owner: string;
  /** May move it too. */
  approved: string;
  allocation: bigint;
  /** Epoch of the first association. */
  firstEpoch: number | undefined;
  claimed: bigint;
  banned: boolean;
}

export interface Link {
  /** Zero: none now. */
  node: string;
  since: number;
}

export interface Oracle {
  readonly owner: string;
  /** Of the open challenge; zero: none. */
  deadline: number;
  nextAllowed: number;
}

export interface Commit {
  readonly epoch: number;
  readonly root: string;
  readonly activeFrom: number;
  readonly signers: readonly string[];
}

export interface Feed {
  readonly decimals: bigint;
  round: bigint;
  answer: bigint;
  updatedAt: number;
}

export interface FeedConfig {
  feed: string;
  maxAge: number;
  least: bigint;
  most: bigint;
}

export interface ResourceClass {
  price: bigint;
  milliCpu: number;
  memoryMiB: number;
  diskMiB: number;
  isGpu: boolean;
  isOffered: boolean;
}

/** One deed's time in a place of a job. */
export interface Stint {
  readonly token: number;
  /** First epoch that is not settled. */
  from: number;
  /** First epoch that is not paid any more; undefined: the job's end. */
  to: number | undefined;
  /** Settled up to the job's end: its place is given back. */
  isOver: boolean;
  /** Service bytes that are settled, those of earlier stints too. */
  settled: bigint;
}

export interface Job {
  readonly owner: string;
  specHash: string;
  readonly classId: number;
  readonly gpu: number;
  nodes: number;
  epochs: number;
  /** First epoch that is paid; undefined before the first assignment. */
  start: number | undefined;
  sequence: number;
  readonly rate: bigint;
  deposited: bigint;
  paid: bigint;
  burned: bigint;
  refunded: bigint;
  stints: Stint[];
}

export interface State {
  readonly setting: Setting;
  /** Time of the block, Unix seconds. */
  now: number;
  balances: Map<string, bigint>;
  allowances: Map<string, bigint>;
  nonces: Map<string, bigint>;
  minted: bigint;
  burned: bigint;
  operators: Map<string, Operator>;
  /** By DeedId. */
  deeds: Map<bigint, Deed>;
  /** `kind>owner>operator`. */
  deedOperators: Set<string>;
  links: Map<bigint, Link>;
  oracles: Map<string, Oracle>;
  commits: Commit[];
  feeds: Map<string, Feed>;
  /** Of the sale and of the catalog. */
  feedConfigs: { sale: FeedConfig; catalog: FeedConfig };
  classes: Map<number, ResourceClass>;
  paused: Set<ContractName>;
  released: Map<string, bigint>;
  milestones: Map<string, number>;
  jobs: Job[];
  /** Wei that wait for the end of a ban, by token id. */
  held: Map<number, bigint>;
  /** `owner>delegate`. */
  delegations: Map<string, { offered: number; accepted: number }>;
}

export function emptyState(setting: Setting, now: number, feedConfig: FeedConfig, feeds: Map<string, Feed>): State {
  return {
    setting,
    now,
    balances: new Map(),
    allowances: new Map(),
    nonces: new Map(),
    minted: 0n,
    burned: 0n,
    operators: new Map(),
    deeds: new Map(),
    deedOperators: new Set(),
    links: new Map(),
    oracles: new Map(),
    commits: [],
    feeds,
    feedConfigs: { sale: { ...feedConfig }, catalog: { ...feedConfig } },
    classes: new Map(),
    paused: new Set(),
    released: new Map(),
    milestones: new Map(),
    jobs: [],
    held: new Map(),
    delegations: new Map(),
  };
}

export function currentEpoch({ setting: { genesis, epochDuration }, now }: State): number {
  return now < genesis ? 0 : Math.floor((now - genesis) / epochDuration);
}

export function epochEnd({ setting: { genesis, epochDuration } }: State, epoch: number): number {
  return genesis + (epoch + 1) * epochDuration;
}

export function pair(...parts: readonly (string | bigint)[]): string {
  return parts.join(">");
}

/** Whether a restricted function that belongs to `role` lets `sender` in. */
export function restricted({ setting }: State, sender: string, role: Role): void {
  refuseIf(setting.roles[role] !== sender, "AccessManagedUnauthorized");
}

export function pause(state: State, sender: string, contract: ContractName): void {
  restricted(state, sender, "guardian");
  whenNotPaused(state, contract);
  state.paused.add(contract);
}

export function unpause(state: State, sender: string, contract: ContractName): void {
  restricted(state, sender, "governance");
  refuseIf(!state.paused.has(contract), "ExpectedPause");
  state.paused.delete(contract);
}

export function whenNotPaused({ paused }: State, contract: ContractName): void {
  refuseIf(paused.has(contract), "EnforcedPause");
}

export const NOBODY = ZeroAddress;
