import { revertDataOf } from "../../keepers/chain/rpcErrors.js";
import { KeeperError } from "../../keepers/core/errors.js";

/** A batch whose gas is known. */
export interface Batch<T> {
  readonly items: readonly T[];
  readonly gas: bigint;
}

/** More is no use: block limits stop it, and an estimate for it costs more than it saves. */
const MOST_ITEMS = 100;

/**
 * The longest batch from the start of `items` that an estimate finds within `limit`. A refused estimate is tried with half:
 * servers refuse batches beyond a block.
 * @throws KeeperError `GAS_LIMIT_TOO_LOW` when one item alone is above it; a contract's refusal as it is
 */
export async function nextBatch<T>(
  items: readonly T[],
  limit: bigint,
  estimate: (items: readonly T[]) => Promise<bigint>,
): Promise<Batch<T>> {
  for (let size = Math.min(items.length, MOST_ITEMS); ;) {
    const batch = items.slice(0, size);
    const gas = await estimateOrRefuse(batch, estimate);
    if (gas !== undefined && gas <= limit) return { items: batch, gas };
    if (size === 1) {
      const needs = gas === undefined ? "more than the network allows" : `${gas.toLocaleString("en")} gas`;
      throw new KeeperError(
        "GAS_LIMIT_TOO_LOW",
        `one deed needs ${needs}, above --gas-limit ${limit.toLocaleString("en")}`,
      );
    }
    size = gas === undefined ? size >> 1 : shrunk(size, limit, gas);
  }
}

/** In proportion, but always smaller. */
function shrunk(size: number, limit: bigint, gas: bigint): number {
  return Math.max(1, Math.min(size - 1, Number((BigInt(size) * limit) / gas)));
}

async function estimateOrRefuse<T>(
  batch: readonly T[],
  estimate: (items: readonly T[]) => Promise<bigint>,
): Promise<bigint | undefined> {
  try {
    return await estimate(batch);
  } catch (error) {
    const refusedAsSuch = error instanceof KeeperError || (revertDataOf(error) ?? "0x") !== "0x";
    if (batch.length === 1 || refusedAsSuch) throw error;
    return undefined;
  }
}
