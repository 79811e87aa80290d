/** R1: ERC-20 with burning and permits, one minter, a cap over everything ever minted. */
import { recoverAddress, type SignatureLike, TypedDataEncoder } from "ethers";

import { Refused, refuseIf } from "./refusal.js";
import { NOBODY, pair, type State } from "./state.js";

export const CAP = 161_803_398n * 10n ** 18n;
const UNLIMITED = 2n ** 256n - 1n;

const PERMIT = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

export interface Permit {
  readonly owner: string;
  readonly spender: string;
  readonly value: bigint;
  readonly deadline: number;
}

export function balanceOf({ balances }: State, account: string): bigint {
  return balances.get(account) ?? 0n;
}

export function allowanceOf({ allowances }: State, owner: string, spender: string): bigint {
  return allowances.get(pair(owner, spender)) ?? 0n;
}

export function nonceOf({ nonces }: State, owner: string): bigint {
  return nonces.get(owner) ?? 0n;
}

export function mint(state: State, sender: string, to: string, amount: bigint): void {
  refuseIf(sender !== state.setting.addresses["rewards"], "R1_NotMinter");
  refuseIf(state.minted + amount > CAP, "R1_CapExceeded");
  refuseIf(to === NOBODY, "ERC20InvalidReceiver");
  state.minted += amount;
  credit(state, to, amount);
}

export function transfer(state: State, sender: string, to: string, amount: bigint): void {
  refuseIf(to === NOBODY, "ERC20InvalidReceiver");
  debit(state, sender, amount);
  credit(state, to, amount);
}

export function transferFrom(state: State, sender: string, from: string, to: string, amount: bigint): void {
  spend(state, from, sender, amount);
  transfer(state, from, to, amount);
}

export function approve(state: State, sender: string, spender: string, amount: bigint): void {
  refuseIf(spender === NOBODY, "ERC20InvalidSpender");
  state.allowances.set(pair(sender, spender), amount);
}

export function burn(state: State, sender: string, amount: bigint): void {
  debit(state, sender, amount);
  state.burned += amount;
}

export function burnFrom(state: State, sender: string, from: string, amount: bigint): void {
  spend(state, from, sender, amount);
  burn(state, from, amount);
}

/** @param signature By the owner, over the permit with the owner's next nonce. */
export function permit(state: State, { owner, spender, value, deadline }: Permit, signature: SignatureLike): void {
  refuseIf(state.now > deadline, "ERC2612ExpiredSignature");
  const nonce = nonceOf(state, owner);
  const signer = recoverAddress(permitDigest(state, { owner, spender, value, deadline }, nonce), signature);
  refuseIf(signer !== owner, "ERC2612InvalidSigner");
  state.nonces.set(owner, nonce + 1n);
  approve(state, owner, spender, value);
}

/** For the functions that take a permit along: one that does not hold is passed over. */
export function tryPermit(state: State, given: Permit, signature: SignatureLike): void {
  try {
    permit(state, given, signature);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

export function permitDigest({ setting }: State, given: Permit, nonce: bigint): string {
  const domain = { name: "R1", version: "1", chainId: setting.chainId, verifyingContract: setting.addresses["r1"]! };
  return TypedDataEncoder.hash(domain, PERMIT, { ...given, nonce });
}

function spend(state: State, owner: string, spender: string, amount: bigint): void {
  const allowance = allowanceOf(state, owner, spender);
  if (allowance === UNLIMITED) return;
  refuseIf(allowance < amount, "ERC20InsufficientAllowance");
  state.allowances.set(pair(owner, spender), allowance - amount);
}

function debit(state: State, account: string, amount: bigint): void {
  const balance = balanceOf(state, account);
  refuseIf(balance < amount, "ERC20InsufficientBalance");
  state.balances.set(account, balance - amount);
}

function credit(state: State, account: string, amount: bigint): void {
  state.balances.set(account, balanceOf(state, account) + amount);
}
