import { activeFrom } from "../../keepers/chain/activation.js";
import type { Address, Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, type DeedId, kindSymbol, parseDeedId } from "../../keepers/protocol/deedId.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { type Claim, cumulativesOf } from "./deedBook.js";
import { describeJobs, type JobReport, problemsOfJobs } from "./jobs/jobReport.js";
import { allocationOf, type ClassTerms, expectedOf } from "./schedules.js";
import { SLOT_SECONDS } from "./options.js";
import type { EpochRecord, World } from "./world.js";

/** What `--report` writes. Amounts of R1 in wei; numbers that may pass 2^53 are decimal strings. */
export interface Report {
  /** Name → address. */
  readonly contracts: Readonly<Record<string, Address>>;
  readonly epochs: readonly EpochEntry[];
  readonly deeds: readonly DeedReport[];
  readonly jobs: readonly JobReport[];
  readonly supply: { readonly minted: string; readonly burned: string; readonly total: string };
  readonly parameters: Parameters;
}

export interface EpochEntry {
  readonly epoch: number;
  readonly root: Hash;
  readonly txHash: Hash;
  readonly gasUsed: number;
  /** From when on it could be claimed against, Unix seconds. */
  readonly activeFrom: number;
  readonly signers: readonly Address[];
}

export interface DeedReport {
  readonly kind: string;
  readonly tokenId: string;
  readonly owner: Address;
  readonly node: Address;
  /** Credited bytes in each entry of `epochs`, out of the leaf files. */
  readonly perEpoch: readonly number[];
  readonly cumulative: string;
  readonly allocation: string;
  /** Sum of `claims`. */
  readonly claimed: string;
  /** `minted(cumulative / 255)` by the keepers' own arithmetic: what `claimed` must be. */
  readonly expected: string;
  readonly claims: readonly { readonly txHash: Hash; readonly epoch: number; readonly amount: string }[];
}

interface Parameters {
  readonly classes: Readonly<Record<string, ClassReport>>;
  /** Of every curve; x is in epochs. */
  readonly law: string;
  /** Seconds. */
  readonly epochDuration: number;
  /** Seconds. */
  readonly activationDelay: number;
  /** Unix seconds. */
  readonly genesis: number;
  readonly slotSeconds: number;
  readonly quorum: number;
}

interface ClassReport {
  readonly curve: string;
  /** Wei of one deed. */
  readonly allocation: string;
  /** First credited epoch. */
  readonly start: number;
  /** Epochs of full credit. */
  readonly duration: number;
  /** Steepness, and the inflection as a share of the duration; null for a line. */
  readonly k: number | null;
  readonly inflection: number | null;
}

const STEEPNESS = 10;
const INFLECTION = 437 / 677;

const LAW =
  "minted(x) = allocation × F(x), x = min(cumulative / 255, duration); linear: F = x / duration; logistic: " +
  "F = (s(k(x/duration − inflection)) − s(−k·inflection)) / (s(k(1 − inflection)) − s(−k·inflection)), s(y) = 1 / (1 + e^(−y))";

/** Out of the chain and the oracles' leaf files, not out of what the story remembers. */
export async function makeReport(world: World, epochs: readonly EpochRecord[]): Promise<Report> {
  const { protocol, deeds: book } = world;
  const token = protocol.contracts.r1;
  const [minted, burned, total] = await Promise.all([token.totalMinted(), token.totalBurned(), token.totalSupply()]);
  const claims = await readClaims(world, epochs.at(-1)?.commit.epoch ?? -1n);
  const deeds = await Promise.all(book.all.map((deed) => describeDeed(world, deed, epochs, claims)));
  return {
    contracts: protocol.deployment.contracts,
    epochs: await Promise.all(epochs.map((record) => describeEpoch(world, record))),
    deeds,
    jobs: describeJobs(world, epochs.length),
    supply: { minted: minted.toString(), burned: burned.toString(), total: total.toString() },
    parameters: await describeParameters(world),
  };
}

