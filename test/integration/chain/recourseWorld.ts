import type { Wallet } from "ethers";

import { ChainFollower, defaultChainFollowerOptions } from "../../../keepers/chain/chainFollower.js";
import { addressOf } from "../../../keepers/chain/deployment.js";
import { defaultRpcReaderOptions, RpcReader } from "../../../keepers/chain/rpcReader.js";
import { defaultTransactionSenderOptions, TransactionSender } from "../../../keepers/chain/transactionSender.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import type { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { Answering } from "../../../keepers/oracle/answering.js";
import { ChainCommitSender } from "../../../keepers/oracle/commitSender.js";
import { FollowedEpochChain } from "../../../keepers/oracle/epoch/epochChain.js";
import { Inbox } from "../../../keepers/oracle/epoch/inbox.js";
import { Outbox } from "../../../keepers/oracle/epoch/outbox.js";
import { EpochRunner } from "../../../keepers/oracle/epoch/runner.js";
import type { DecidedEpoch, EpochEvent } from "../../../keepers/oracle/epoch/types.js";
import { VotedFiles } from "../../../keepers/oracle/epoch/votedFiles.js";
import { VotingLog } from "../../../keepers/oracle/epoch/votingLog.js";
import { type DeedId, DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { EpochClock } from "../../../keepers/protocol/epochClock.js";
import { SigningKey } from "../../../keepers/protocol/signing.js";
import { associationData } from "../../../keepers/protocol/typedData.js";
import { MemoryEpochStore } from "../../../keepers/storage/memoryEpochStore.js";
import { MemoryJournal } from "../../../keepers/storage/memoryJournal.js";
import type { MemoryHub } from "../../../keepers/transport/memoryBus.js";
import type { deployProtocol } from "./development.js";

export type Parts = Awaited<ReturnType<typeof deployProtocol>>;

const FAR = 4_000_000_000n;
const PERSON = 1;
const ALLOCATION = 1_000n * 10n ** 18n;
/** Of the development parameters, seconds. */
export const TIMES = { epoch: 24, activationDelay: 2, answerWindow: 20 } as const;
const TIMEOUTS = { sealing: 2_000, opening: 2_000, gather: 300, base: 1_000, step: 500, longest: 8_000, resend: 1_000 };

/** An approved operator with a Master Node Deed, its node, and that node in the oracle set. Gives the deed. */
export async function addOracle({ accounts, contracts, deployment, provider }: Parts, index: number, node: Wallet) {
  const owner = await provider.getSigner(index);
  await (await contracts.operatorRegistry.approve(owner.address, FAR, PERSON)).wait();
  await (await contracts.masterNodeDeed.issue(owner.address, ALLOCATION)).wait();
  const deed: DeedId = deedId(DeedKind.MASTER, await contracts.masterNodeDeed.totalSupply());
  const deadline = BigInt((await provider.getBlock("latest"))!.timestamp + 10);
  const verifyingContract = addressOf(deployment, "NodeRegistry");
  const signingDomain = { chainId: BigInt(deployment.chainId), verifyingContract };
  const { domain, types, value } = associationData(signingDomain, { deed, owner: owner.address, deadline });
  const signature = await node.signTypedData(domain, types, value);
  await (await contracts.nodeRegistry.connect(owner).associate(deed, node.address, deadline, signature)).wait();
  await (await contracts.oracleRegistry.addOracle(node.address)).wait();
  await (await accounts[0]!.sendTransaction({ to: node.address, value: 10n ** 18n })).wait();
  return deed;
}

/** The parts of an oracle that meet the chain: what it hears from nodes is made up, everybody is always there. */
export class ChainOracle {
  readonly key: SigningKey;
  readonly archive = new MemoryEpochStore<DecidedEpoch>();
  readonly events: EpochEvent[] = [];
  readonly #wallet: Wallet;
  #closers: (() => Promise<void> | void)[] = [];

  constructor(wallet: Wallet) {
    this.#wallet = wallet;
    this.key = new SigningKey(wallet.privateKey);
  }

  async start(parts: Parts, clock: VirtualClock, hub: MemoryHub, firstEpoch: bigint): Promise<void> {
    const { deployment, provider: client, contracts } = parts;
    const { key, archive } = this;
    const chainId = BigInt(deployment.chainId);
    const ledger = addressOf(deployment, "EpochLedger");
    const context = { chainId, ledger };
    const random = new SeededRandom(key.address);
    const { logger } = memoryLogger(clock);
    const base = { clock, random, logger };
    const reader = new RpcReader({ ...defaultRpcReaderOptions, deployment }, { client, ...base });
    const follower = new ChainFollower(
      { ...defaultChainFollowerOptions, fromBlock: 0, pollMs: 500 },
      { reader, ...base },
    );
    const started = follower.start();
    await clock.advance(1_000);
    await started;
    const transactions = new TransactionSender(
      { ...defaultTransactionSenderOptions, chainId: deployment.chainId },
      { client, signer: this.#wallet, ...base },
    );
    const sender = new ChainCommitSender({
      ledger: contracts.epochLedger,
      registry: contracts.oracleRegistry,
      sender: transactions,
    });
    const epochClock = new EpochClock({ genesis: 0, duration: TIMES.epoch, slotSeconds: 2 });
    const chain = new FollowedEpochChain({ epochClock, activationDelay: TIMES.activationDelay }, { follower });
    const bus = hub.connect(key.address);
    const runner = new EpochRunner(
      {
        ...{ context, key, firstEpoch, timeouts: TIMEOUTS, stageMs: 3_000, retryMs: 2_000 },
        domain: { chainId, verifyingContract: ledger },
        startEpochs: { [DeedKind.NODE]: 0n, [DeedKind.MASTER]: 1n, [DeedKind.GENESIS]: 0n },
        timeoutBounds: { least: 500, most: 5_000 },
      },
      {
        ...{ ...base, chain, sender, archive },
        voted: await VotedFiles.open({ directory: "/voted" }, { disk: new MemoryDisk() }),
        observer: { observe: (_epoch, { links }) => new Uint8Array(links.length).fill(255) },
        outbox: new Outbox({ context, key }, { bus, logger }),
        log: await VotingLog.open(new MemoryJournal({ maximumRecordBytes: 1_048_576 })),
      },
      (event) => this.events.push(event),
    );
    const inbox = new Inbox({ context }, { bus, runner });
    await inbox.start();
    await runner.start();
    const challenges = {
      deadlineOf: (oracle: string) => follower.view.state.challenges.get(oracle),
      onChange: (listener: () => void) => follower.subscribe(() => listener()),
    };
    const domain = { chainId, verifyingContract: addressOf(deployment, "OracleRegistry") };
    const answering = new Answering({ key, domain, retryMs: 1_000 }, { challenges, sender, clock, logger });
    this.#closers = [
      () => answering.close(),
      () => inbox.close(),
      () => runner.close(),
      () => bus.close(),
      () => transactions.close(),
      () => follower.close(),
    ];
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}
