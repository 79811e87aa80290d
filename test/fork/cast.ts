import { id, type Provider, Wallet } from "ethers";

const ORACLES = 4;

/** Who takes part. Keys are made of names, not of the development mnemonic: on real chains strangers use those. */
export interface Cast {
  readonly deployer: Wallet;
  readonly guardian: Wallet;
  readonly compliance: Wallet;
  readonly treasurer: Wallet;
  /** Owns the council, the contract that governs. */
  readonly councillor: Wallet;
  readonly foundation: Wallet;
  readonly buyer: Wallet;
  readonly otherBuyer: Wallet;
  readonly developer: Wallet;
  readonly stranger: Wallet;
  readonly oracleOwners: readonly Wallet[];
  /** Ascending by address. */
  readonly oracles: readonly Wallet[];
}

/** The same people on any chain. */
export function castOf(provider: Provider): Cast {
  const person = (name: string): Wallet => new Wallet(id(`fork test ${name}`), provider);
  const numbers = Array.from({ length: ORACLES }, (_, index) => index + 1);
  return {
    deployer: person("deployer"),
    guardian: person("guardian"),
    compliance: person("compliance"),
    treasurer: person("treasurer"),
    councillor: person("councillor"),
    foundation: person("foundation"),
    buyer: person("buyer"),
    otherBuyer: person("other buyer"),
    developer: person("developer"),
    stranger: person("stranger"),
    oracleOwners: numbers.map((number) => person(`oracle owner ${number}`)),
    oracles: numbers
      .map((number) => person(`oracle ${number}`))
      .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1)),
  };
}

export function addressesOf(cast: Cast): string[] {
  return Object.values(cast)
    .flat()
    .map((wallet: Wallet) => wallet.address);
}

/** The key of the node of a Node Deed. */
export function nodeKey(token: number): Wallet {
  return new Wallet(id(`fork test node ${token}`));
}