/** @throws KeeperError `REPORT_WRONG` that lists every deed and job whose amounts are not what the law says */
export function checkReport({ deeds, jobs }: Pick<Report, "deeds" | "jobs">): void {
  const claims = deeds
    .filter(({ claimed, expected }) => claimed !== expected)
    .map(({ kind, tokenId, claimed, expected }) => `${kind} #${tokenId}: ${claimed}, want ${expected}`);
  const wrong = [...claims, ...problemsOfJobs(jobs)];
  if (wrong.length > 0) throw new KeeperError("REPORT_WRONG", `amounts that are not the law's: ${wrong.join("; ")}`);
}

async function readClaims({ protocol }: World, lastEpoch: bigint): Promise<Claim[]> {
  const { availabilityRewards } = protocol.contracts;
  const events = await availabilityRewards.queryFilter(availabilityRewards.filters.Claimed());
  return events
    .map(({ args, transactionHash: txHash }) => ({
      deed: args.deed,
      epoch: args.epoch,
      cumulative: args.cumulative,
      amount: args.amount,
      txHash,
    }))
    .filter(({ epoch }) => epoch <= lastEpoch);
}

async function describeDeed(
  { protocol, schedules }: World,
  { id, owner, node }: { readonly id: DeedId; readonly owner: Address; readonly node: Address },
  epochs: readonly EpochRecord[],
  allClaims: readonly Claim[],
): Promise<DeedReport> {
  const { kind, tokenId } = parseDeedId(id);
  const sums = [0n, ...epochs.map(({ file }) => cumulativesOf(file).get(id) ?? 0n)];
  const cumulative = sums.at(-1) as bigint;
  const claims = allClaims.filter(({ deed }) => deed === id);
  const allocation = await allocationOf(protocol.contracts, id);
  return {
    kind: kindSymbol(kind),
    tokenId: tokenId.toString(),
    owner,
    node,
    perEpoch: sums.slice(1).map((sum, index) => Number(sum - (sums[index] as bigint))),
    cumulative: cumulative.toString(),
    allocation: allocation.toString(),
    claimed: claims.reduce((sum, { amount }) => sum + amount, 0n).toString(),
    expected: expectedOf(schedules, id, allocation, cumulative).toString(),
    claims: claims.map(({ txHash, epoch, amount }) => ({ txHash, epoch: Number(epoch), amount: amount.toString() })),
  };
}

async function describeEpoch({ protocol, activationDelay }: World, { commit }: EpochRecord): Promise<EpochEntry> {
  const receipt = await protocol.provider.getTransactionReceipt(commit.transactionHash);
  const { epoch, root, transactionHash: txHash, signers } = commit;
  const since = { activeFrom: activeFrom(commit, activationDelay) };
  return { epoch: Number(epoch), root, txHash, gasUsed: Number(receipt?.gasUsed ?? 0n), ...since, signers };
}

async function describeParameters(world: World): Promise<Parameters> {
  const { protocol, schedules, deeds, epochClock, activationDelay } = world;
  const { contracts } = protocol;
  const classes: Record<string, ClassReport> = {};
  for (const kind of Object.values(DeedKind)) {
    const example = deeds.all.find(({ id }) => parseDeedId(id).kind === kind);
    const allocation = example ? await allocationOf(contracts, example.id) : 0n;
    classes[kindSymbol(kind)] = describeClass(schedules[kind], allocation);
  }
  const quorum = Number(await contracts.oracleRegistry.quorum());
  const { duration: epochDuration, genesis } = epochClock;
  return { classes, law: LAW, epochDuration, activationDelay, genesis, slotSeconds: SLOT_SECONDS, quorum };
}

function describeClass({ curve, start, duration }: ClassTerms, allocation: bigint): ClassReport {
  const shape = curve === "logistic" ? { k: STEEPNESS, inflection: INFLECTION } : { k: null, inflection: null };
  const times = { start: Number(start), duration: Number(duration) };
  return { curve, allocation: allocation.toString(), ...times, ...shape };
}
