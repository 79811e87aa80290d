import type { ContractTransactionReceipt } from "ethers";

import { mined, type Signer } from "./chain.js";
import { NEVER } from "./people.js";
import type { Protocol } from "./protocol.js";

/** R1 from the liquidity pool, as bought on an exchange. */
export async function fund({ liquidityPool }: Protocol, to: Signer, amount: bigint): Promise<void> {
  await liquidityPool.release(to.address, amount, "sold on an exchange");
}

/** What the next `count` deeds cost, in wei. */
export async function priceOf({ sale }: Protocol, count: number): Promise<bigint> {
  return (await sale.quote(count)).payment;
}

/** Allows the sale `allowance` wei, then buys `count` deeds for no more than that: the receipt is the purchase's alone. */
export async function buyDeeds(
  { r1, sale }: Protocol,
  buyer: Signer,
  count: number,
  allowance: bigint,
): Promise<ContractTransactionReceipt> {
  await r1.connect(buyer).approve(sale.target, allowance);
  return mined(sale.connect(buyer).buy(count, allowance, NEVER, buyer.address));
}
