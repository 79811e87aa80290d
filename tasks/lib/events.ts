import { revertDataOf } from "../../keepers/chain/rpcErrors.js";
import type { Protocol } from "./protocol.js";

/** Blocks in one request; servers refuse more than they like, so a refused range is halved. */
const FIRST_RANGE = 50_000;
const SMALLEST_RANGE = 100;

/** Every event from the deployment on, in the order of the chain. @param relabel Told how far it is. */
export async function scanEvents<E>(
  { provider, deployment }: Protocol,
  query: (from: number, to: number) => Promise<E[]>,
  relabel: (label: string) => void,
): Promise<E[]> {
  const last = await provider.getBlockNumber();
  const events: E[] = [];
  let range = FIRST_RANGE;
  for (let from = deployment.fromBlock; from <= last;) {
    relabel(`reading events, block ${from} of ${last}`);
    const to = Math.min(from + range - 1, last);
    try {
      for (const event of await query(from, to)) events.push(event);
      from = to + 1;
    } catch (error) {
      if (range <= SMALLEST_RANGE || revertDataOf(error) !== undefined) throw error;
      range = Math.max(SMALLEST_RANGE, range >> 1);
    }
  }
  return events;
}
