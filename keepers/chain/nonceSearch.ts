import { KeeperError } from "../core/errors.js";
import type { Hash } from "../protocol/bytes.js";
import type { TransactionRpc } from "./transactionRpc.js";

/** Where to look: `low` is a block before anything of ours was sent with the nonce, `high` the newest block. */
export interface NonceRange {
  readonly nonce: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The transaction that used the account's nonce, so that what is ours is told from a stranger's for certain: a receipt that
 * is not there yet proves nothing. Undefined when the nonce was used at `low` already.
 * @throws KeeperError `CHAIN_INCONSISTENT` (retriable) when the nonce is not used at `high`, or the answers do not fit
 */
export async function transactionWithNonce(
  { nonce, low, high }: NonceRange,
  rpc: Pick<TransactionRpc, "minedCount" | "sentInBlock">,
): Promise<Hash | undefined> {
  if ((await rpc.minedCount(low)) > nonce) return undefined;
  if ((await rpc.minedCount(high)) <= nonce) throw inconsistent(nonce, `not used at block ${high}`);
  let [unused, used] = [low, high];
  while (used - unused > 1) {
    const middle = Math.floor((unused + used) / 2);
    if ((await rpc.minedCount(middle)) > nonce) used = middle;
    else unused = middle;
  }
  const found = (await rpc.sentInBlock(used)).find((transaction) => transaction.nonce === nonce);
  if (found === undefined) throw inconsistent(nonce, `used in block ${used}, which has no transaction with it`);
  return found.hash;
}

function inconsistent(nonce: number, what: string): KeeperError {
  const message = `the server contradicts itself: nonce ${nonce} is ${what}`;
  return new KeeperError("CHAIN_INCONSISTENT", message, { retriable: true });
}
