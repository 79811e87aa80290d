import { Signature } from "ethers";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { send } from "./send.js";
import type { Session } from "./session.js";
import type { AccountSigner } from "./signers.js";

const PERMIT = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Leave for `spender` to take R1. */
export interface Leave {
  readonly spender: string;
  /** Wei. */
  readonly value: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
}

/** The signer's ERC-2612 permit. */
export async function signPermit(
  { r1 }: ProtocolContracts,
  signer: AccountSigner,
  { spender, value, deadline }: Leave,
): Promise<Signature> {
  const { name, version, chainId, verifyingContract } = await r1.eip712Domain();
  const nonce = await r1.nonces(signer.address);
  const permit = { owner: signer.address, spender, value, nonce, deadline };
  return Signature.from(await signer.signTypedData({ name, version, chainId, verifyingContract }, PERMIT, permit));
}

/** The same in a transaction of its own, unless that much is approved already. */
export async function approvePayment(session: Session, spender: string, value: bigint): Promise<void> {
  const { r1 } = (await session.protocol()).contracts;
  const allowance = await r1.allowance((await session.signer()).address, spender);
  if (allowance >= value) return;
  const transaction = await r1.approve.populateTransaction(spender, value);
  await send(session, { label: "approving the payment", transaction });
}
