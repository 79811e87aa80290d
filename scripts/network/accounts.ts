import { HDNodeWallet, type Provider } from "ethers";

/** The mnemonic of every Hardhat development network: public, worthless, and funded with test ether there. */
const MNEMONIC = "test test test test test test test test test test test junk";

/** Wallets of people live on account 0 of the mnemonic, keys of nodes on account 1. */
const WALLET_PATH = "m/44'/60'/0'/0";
const NODE_PATH = "m/44'/60'/1'/0";

export const ORACLES = 4;

/** Who takes part in the development network. */
export interface Cast {
  /** Governance, compliance, guardian and treasurer in one. */
  readonly governance: HDNodeWallet;
  readonly oracleOwners: readonly HDNodeWallet[];
  readonly oracleNodes: readonly HDNodeWallet[];
  /** Owner of the Genesis deed. */
  readonly foundation: HDNodeWallet;
  readonly genesisNode: HDNodeWallet;
  /** Buyers of Node Deeds. */
  readonly operators: readonly HDNodeWallet[];
  readonly operatorNodes: readonly HDNodeWallet[];
  /** Somebody without any role, who sends claims for others. */
  readonly passerBy: HDNodeWallet;
  /** Pays for the job. */
  readonly developer: HDNodeWallet;
  /** Account of the Deeploy service: it signs, and sends nothing. */
  readonly deeploy: HDNodeWallet;
}

/** The last wallet with test ether, and a node key after those of nodes. */
const DEVELOPER = 19;
const DEEPLOY = 100;

/** @param operators Number of Node Deed operators, at most 12 */
export function castOf(provider: Provider, operators: number): Cast {
  const wallets = HDNodeWallet.fromPhrase(MNEMONIC, undefined, WALLET_PATH);
  const nodes = HDNodeWallet.fromPhrase(MNEMONIC, undefined, NODE_PATH);
  const wallet = (index: number) => wallets.deriveChild(index).connect(provider);
  const node = (index: number) => nodes.deriveChild(index).connect(provider);
  const many = (count: number, make: (index: number) => HDNodeWallet) =>
    Array.from({ length: count }, (_, i) => make(i));
  return {
    governance: wallet(0),
    oracleOwners: many(ORACLES, (i) => wallet(1 + i)),
    oracleNodes: many(ORACLES, (i) => node(i)),
    foundation: wallet(1 + ORACLES),
    genesisNode: node(ORACLES),
    passerBy: wallet(2 + ORACLES),
    developer: wallet(DEVELOPER),
    deeploy: node(DEEPLOY),
    operators: many(operators, (i) => wallet(3 + ORACLES + i)),
    operatorNodes: many(operators, (i) => node(1 + ORACLES + i)),
  };
}
