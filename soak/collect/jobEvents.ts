import type { Log } from "ethers";

import { addressOf } from "../../keepers/chain/deployment.js";
import type { JobEvent } from "../history.js";
import type { World } from "../world/world.js";
import { blockTime } from "./blockTime.js";

/** What happened to jobs, in the order of the chain. */
export async function readJobEvents(world: World): Promise<JobEvent[]> {
  const { deployment, provider } = world.protocol;
  const logs = await provider.getLogs({ address: addressOf(deployment, "JobEscrow"), fromBlock: 0 });
  const events: JobEvent[] = [];
  for (const log of logs) {
    const event = await jobEventOf(world, log);
    if (event) events.push(event);
  }
  return events;
}

async function jobEventOf(world: World, log: Log): Promise<JobEvent | undefined> {
  const { jobEscrow } = world.protocol.contracts;
  const parsed = jobEscrow.interface.parseLog(log);
  if (parsed === null) return undefined;
  const { args } = parsed;
  const at = { jobId: Number(args["jobId"] ?? 0n), now: await epochOf(world, log.blockNumber) };
  switch (parsed.name) {
    case "JobCreated": {
      const [nodes, epochs] = [Number(args["nodes"]), Number(args["epochs"])];
      const { owner, rate, deposit } = args.toObject() as { owner: string; rate: bigint; deposit: bigint };
      return { ...at, kind: "created", owner, rate, nodes, epochs, deposit };
    }
    case "JobExtended":
      return { ...at, kind: "extended", epochs: Number(args["epochs"]), deposit: args["deposit"] as bigint };
    case "JobClosed":
      return { ...at, kind: "closed" };
    case "NodesAssigned": {
      const numbers = (name: string): number[] => [...(args[name] as Iterable<bigint>)].map(Number);
      return { ...at, kind: "assigned", leaving: numbers("leaving"), joining: numbers("joining") };
    }
    case "Settled": {
      const tokenId = Number(args["tokenId"]);
      const [paid, burned] = [args["paid"] as bigint, args["burned"] as bigint];
      return { ...at, kind: "settled", tokenId, paid, burned, ...(await proofOf(world, log, tokenId)) };
    }
    case "Refunded":
      return { ...at, kind: "refunded", amount: args["amount"] as bigint };
    default:
      return undefined;
  }
}

/** The root's epoch and the sum that the settling transaction proved for the deed: out of its call. */
async function proofOf(
  { protocol }: World,
  { transactionHash }: Log,
  tokenId: number,
): Promise<{ epoch: number; cumulative: bigint }> {
  const transaction = await protocol.provider.getTransaction(transactionHash);
  const call = transaction && protocol.contracts.jobEscrow.interface.parseTransaction(transaction);
  if (call?.name !== "settleMany") throw new Error(`${transactionHash} settles, and is no call of settleMany`);
  const [tokenIds, cumulatives] = [
    [...(call.args["tokenIds"] as bigint[])],
    [...(call.args["cumulatives"] as bigint[])],
  ];
  const index = tokenIds.findIndex((each) => Number(each) === tokenId);
  return { epoch: Number(call.args["epoch"]), cumulative: cumulatives[index] ?? 0n };
}

async function epochOf({ protocol, terms: { genesis, duration } }: World, blockNumber: number): Promise<number> {
  return Math.max(0, Math.floor(((await blockTime(protocol, blockNumber)) - genesis) / duration));
}
