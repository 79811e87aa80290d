import type { TransactionReceipt } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { formatAmount, type R1Price } from "../lib/amounts.js";
import type { Answer } from "../lib/answer.js";
import { nextBatch } from "../lib/batches.js";
import { deedName } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import type { ClaimProof, ProofSource } from "../lib/proofSource.js";
import { type Reward, readRewards, type RewardsArguments } from "../lib/rewards.js";
import { send, transactionJson, withMargin } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";

interface ClaimArguments extends RewardsArguments, SenderArguments {
  readonly gasLimit: number;
}

/** A batch that was claimed, or checked with `--dry-run`. */
interface Claimed {
  readonly deeds: readonly string[];
  /** Wei. */
  readonly amount: bigint;
  readonly gas: bigint;
  readonly receipt: TransactionReceipt | undefined;
}

const LEAST_GAS_LIMIT = 100_000;

export default action<ClaimArguments>(async (args, session) => {
  if (args.gasLimit < LEAST_GAS_LIMIT) {
    throw new KeeperError("GAS_LIMIT_TOO_LOW", `--gas-limit: got ${args.gasLimit}, want ${LEAST_GAS_LIMIT} or more`);
  }
  const { rewards, source } = await readRewards(args, session);
  const price = await readPrice(await session.protocol());
  const skipped = rewards.filter(({ claimable }) => claimable === 0n);
  const waiting = rewards.filter(({ claimable }) => claimable > 0n);
  for (const { state, reason } of skipped)
    session.terminal.show(`Skipped ${deedName(state.deed)}: ${reason ?? "nothing new"}.`);
  const batches: Claimed[] = [];
  while (waiting.length > 0) {
    const progress = `${rewards.length - skipped.length - waiting.length} of ${rewards.length - skipped.length} deeds claimed`;
    const batch = await claimNext(waiting, BigInt(args.gasLimit), source, session, progress);
    waiting.splice(0, batch.deeds.length);
    batches.push(batch);
    session.terminal.show(batchLine(batch, price));
  }
  return answer(batches, skipped, price);
});

/** Claims as many of the first deeds as the gas limit takes. */
async function claimNext(
  rewards: readonly Reward[],
  gasLimit: bigint,
  source: ProofSource,
  session: Session,
  progress: string,
): Promise<Claimed> {
  const signer = await session.signer();
  const { items } = await session.terminal.during(`choosing a batch, ${progress}`, () =>
    nextBatch(rewards, gasLimit, async (batch) =>
      withMargin(await signer.estimateGas(await claimOf(batch, source, session))),
    ),
  );
  const deeds = items.map(({ state }) => deedName(state.deed));
  const transaction = await claimOf(items, source, session);
  const outcome = await send(session, { label: `claiming for ${deeds.length} deeds, ${progress}`, transaction });
  if (outcome.kind === "checked") {
    const amount = items.reduce((sum, { claimable }) => sum + claimable, 0n);
    return { deeds, amount, gas: outcome.gas, receipt: undefined };
  }
  const { receipt } = outcome;
  return { deeds, amount: await amountOf(receipt, session), gas: receipt.gasUsed, receipt };
}

async function claimOf(rewards: readonly Reward[], source: ProofSource, session: Session) {
  const { availabilityRewards } = (await session.protocol()).contracts;
  const epoch = rewards.reduce((last, reward) => ((reward.epoch ?? 0n) > last ? (reward.epoch ?? 0n) : last), 0n);
  const claim = await source.proofOf(
    rewards.map(({ state }) => state.deed),
    epoch,
  );
  const { deeds, cumulatives, proof, proofFlags } = claim;
  if (deeds.length === 1) return single(claim, session);
  return availabilityRewards.claimMany.populateTransaction(
    claim.epoch,
    [...deeds],
    [...cumulatives],
    [...proof],
    [...proofFlags],
  );
}

/** One deed's multiproof is its plain proof. */
async function single({ epoch, deeds, cumulatives, proof }: ClaimProof, session: Session) {
  const { availabilityRewards } = (await session.protocol()).contracts;
  return availabilityRewards.claim.populateTransaction(deeds[0] as bigint, epoch, cumulatives[0] as bigint, [...proof]);
}

/** What was minted, from the events: others may have claimed some of it in between. */
async function amountOf({ logs }: TransactionReceipt, session: Session): Promise<bigint> {
  const { availabilityRewards } = (await session.protocol()).contracts;
  return logs
    .map((log) => availabilityRewards.interface.parseLog(log))
    .filter((event) => event?.name === "Claimed")
    .reduce((sum, event) => sum + (event?.args["amount"] as bigint), 0n);
}

function batchLine({ deeds, amount, gas, receipt }: Claimed, price: R1Price | undefined): string {
  const what =
    deeds.length === 1 ? (deeds[0] ?? "") : `${deeds.length} deeds (${deeds[0] ?? ""} to ${deeds.at(-1) ?? ""})`;
  const gasText = `${gas.toLocaleString("en")} gas`;
  if (receipt === undefined) return `Would claim ${formatAmount(amount, price)} for ${what}: ${gasText}.`;
  return `Claimed ${formatAmount(amount, price)} for ${what}: transaction ${receipt.hash}, block ${receipt.blockNumber}, ${gasText}.`;
}

function answer(batches: readonly Claimed[], skipped: readonly Reward[], price: R1Price | undefined): Answer {
  const total = batches.reduce((sum, { amount }) => sum + amount, 0n);
  const dryRun = batches.some(({ receipt }) => receipt === undefined);
  const inAll = dryRun ? "Nothing was sent (--dry-run): claimable in all" : "Claimed in all";
  return {
    json: {
      total,
      dryRun,
      batches: batches.map(({ deeds, amount, gas, receipt }) => ({
        deeds,
        amount,
        gas,
        ...(receipt && transactionJson(receipt)),
      })),
      skipped: skipped.map(({ state, reason }) => ({ deed: deedName(state.deed), reason: reason ?? "nothing new" })),
    },
    lines: [batches.length === 0 ? "Nothing to claim." : `${inAll}: ${formatAmount(total, price)}.`],
  };
}
