import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import hre from "hardhat";

export type Signer = HardhatEthersSigner;

/** The chain in this process, and who acts on it. */
export type Chain = Awaited<ReturnType<typeof openChain>>;

/** Production: days. */
export const EPOCH_DURATION = 86_400n;

/** Production: an hour. */
export const ACTIVATION_DELAY = 3_600n;

/** Production: three days. */
export const ANSWER_WINDOW = 259_200n;

/** Unix seconds: 2026-01-02, half an hour after the first block. */
export const GENESIS = 1_767_312_000n;

const FIRST_BLOCK = "2026-01-01T23:30:00Z";
const ACCOUNTS = 32;

/** A fresh chain whose accounts, clock and rules are the same on every run: so are its addresses, signatures and gas. */
export async function openChain() {
  return hre.network.create({
    network: "hardhat",
    chainType: "l1",
    override: {
      hardfork: "osaka",
      initialDate: FIRST_BLOCK,
      accounts: { mnemonic: "test test test test test test test test test test test junk", count: ACCOUNTS },
    },
  });
}

/** Goes on to the first second of an epoch. */
export async function enterEpoch(chain: Chain, epoch: number): Promise<void> {
  await chain.networkHelpers.time.increaseTo(epochStart(epoch));
}

/** Unix seconds. */
export function epochStart(epoch: number): bigint {
  return GENESIS + BigInt(epoch) * EPOCH_DURATION;
}

/** The receipt of a transaction that is already in a block. */
export async function mined(sent: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await sent).wait();
  if (!receipt) throw new Error("the transaction is in no block: the chain does not mine at once");
  return receipt;
}
