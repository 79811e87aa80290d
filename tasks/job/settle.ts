import type { TransactionReceipt } from "ethers";

import { SystemClock } from "../../keepers/core/clock.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount, type R1Price } from "../lib/amounts.js";
import type { Answer } from "../lib/answer.js";
import { dueAt, readJob, readJobs, readServices } from "../lib/jobs.js";
import { deedName, parseAddress } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import { openServiceProofs, type ServiceProof } from "../lib/serviceProofs.js";
import { send, transactionJson } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";

interface SettleArguments extends SenderArguments {
  readonly jobs: readonly string[];
  readonly owner: string | undefined;
  readonly oracle: string | undefined;
}

/** A settlement of one deed, from its event. */
interface Settlement {
  readonly deed: string;
  readonly payee: string;
  readonly epochs: bigint;
  readonly bytesServed: bigint;
  /** Wei, as the two below. */
  readonly paid: bigint;
  readonly burned: bigint;
  readonly penalty: bigint;
}

interface SettledJob {
  readonly jobId: number;
  readonly epoch: bigint;
  readonly gas: bigint;
  /** Undefined with `--dry-run`. */
  readonly receipt: TransactionReceipt | undefined;
  readonly settlements: readonly Settlement[];
}

const MOST_JOBS = 10_000;

export default action<SettleArguments>(async (args, session) => {
  const jobIds = await jobsNamed(args, session);
  const protocol = await session.protocol();
  const source = openServiceProofs(args.oracle, { protocol, clock: new SystemClock() });
  const epoch = await source.latestEpoch();
  const price = await readPrice(protocol);
  const settled: SettledJob[] = [];
  for (const [index, jobId] of jobIds.entries()) {
    const due = await dueOf(jobId, epoch, session);
    if (due.length === 0) {
      session.terminal.show(`Skipped job ${jobId}: nothing is due at epoch ${epoch.toString()}.`);
      continue;
    }
    const progress = `job ${index + 1} of ${jobIds.length}`;
    const outcome = await settleJob(jobId, await source.proofOf(jobId, due, epoch), progress, session);
    settled.push(outcome);
    session.terminal.show(...settledLines(outcome, price));
  }
  return answer(settled, price);
});

async function jobsNamed({ jobs, owner }: SettleArguments, session: Session): Promise<readonly number[]> {
  if (jobs.length > 0 === (owner !== undefined)) {
    throw new KeeperError("JOBS_MISSING", "name jobs, such as 3 4, or --owner for all jobs of an address; not both");
  }
  const protocol = await session.protocol();
  if (owner !== undefined) {
    const options = { owner: parseAddress(owner, "--owner"), limit: MOST_JOBS };
    return (await readJobs(protocol, options, session.terminal)).jobs.map(({ jobId }) => jobId);
  }
  const ids = [...new Set(jobs.map(parseJob))].sort((a, b) => a - b);
  for (const jobId of ids) await readJob(protocol, jobId);
  return ids;
}

function parseJob(text: string): number {
  if (/^[1-9]\d{0,9}$/u.test(text)) return Number(text);
  throw new KeeperError("JOB_INVALID", `job: got ${JSON.stringify(text)}, want the number of a job, such as 3`);
}

/** Token ids of the deeds that can be settled by the root of `epoch`. */
async function dueOf(jobId: number, epoch: bigint, session: Session): Promise<number[]> {
  const protocol = await session.protocol();
  const term = await protocol.contracts.jobEscrow.TERM();
  const services = await readServices(protocol, jobId, session.terminal);
  return services.filter((service) => dueAt(service, term) <= epoch).map(({ tokenId }) => tokenId);
}

async function settleJob(jobId: number, proof: ServiceProof, progress: string, session: Session): Promise<SettledJob> {
  const transaction = await settlementOf(jobId, proof, session);
  const label = `settling ${proof.tokenIds.length} deeds of job ${jobId}, ${progress}`;
  const outcome = await send(session, { label, transaction });
  const { epoch } = proof;
  if (outcome.kind === "checked") return { jobId, epoch, gas: outcome.gas, receipt: undefined, settlements: [] };
  const { receipt } = outcome;
  return { jobId, epoch, gas: receipt.gasUsed, receipt, settlements: await settlementsOf(receipt, session) };
}

/** One deed's multiproof is its plain proof. */
async function settlementOf(
  jobId: number,
  { epoch, tokenIds, cumulatives, proof, proofFlags }: ServiceProof,
  session: Session,
) {
  const { jobEscrow } = (await session.protocol()).contracts;
  const [tokenId, cumulative] = [tokenIds[0], cumulatives[0]];
  if (tokenIds.length === 1 && tokenId !== undefined && cumulative !== undefined) {
    return jobEscrow.settle.populateTransaction(jobId, tokenId, epoch, cumulative, [...proof]);
  }
  return jobEscrow.settleMany.populateTransaction(
    jobId,
    epoch,
    [...tokenIds],
    [...cumulatives],
    [...proof],
    [...proofFlags],
  );
}

async function settlementsOf({ logs }: TransactionReceipt, session: Session): Promise<Settlement[]> {
  const { jobEscrow } = (await session.protocol()).contracts;
  return logs.flatMap((log) => {
    const event = jobEscrow.interface.parseLog(log);
    if (event?.name !== "Settled") return [];
    const amount = (name: string): bigint => event.args[name] as bigint;
    const deed = deedName(deedId(DeedKind.NODE, amount("tokenId")));
    const parts = { paid: amount("paid"), burned: amount("burned"), penalty: amount("penalty") };
    const served = { epochs: amount("epochs"), bytesServed: amount("bytesServed") };
    return [{ deed, payee: event.args["payee"] as string, ...served, ...parts }];
  });
}

function settledLines({ jobId, gas, receipt, settlements }: SettledJob, price: R1Price | undefined): string[] {
  const gasText = `${gas.toLocaleString("en")} gas`;
  if (receipt === undefined) return [`Would settle job ${jobId}: ${gasText}.`];
  const parts = settlements.map(({ deed, payee, paid, burned, penalty }) => {
    const kept = penalty > 0n ? `, ${formatAmount(penalty, price)} kept in the job as the penalty` : "";
    return `  ${deed}: ${formatAmount(paid, price)} to ${payee}, ${formatAmount(burned, price)} burned${kept}`;
  });
  return [`Settled job ${jobId}: transaction ${receipt.hash}, block ${receipt.blockNumber}, ${gasText}.`, ...parts];
}

function answer(settled: readonly SettledJob[], price: R1Price | undefined): Answer {
  const all = settled.flatMap(({ settlements }) => settlements);
  const [paid, burned] = [sum(all.map((each) => each.paid)), sum(all.map((each) => each.burned))];
  const dryRun = settled.some(({ receipt }) => receipt === undefined);
  const total = `Paid in all: ${formatAmount(paid, price)}; burned ${formatAmount(burned, price)}.`;
  const jobs = settled.map(({ receipt, ...job }) => ({ ...job, ...(receipt && transactionJson(receipt)) }));
  const lines = [settled.length === 0 ? "Nothing to settle." : dryRun ? "Nothing was sent (--dry-run)." : total];
  return { json: { jobs, paid, burned, dryRun }, lines };
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
