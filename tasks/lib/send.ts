import type { ContractTransaction, TransactionReceipt } from "ethers";

import type { Answer } from "./answer.js";
import type { Session } from "./session.js";

/** One transaction to send. */
export interface Call {
  /** Says what it does: "buying 3 deeds". */
  readonly label: string;
  readonly transaction: ContractTransaction;
}

/** What became of a call. */
export type Outcome =
  { readonly kind: "mined"; readonly receipt: TransactionReceipt } | { readonly kind: "checked"; readonly gas: bigint };

/** Gas above the estimate, per cent: the state may change a little until it is mined. */
const GAS_MARGIN = 20n;

/**
 * Simulates the call first, so that nothing is sent that would be refused; then sends it and waits until it is mined. With
 * `--dry-run` it ends after the simulation.
 * @throws what the simulation throws; `failureOf` puts it in words
 */
export async function send(session: Session, { label, transaction }: Call): Promise<Outcome> {
  const signer = await session.signer();
  const gas = await session.terminal.during(`checking: ${label}`, async () => {
    // Not every server gives the reason when an estimate fails; a call does.
    await signer.call(transaction);
    return signer.estimateGas(transaction);
  });
  if (session.dryRun) return { kind: "checked", gas };
  const receipt = await session.terminal.during(label, async (relabel) => {
    const sent = await signer.sendTransaction({ ...transaction, gasLimit: withMargin(gas) });
    relabel(`${label}: waiting for ${sent.hash}`);
    return sent.wait();
  });
  if (receipt === null) throw new Error(`no receipt for ${label}`);
  return { kind: "mined", receipt };
}

/** The gas limit to send with for an estimate. */
export function withMargin(gas: bigint): bigint {
  return (gas * (100n + GAS_MARGIN)) / 100n;
}

/** The answer of a task that sends one transaction; `done` tells what it did, from the receipt. */
export async function answerOf(
  outcome: Outcome,
  done: (receipt: TransactionReceipt) => Answer | Promise<Answer>,
): Promise<Answer> {
  if (outcome.kind === "checked") {
    const line = `Nothing was sent (--dry-run): it would succeed, with ${outcome.gas.toLocaleString("en")} gas.`;
    return { json: { dryRun: true, gas: outcome.gas }, lines: [line] };
  }
  const { receipt } = outcome;
  const { json, lines } = await done(receipt);
  return { json: { ...json, ...transactionJson(receipt) }, lines: [...lines, transactionLine(receipt)] };
}

export function transactionJson({ hash, gasUsed, blockNumber }: TransactionReceipt) {
  return { txHash: hash, gasUsed, blockNumber };
}

export function transactionLine({ hash, gasUsed, blockNumber }: TransactionReceipt): string {
  return `Transaction ${hash}, block ${blockNumber}, ${gasUsed.toLocaleString("en")} gas.`;
}
