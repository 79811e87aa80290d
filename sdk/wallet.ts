import { BrowserProvider, type Eip1193Provider, JsonRpcProvider, type Provider, type Signer, Wallet } from "ethers";
import { SdkError } from "./errors.js";

/** An ethers signer, what a browser's wallet gives (EIP-1193), or a private key: 0x and 64 hexadecimal digits. */
export type WalletLike = Signer | Eip1193Provider | string;

/** A wallet that is ready to sign and to send. */
export interface OpenWallet {
  readonly signer: Signer;
  readonly provider: Provider;
  /** Lower case. */
  readonly address: string;
  /** Whether the account is a contract: it signs by ERC-1271 then, and makes no permits. */
  readonly isContract: boolean;
}

/** @param rpcUrl where a wallet that brings no connection reads and sends. @throws SdkError `WALLET_UNUSABLE` */
export async function openWallet(wallet: WalletLike, rpcUrl: string | undefined): Promise<OpenWallet> {
  const signer = await signerOf(wallet, rpcUrl);
  const { provider } = signer;
  if (provider === null) {
    throw new SdkError("WALLET_UNUSABLE", "the wallet has no connection to a chain: give rpcUrl too, or connect it");
  }
  const address = (await signer.getAddress()).toLowerCase();
  return { signer, provider, address, isContract: (await provider.getCode(address)) !== "0x" };
}

async function signerOf(wallet: WalletLike, rpcUrl: string | undefined): Promise<Signer> {
  const provider = rpcUrl === undefined ? null : new JsonRpcProvider(rpcUrl);
  if (typeof wallet === "string") return new Wallet(wallet, provider);
  if (!("request" in wallet)) return wallet.provider === null && provider !== null ? wallet.connect(provider) : wallet;
  try {
    return await new BrowserProvider(wallet).getSigner();
  } catch (cause) {
    throw new SdkError("WALLET_UNUSABLE", "the browser's wallet gave no account", { cause });
  }
}
