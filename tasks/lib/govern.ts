import type { ContractTransaction, TransactionReceipt } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import type { Answer } from "./answer.js";
import { answerOf, send } from "./send.js";
import type { SenderArguments, Session } from "./session.js";
import { formatDuration, formatTime } from "./times.js";

/** Options of tasks whose function is restricted to a role. */
export interface GovernorArguments extends SenderArguments {
  /** Print the call for a multisig instead of sending it. */
  readonly calldata: boolean;
}

export interface GovernedCall {
  readonly label: string;
  readonly transaction: ContractTransaction;
  readonly done: (receipt: TransactionReceipt) => Answer;
}

/**
 * Sends a restricted call. A role that acts with a delay schedules it first; the same command, run again after the delay,
 * executes it.
 * @throws KeeperError `SCHEDULED` while the delay runs
 */
export async function govern(args: GovernorArguments, session: Session, call: GovernedCall): Promise<Answer> {
  if (args.calldata) return calldata(session, call);
  const delay = await delayOf(session, call.transaction);
  if (delay > 0n && !(await isReady(session, call.transaction))) return schedule(session, call, delay);
  return answerOf(await send(session, call), call.done);
}

/** Where the multisig's role acts with a delay it sends `schedule` first, and the call itself after the delay. */
async function calldata(session: Session, { label, transaction: { to, data } }: GovernedCall): Promise<Answer> {
  const { accessManager } = (await session.protocol()).contracts;
  const first = await accessManager.schedule.populateTransaction(to, data, 0);
  return {
    json: { to, value: "0", data, schedule: { to: first.to, value: "0", data: first.data } },
    lines: [
      `For a multisig (${label}):`,
      `to    ${to}`,
      "value 0",
      `data  ${data}`,
      "If its role acts with a delay it sends this first, and the above when the delay is over:",
      `to    ${first.to}`,
      "value 0",
      `data  ${first.data}`,
    ],
  };
}

/** Seconds that the sender has to wait; 0: none, or it may not send this at all, which the simulation then says. */
async function delayOf(session: Session, { to, data }: ContractTransaction): Promise<bigint> {
  const { accessManager } = (await session.protocol()).contracts;
  const { address } = await session.signer();
  const { immediate, delay } = await accessManager.canCall(address, to, data.slice(0, 10));
  return immediate ? 0n : delay;
}

async function isReady(session: Session, { to, data }: ContractTransaction): Promise<boolean> {
  const { accessManager } = (await session.protocol()).contracts;
  const { address } = await session.signer();
  const readyAt = await accessManager.getSchedule(await accessManager.hashOperation(address, to, data));
  if (readyAt <= (await session.time())) return readyAt !== 0n;
  const message = `this is scheduled, and can be done from ${formatTime(readyAt)} on: run the same command then`;
  throw new KeeperError("SCHEDULED", message);
}

async function schedule(session: Session, { label, transaction }: GovernedCall, delay: bigint): Promise<Answer> {
  const { accessManager } = (await session.protocol()).contracts;
  const scheduling = await accessManager.schedule.populateTransaction(transaction.to, transaction.data, 0);
  const outcome = await send(session, { label: `scheduling: ${label}`, transaction: scheduling });
  const readyAt = (await session.time()) + delay;
  return answerOf(outcome, () => ({
    json: { scheduled: true, readyAt },
    lines: [
      `Scheduled, not done yet: the sender's role acts with a delay of ${formatDuration(delay)}.`,
      `Run the same command again after ${formatTime(readyAt)}.`,
    ],
  }));
}
