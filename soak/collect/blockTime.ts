import type { Protocol } from "../../scripts/network/protocol.js";

const known = new WeakMap<object, Map<number, number>>();

/** Timestamp of a block, Unix seconds; asked for once, for the soak's chain never goes back. */
export async function blockTime({ provider }: Pick<Protocol, "provider">, blockNumber: number): Promise<number> {
  const times = known.get(provider) ?? new Map<number, number>();
  known.set(provider, times);
  const time = times.get(blockNumber) ?? (await provider.getBlock(blockNumber))?.timestamp;
  if (time === undefined) throw new Error(`the chain has no block ${blockNumber}`);
  times.set(blockNumber, time);
  return time;
}
