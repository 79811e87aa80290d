import { type HDNodeWallet, Signature } from "ethers";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { type DeedId, deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { dollars, r1, short } from "../amounts.js";
import { chainTime, mined } from "../protocol.js";
import { depositOf } from "../jobs/jobTerms.js";
import type { World } from "../world.js";

const DOLLAR = 1_000_000n;
/** Enough for a deed. */
const PURSE = 1_000n * DOLLAR;
const DEADLINE_SECONDS = 60;

/** What the market needs of the world. */
type Market = Pick<World, "protocol" | "cast" | "narrator">;

/** Whether the liquidity pool can sell what the operators need for a deed each, and a developer for a job. */
export async function canOpenMarket(world: Market): Promise<boolean> {
  return (await world.protocol.contracts.pools.liquidity.releasable()) >= (await demandOf(world));
}

async function demandOf({ protocol: { contracts }, cast }: Market): Promise<bigint> {
  const { payment } = await contracts.nodeDeedSale.quote(cast.operators.length);
  return payment + (await depositOf(contracts));
}

/** The pool sells R1, the operators buy it, and with it a Node Deed each. Gives the deeds in the operators' order. */
export async function openMarket(world: Market): Promise<DeedId[]> {
  const { cast, protocol, narrator } = world;
  narrator.chapter("The liquidity pool sells R1");
  const { payment } = await protocol.contracts.nodeDeedSale.quote(1);
  const demand = await demandOf(world);
  const treasury = protocol.contracts.pools.liquidity.connect(cast.governance);
  await mined(treasury.release(protocol.exchange, demand, "sale to Node Deed buyers and a developer"));
  narrator.tell(
    `the treasurer releases ${r1(demand)} to the exchange; ${r1(await treasury.releasable())} stay in the pool`,
  );
  for (const operator of cast.operators) await buyR1(world, operator, payment);
  const proceeds = await protocol.dollar.balanceOf(protocol.contracts.pools.liquidity);
  narrator.tell(
    `${cast.operators.length} operators buy it at the feed's price; the pool now holds ${dollars(proceeds)}`,
  );
  narrator.chapter("Operators buy Node Deeds");
  const deeds: DeedId[] = [];
  for (const operator of cast.operators) {
    deeds.push(await buyDeed(world, operator));
  }
  narrator.tell(`burned by the sales: ${r1(await protocol.contracts.r1.totalBurned())}`);
  return deeds;
}

/** Dollars, from nowhere, into R1 at the feed's price. @param amount wei of R1 */
export async function buyR1({ protocol }: Pick<World, "protocol">, buyer: HDNodeWallet, amount: bigint): Promise<void> {
  const { exchange, dollar } = protocol;
  await mined(dollar.connect(buyer).mint(buyer, PURSE));
  await mined(dollar.connect(buyer).approve(exchange, PURSE));
  await mined(exchange.connect(buyer).buy(amount));
}

/** One deed, paid by a permit: one transaction, no allowance before or after. */
async function buyDeed({ protocol, narrator }: Market, operator: HDNodeWallet): Promise<DeedId> {
  const { nodeDeedSale } = protocol.contracts;
  const { dollars: price, payment } = await nodeDeedSale.quote(1);
  const deadline = BigInt((await chainTime(protocol.provider)) + DEADLINE_SECONDS);
  const { v, r, s } = await permit(protocol, operator, payment, deadline);
  const receipt = await mined(
    nodeDeedSale.connect(operator).buyWithPermit(1, payment, deadline, operator.address, v, r, s),
  );
  const sold = receipt.logs
    .map((log) => nodeDeedSale.interface.parseLog(log))
    .find((event) => event?.name === "NodeDeedsSold");
  const { firstId, burned } = sold?.args.toObject() as { firstId: bigint; burned: bigint };
  const liquidity = payment / 2n;
  narrator.tell(
    `${short(operator.address)} buys ND #${firstId} for ${dollars(price * DOLLAR)} = ${r1(payment)}: ` +
      `${r1(liquidity)} to liquidity, ${r1(burned)} burned, ${r1(payment - liquidity - burned)} to operations`,
  );
  return deedId(DeedKind.NODE, firstId);
}

async function permit(
  { contracts, deployment, chainId }: World["protocol"],
  owner: HDNodeWallet,
  value: bigint,
  deadline: bigint,
): Promise<Signature> {
  const token = contracts.r1;
  const domain = { name: await token.name(), version: "1", chainId, verifyingContract: addressOf(deployment, "R1") };
  const spender = addressOf(deployment, "NodeDeedSale");
  const message = { owner: owner.address, spender, value, nonce: await token.nonces(owner), deadline };
  return Signature.from(await owner.signTypedData(domain, PERMIT, message));
}

/** ERC-2612. */
const PERMIT = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};
