import { type HDNodeWallet, Signature } from "ethers";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { type DeedId, deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { dollars, r1, short } from "../amounts.js";
import { chainTime, mined } from "../protocol.js";
import type { World } from "../world.js";

const DOLLAR = 1_000_000n;
const DEADLINE_SECONDS = 60;

/** Whether the liquidity pool can sell what the operators need for a deed each. */
export async function canOpenMarket({ protocol, cast }: World): Promise<boolean> {
  const { payment } = await protocol.contracts.nodeDeedSale.quote(cast.operators.length);
  return (await protocol.contracts.pools.liquidity.releasable()) >= payment;
}

/** The pool sells R1, the operators buy it, and with it a Node Deed each. Gives the deeds in the operators' order. */
export async function openMarket(world: World): Promise<DeedId[]> {
  const { cast, protocol, narrator } = world;
  narrator.chapter("The liquidity pool sells R1");
  const { payment } = await protocol.contracts.nodeDeedSale.quote(cast.operators.length);
  const treasury = protocol.contracts.pools.liquidity.connect(cast.governance);
  await mined(treasury.release(protocol.exchange, payment, "sale to Node Deed buyers"));
  narrator.tell(
    `the treasurer releases ${r1(payment)} to the exchange; ${r1(await treasury.releasable())} stay in the pool`,
  );
  for (const operator of cast.operators) await buyR1(world, operator);
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

/** Dollars, from nowhere, into R1 at the feed's price. */
async function buyR1({ protocol }: World, operator: HDNodeWallet): Promise<void> {
  const { exchange, dollar, contracts } = protocol;
  const { dollars: price, payment } = await contracts.nodeDeedSale.quote(1);
  await mined(dollar.connect(operator).mint(operator, price * DOLLAR));
  await mined(dollar.connect(operator).approve(exchange, price * DOLLAR));
  await mined(exchange.connect(operator).buy(payment));
}

/** One deed, paid by a permit: one transaction, no allowance before or after. */
async function buyDeed({ protocol, narrator }: World, operator: HDNodeWallet): Promise<DeedId> {
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
