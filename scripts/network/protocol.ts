import { type ContractTransactionReceipt, type ContractTransactionResponse, JsonRpcProvider } from "ethers";

import { connectContracts, type ProtocolContracts } from "../../keepers/chain/contracts.js";
import { addressOf, type Deployment } from "../../keepers/chain/deployment.js";
import { KeeperError } from "../../keepers/core/errors.js";
import {
  type MockExchange,
  MockExchange__factory,
  type MockUsd,
  MockUsd__factory,
} from "../../typechain-types/index.js";

/** The deployed protocol, with the development network's stand-ins, to read from; `connect(wallet)` to write. */
export interface Protocol {
  readonly deployment: Deployment;
  readonly chainId: bigint;
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly contracts: ProtocolContracts;
  /** A dollar token that anybody mints. */
  readonly dollar: MockUsd;
  /** Sells the R1 it holds at the feed's price. */
  readonly exchange: MockExchange;
}

/** Answers are not cached: one account's transactions follow each other faster than the library's cache forgets a nonce. */
const PROVIDER_OPTIONS = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 100 } as const;

export function connectProtocol(deployment: Deployment, rpcUrl: string): Protocol {
  const provider = new JsonRpcProvider(rpcUrl, deployment.chainId, PROVIDER_OPTIONS);
  return {
    deployment,
    chainId: BigInt(deployment.chainId),
    rpcUrl,
    provider,
    contracts: connectContracts(deployment, provider),
    dollar: MockUsd__factory.connect(addressOf(deployment, "MockUsd"), provider),
    exchange: MockExchange__factory.connect(addressOf(deployment, "MockExchange"), provider),
  };
}

/** The receipt, once the transaction is mined. Rejects when it reverts. */
export async function mined(sending: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const sent = await sending;
  const receipt = await sent.wait();
  if (receipt) return receipt;
  throw new KeeperError("NOT_MINED", `transaction ${sent.hash} was not mined`);
}

/** Timestamp of the newest block, Unix seconds. */
export async function chainTime(provider: JsonRpcProvider): Promise<number> {
  const block = await provider.getBlock("latest");
  if (block) return block.timestamp;
  throw new KeeperError("NO_BLOCK", "the chain has no newest block");
}
