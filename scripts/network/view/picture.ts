import { endOfSeat, isOver } from "../../../keepers/chain/jobSelectors.js";
import type { JobState } from "../../../keepers/chain/jobState.js";
import type { Address } from "../../../keepers/protocol/bytes.js";
import { formatDeed } from "../../../keepers/protocol/deedId.js";
import type { EpochClock } from "../../../keepers/protocol/epochClock.js";
import type { Oracle } from "../../../keepers/oracle/oracle.js";
import type { DeedEntry } from "../deedBook.js";
import type { Line, Narrator } from "../narrator.js";
import { seconds, type World } from "../world.js";

/** Everything that the live view shows, at one moment. */
export interface Picture {
  readonly lines: readonly Line[];
  /** Undefined until the protocol is deployed. */
  readonly network: NetworkPicture | undefined;
}

export interface NetworkPicture {
  readonly rpcUrl: string;
  readonly block: number;
  readonly epoch: EpochPicture;
  /** Wei; undefined until first read. */
  readonly supply: SupplyPicture | undefined;
  readonly oracles: readonly OraclePicture[];
  readonly deeds: readonly DeedPicture[];
  readonly jobs: readonly JobPicture[];
}

export interface EpochPicture {
  /** Undefined before epoch 0. */
  readonly number: bigint | undefined;
  /** Slots that have begun. */
  readonly slot: number;
  readonly slots: number;
  /** To the end of the epoch, or to the beginning of epoch 0. */
  readonly secondsLeft: number;
}

export interface SupplyPicture {
  readonly minted: bigint;
  readonly burned: bigint;
}

export interface OraclePicture {
  readonly address: Address;
  readonly phase: string;
  readonly round: number;
  readonly deciding: bigint | undefined;
  /** Slots of the running epoch in which it heard itself. */
  readonly slots: number;
  readonly lastCommitted: bigint | undefined;
  readonly lag: number;
  readonly connected: boolean;
}

export interface DeedPicture {
  readonly name: string;
  readonly owner: Address;
  readonly node: Address;
  readonly state: string;
  /** Slots of the running epoch in which an oracle heard its node. */
  readonly slots: number;
  /** Of the last committed epoch; undefined before the first. */
  readonly lastByte: number | undefined;
  readonly cumulative: bigint;
  /** Wei. */
  readonly claimed: bigint;
}

export interface JobPicture {
  readonly name: string;
  readonly owner: Address;
  readonly state: "waits" | "assigned" | "runs" | "over" | "settled";
  /** Deeds that serve it now, by token id. */
  readonly deeds: readonly number[];
  readonly places: number;
  /** Epochs that are over, of all. */
  readonly epochs: { readonly passed: number; readonly all: number };
  /** Service bytes of all its nodes up to the last committed epoch. */
  readonly served: bigint;
  /** Wei. */
  readonly deposit: bigint;
  readonly paid: bigint;
}

/** @param supply as last read from the chain */
export function takePicture(narrator: Narrator, world: World | undefined, supply: SupplyPicture | undefined): Picture {
  if (!world) return { lines: narrator.lines, network: undefined };
  const { epochClock, fleet, deeds, follower, clock, protocol } = world;
  const now = seconds(clock);
  const epoch = epochClock.epochAt(now);
  const network = {
    rpcUrl: protocol.rpcUrl,
    block: follower.head.number,
    epoch: pictureEpoch(epochClock, now),
    supply,
    oracles: fleet.oracles.map((oracle) => pictureOracle(oracle, epoch)),
    deeds: deeds.all.map((deed) => pictureDeed(world, deed, epoch)),
    jobs: [...follower.view.state.jobs.values()].map((job) => pictureJob(world, job, epoch)),
  };
  return { lines: narrator.lines, network };
}

function pictureEpoch(epochClock: EpochClock, now: number): EpochPicture {
  const { genesis, slotsPerEpoch: slots } = epochClock;
  if (now < genesis) return { number: undefined, slot: 0, slots, secondsLeft: genesis - now };
  const number = epochClock.epochAt(now);
  const slot = (epochClock.slotAt(now * 1_000)?.slot ?? 0) + 1;
  return { number, slot, slots, secondsLeft: epochClock.end(number) - now };
}

function pictureOracle(oracle: Oracle, running: bigint): OraclePicture {
  const { oracle: address, phase, round, deciding, lastCommitted, lag, connected } = oracle.status;
  return { address, phase, round, deciding, lastCommitted, lag, connected, slots: oracle.slotsHeard(running, address) };
}

function pictureDeed({ fleet }: World, deed: DeedEntry, running: bigint): DeedPicture {
  const { id, owner, node, perEpoch, cumulative, claimed } = deed;
  const state = stateOf(fleet, node);
  const slots = Math.max(0, ...fleet.oracles.map((oracle) => oracle.slotsHeard(running, node)));
  return { name: formatDeed(id), owner, node, state, slots, lastByte: perEpoch.at(-1), cumulative, claimed };
}

function pictureJob({ jobs }: World, job: JobState, running: bigint): JobPicture {
  const { jobId, owner, seats, nodes: places, deposit, paid, start, epochs: all } = job;
  const past = Number(running - start);
  return {
    ...{ name: `job ${jobId}`, owner, places, deposit, paid },
    state: stateOfJob(job, running),
    deeds: seats.filter((seat) => running < endOfSeat(job, seat)).map(({ tokenId }) => tokenId),
    epochs: { passed: start === 0n ? 0 : Math.max(0, Math.min(all, past)), all },
    served: seats.reduce((sum, { assignment }) => sum + jobs.servedBy(assignment), 0n),
  };
}

function stateOfJob(job: JobState, running: bigint): JobPicture["state"] {
  if (job.start === 0n) return "waits";
  if (!isOver(job, running)) return running < job.start ? "assigned" : "runs";
  return job.seats.every((seat) => seat.unsettledFrom >= endOfSeat(job, seat)) ? "settled" : "over";
}

function stateOf(fleet: World["fleet"], node: Address): string {
  const oracle = fleet.oracles.find((candidate) => candidate.status.oracle === node);
  if (oracle) return "oracle";
  return fleet.nodeOf(node)?.status.state ?? "off";
}
