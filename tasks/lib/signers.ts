import { type Provider, type Signer, Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { KeeperError } from "../../keepers/core/errors.js";
import type { Secret } from "../../keepers/core/secret.js";
import { parseAddress } from "./names.js";
import type { Connection } from "./protocol.js";
import { readVariable } from "./variables.js";

/** Who sends: at most one of the two. */
export interface SenderChoice {
  /** One of the network's accounts: an address, or its index from 0. */
  readonly from: string | undefined;
  /** Name of the variable that holds a private key. */
  readonly key: string | undefined;
}

export type AccountSigner = Signer & { readonly address: string };

/** The account that sends; without a choice the network's first. @throws KeeperError that says what can be chosen */
export async function chooseSigner(
  { from, key }: SenderChoice,
  connection: Connection,
  hre: HardhatRuntimeEnvironment,
): Promise<AccountSigner> {
  if (from !== undefined && key !== undefined) {
    throw new KeeperError("SENDER_AMBIGUOUS", "--from and --key both name a sender: give one of them");
  }
  if (key !== undefined) return walletOf(await readVariable(hre, key), key, connection.ethers.provider);
  const signers = await connection.ethers.getSigners();
  return pick(from ?? "0", signers, connection.networkName);
}

/** @throws KeeperError `KEY_INVALID`, without the key in it */
export function walletOf(secret: Secret, name: string, provider: Provider | null): Wallet {
  try {
    return new Wallet(secret.reveal(), provider);
  } catch {
    throw new KeeperError("KEY_INVALID", `${name} holds no private key: want 0x and 64 hexadecimal digits`);
  }
}

function pick(from: string, signers: readonly AccountSigner[], network: string): AccountSigner {
  const signer = /^\d{1,4}$/u.test(from) ? signers[Number(from)] : byAddress(parseAddress(from, "--from"), signers);
  if (signer !== undefined) return signer;
  const known = signers.map(({ address }) => address).join(", ");
  const accounts = known === "" ? "no accounts" : `only ${known}`;
  throw new KeeperError(
    "SENDER_UNKNOWN",
    `network ${network} has ${accounts}, not ${from}: name a private key's variable with --key`,
  );
}

function byAddress(address: string, signers: readonly AccountSigner[]): AccountSigner | undefined {
  return signers.find((signer) => signer.address === address);
}
