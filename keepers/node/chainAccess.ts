import type { JsonRpcProvider } from "ethers";
import { z } from "zod";
import { connectContracts, type ProtocolContracts } from "../chain/contracts.js";
import { addressOf, type Deployment, readDeployment } from "../chain/deployment.js";
import { openProvider } from "../chain/rpc.js";
import { describeRpcError } from "../chain/rpcErrors.js";
import { defaultTransactionSenderOptions, TransactionSender } from "../chain/transactionSender.js";
import type { Clock } from "../core/clock.js";
import type { Disk } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { transactionSigner } from "../keys/transactionSigner.js";
import type { BlockReference, BlockSource } from "../heartbeat/blockTracker.js";
import type { Address } from "../protocol/bytes.js";
import { formatDeed } from "../protocol/deedId.js";
import type { Signer } from "../protocol/signing.js";
import type { Claimer, ClaimsDependencies } from "./claims.js";
import { contractJobs } from "./jobs/contractJobs.js";
import type { JobChain } from "./jobs/types.js";
import type { RootSource } from "./proofClient.js";

/** What an edge node needs of the chain. Reading rejects with `RPC_FAILED` (retriable). */
export interface NodeChain {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  readonly blocks: BlockSource;
  readonly roots: RootSource;
  readonly rewards: ClaimsDependencies["rewards"];
  readonly jobs: JobChain;
  /** Undefined without a key that pays the gas. */
  readonly claimer: Claimer | undefined;
  close(): Promise<void>;
}

export interface NodeChainOptions {
  readonly rpcUrl: string;
  /** Ignition's folder or a JSON file. */
  readonly deployment: string;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
  /** The account that sends claims, when there shall be any. */
  readonly claimer?: Signer | undefined;
}

export interface NodeChainDependencies {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const chainIdSchema = z.string().regex(/^0x[0-9a-f]{1,16}$/iu);

/**
 * The chain behind an RPC endpoint. An endpoint that is down does not keep a node from starting, one that serves another
 * chain does: rejects with `CHAIN_MISMATCH`, or with what `readDeployment` and `connectContracts` throw.
 */
export async function openChain(options: NodeChainOptions, dependencies: NodeChainDependencies): Promise<NodeChain> {
  const deployment = await readDeployment(options.deployment, dependencies);
  const nodeRegistry = addressOf(deployment, "NodeRegistry");
  const provider = openProvider(options.rpcUrl, deployment.chainId, options.timeoutMs);
  const contracts = connectContracts(deployment, provider);
  const checkChain = chainCheck(provider, deployment);
  await checkChain().catch((error: unknown) => {
    if (error instanceof KeeperError && error.retriable) return;
    provider.destroy();
    throw error;
  });
  const sender = openSender(options, deployment, provider, dependencies);
  return {
    chainId: BigInt(deployment.chainId),
    nodeRegistry,
    blocks: { latest: () => checkChain().then(() => latestBlock(provider)) },
    ...readers(contracts),
    jobs: contractJobs(deployment, contracts, provider),
    claimer:
      sender === undefined ? undefined : claimerOn(sender, contracts, addressOf(deployment, "AvailabilityRewards")),
    close: async () => {
      await sender?.close();
      provider.destroy();
    },
  };
}

function readers({ epochLedger, availabilityRewards }: ProtocolContracts): Pick<NodeChain, "roots" | "rewards"> {
  return {
    roots: { rootOf: (epoch) => ask("reading a root", epochLedger.rootOf(epoch)) },
    rewards: {
      claimable: (deed, epoch, cumulative) =>
        ask("reading what can be claimed", availabilityRewards.claimable(deed, epoch, cumulative)),
    },
  };
}

function openSender(
  { claimer }: NodeChainOptions,
  { chainId }: Deployment,
  client: JsonRpcProvider,
  { clock, random, logger }: NodeChainDependencies,
): TransactionSender | undefined {
  if (claimer === undefined) return undefined;
  const signer = transactionSigner(claimer);
  return new TransactionSender(
    { ...defaultTransactionSenderOptions, chainId },
    { client, signer, clock, random, logger },
  );
}

function claimerOn(sender: TransactionSender, { availabilityRewards }: ProtocolContracts, to: Address): Claimer {
  return {
    claim: async ({ deed, epoch, cumulative, proof }) => {
      const data = availabilityRewards.interface.encodeFunctionData("claim", [deed, epoch, cumulative, [...proof]]);
      const { transactionHash } = await sender.send(`claim ${formatDeed(deed)} of epoch ${epoch}`, { to, data });
      return { txHash: transactionHash };
    },
  };
}

/** Asks the endpoint which chain it serves, until it answered once. */
function chainCheck(provider: JsonRpcProvider, { chainId }: Deployment): () => Promise<void> {
  let checked = false;
  return async () => {
    if (checked) return;
    const served = Number(chainIdSchema.parse(await ask("asking for the chain", provider.send("eth_chainId", []))));
    if (served !== chainId) {
      const message = `RPC_URL serves chain ${served}, but DEPLOYMENT is on chain ${chainId}`;
      throw new KeeperError("CHAIN_MISMATCH", message);
    }
    checked = true;
  };
}

async function latestBlock(provider: JsonRpcProvider): Promise<BlockReference> {
  const block = await ask("reading the newest block", provider.getBlock("latest"));
  if (block?.hash) return { number: block.number, hash: block.hash, timestamp: block.timestamp };
  throw new KeeperError("RPC_FAILED", "the endpoint has no newest block", { retriable: true });
}

/** The library's own error names the URL, which may hold a key: only its text goes on. */
async function ask<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new KeeperError("RPC_FAILED", `${what} failed: ${describeRpcError(error)}`, { retriable: true });
  }
}
