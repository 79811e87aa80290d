import { keccak256, type TransactionRequest } from "ethers";

import type { Clock } from "../core/clock.js";
import { describeError, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { SerialQueue } from "../core/serial.js";
import type { Address, Hash } from "../protocol/bytes.js";
import { raiseFees, suggestFees, type Fees } from "./fees.js";
import { transactionWithNonce } from "./nonceSearch.js";
import { defaultRpcOptions, Rpc, type RpcClient, type RpcOptions } from "./rpc.js";
import type { MinedReceipt } from "./rpcSchemas.js";
import { TransactionRpc, type BroadcastOutcome, type TransactionCall } from "./transactionRpc.js";

export interface TransactionSenderOptions {
  readonly chainId: number;
  /** Blocks a transaction must be deep before it counts; 1 is mined. */
  readonly confirmations: number;
  /** Gas above the estimate, per cent. */
  readonly gasMarginPercent: bigint;
  /** Most wei per gas to ever pay, replacements included. */
  readonly maximumFeePerGas: bigint;
  /** Wei per gas, for nodes that suggest no priority fee. */
  readonly fallbackPriorityFee: bigint;
  /** Milliseconds between two looks for the receipt. */
  readonly pollMs: number;
  /** Milliseconds after which a transaction that is not mined is replaced by one that pays more. */
  readonly replaceAfterMs: number;
  /** Milliseconds after which it is given up; it may still be mined later. */
  readonly giveUpAfterMs: number;
  /** Transactions that may wait. */
  readonly queueLimit: number;
  readonly rpc: RpcOptions;
}

export const defaultTransactionSenderOptions = {
  confirmations: 1,
  gasMarginPercent: 20n,
  maximumFeePerGas: 200_000_000_000n,
  fallbackPriorityFee: 1_000_000n,
  pollMs: 1_000,
  replaceAfterMs: 30_000,
  giveUpAfterMs: 300_000,
  queueLimit: 256,
  rpc: defaultRpcOptions,
} as const;

/** Holds a key; an ethers `Wallet` is one. */
export interface TransactionSigner {
  readonly address: string;
  signTransaction(transaction: TransactionRequest): Promise<string>;
}

export interface TransactionSenderDependencies {
  readonly client: RpcClient;
  readonly signer: TransactionSigner;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** One call on its way: all transactions in `sent` have one nonce, so that at most one of them is ever mined. */
interface Job {
  readonly call: TransactionCall;
  readonly label: string;
  readonly rpc: TransactionRpc;
  readonly signal: AbortSignal;
  readonly startedMs: number;
  /** A block before anything was sent. */
  readonly startBlock: number;
  readonly gasLimit: bigint;
  nonce: number;
  fees: Fees;
  /** Newest first. */
  sent: Hash[];
  /** How the node took the newest one. */
  outcome: BroadcastOutcome;
}

/**
 * Sends the transactions of one key, one after the other, each until it is mined. No other program may send with this key
 * at the same time. A call is never mined twice: it gets another nonce only after its own was used by something else.
 */
export class TransactionSender {
  readonly address: Address;
  readonly #options: TransactionSenderOptions;
  readonly #dependencies: TransactionSenderDependencies;
  readonly #rpc: Rpc;
  readonly #queue: SerialQueue;
  readonly #abort = new AbortController();
  /** Undefined: ask the chain. */
  #nonce: number | undefined;

  constructor(options: TransactionSenderOptions, dependencies: TransactionSenderDependencies) {
    this.address = dependencies.signer.address.toLowerCase();
    this.#options = options;
    this.#dependencies = dependencies;
    this.#rpc = new Rpc(options.rpc, dependencies);
    this.#queue = new SerialQueue({ limit: options.queueLimit });
  }

  /**
   * Resolves with the receipt once the call is mined and did not revert.
   * @param label Says in logs and errors what this is, `commit epoch 7`.
   * @throws ContractError (not retriable) when it would revert, or did
   * @throws KeeperError `INSUFFICIENT_FUNDS` (not retriable: nothing was sent), `TRANSACTION_STUCK` (retriable, but look at
   * the chain first: it may still be mined), `RPC_…` (retriable, nothing was sent), `QUEUE_FULL`, or the signal's reason
   */
  send(label: string, call: TransactionCall, signal?: AbortSignal): Promise<MinedReceipt> {
    const { signal: closing } = this.#abort;
    const either = signal === undefined ? closing : AbortSignal.any([closing, signal]);
    return this.#queue.run(async () => {
      either.throwIfAborted();
      try {
        return await this.#process(label, call, either);
      } catch (error) {
        this.#dependencies.logger.warn("a transaction failed", { label, error: describeError(error) });
        throw error;
      }
    });
  }

  /** Stops waiting for what was sent, refuses the rest; idempotent. */
  async close(): Promise<void> {
    this.#abort.abort(new KeeperError("CLOSING", "the transaction sender is closing"));
    await this.#queue.close();
  }

  async #process(label: string, call: TransactionCall, signal: AbortSignal): Promise<MinedReceipt> {
    const job = await this.#prepare(label, call, signal);
    // Whatever ends this early leaves the nonce in doubt.
    this.#nonce = undefined;
    await this.#submit(job);
    if (job.outcome === "INSUFFICIENT_FUNDS") throw this.#unfunded(job);
    const receipt = await this.#follow(job);
    this.#nonce = job.nonce + 1;
    if (receipt.status === 0) throw await job.rpc.revertReason(call, receipt);
    const { transactionHash, blockNumber, gasUsed } = receipt;
    this.#dependencies.logger.info("a transaction was mined", { label, transactionHash, blockNumber, gasUsed });
    return receipt;
  }

  async #prepare(label: string, call: TransactionCall, signal: AbortSignal): Promise<Job> {
    const { gasMarginPercent, maximumFeePerGas, fallbackPriorityFee } = this.#options;
    const rpc = new TransactionRpc({ from: this.address, signal }, { rpc: this.#rpc });
    const gasLimit = ((await rpc.estimateGas(call)) * (100n + gasMarginPercent)) / 100n;
    const fees = suggestFees(await rpc.feeMarket(fallbackPriorityFee), maximumFeePerGas);
    const nonce = this.#nonce ?? (await rpc.minedCount());
    const startBlock = await rpc.blockNumber();
    const startedMs = this.#dependencies.clock.now();
    return { call, label, rpc, signal, startedMs, startBlock, gasLimit, nonce, fees, sent: [], outcome: "TAKEN" };
  }

  /** Signs and hands in; after that the transaction counts as sent, whatever became of it. */
  async #submit(job: Job): Promise<void> {
    const { to, data, value } = job.call;
    const { chainId } = this.#options;
    const { nonce, gasLimit, fees } = job;
    const transaction = { type: 2, chainId, to, data, value: value ?? 0n, nonce, gasLimit, ...fees };
    const signed = await this.#dependencies.signer.signTransaction(transaction);
    const hash = keccak256(signed);
    if (!job.sent.includes(hash)) job.sent.unshift(hash);
    // A node that does not answer may have taken it all the same: waiting, and later trying again, is right.
    job.outcome = (await this.#tolerate(job, () => job.rpc.broadcast(signed))) ?? "TAKEN";
  }

  async #follow(job: Job): Promise<MinedReceipt> {
    for (;;) {
      const receipt = await this.#waitForReceipt(job, this.#patience(job));
      if (receipt !== undefined) return receipt;
      if (this.#dependencies.clock.now() - job.startedMs >= this.#options.giveUpAfterMs) throw this.#stuck(job);
      await this.#tolerate(job, () => this.#unstick(job));
    }
  }

  /** Milliseconds to wait for a receipt before something else is tried. */
  #patience({ outcome }: Job): number {
    return outcome === "TAKEN" ? this.#options.replaceAfterMs : this.#options.pollMs;
  }

  /** The receipt of whichever transaction of the job was mined, once deep enough; undefined when none is after `forMs`. */
  async #waitForReceipt(job: Job, forMs: number): Promise<MinedReceipt | undefined> {
    const { clock } = this.#dependencies;
    const end = clock.now() + forMs;
    for (;;) {
      const receipt = await this.#tolerate(job, () => this.#findReceipt(job));
      if (receipt !== undefined && (await this.#tolerate(job, () => this.#isDeep(job, receipt)))) return receipt;
      if (receipt === undefined && clock.now() >= end) return undefined;
      await clock.sleep(this.#options.pollMs, job.signal);
    }
  }

  async #findReceipt(job: Job): Promise<MinedReceipt | undefined> {
    for (const hash of job.sent) {
      const receipt = await job.rpc.receipt(hash);
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  async #isDeep(job: Job, receipt: MinedReceipt): Promise<boolean> {
    const { confirmations } = this.#options;
    return confirmations <= 1 || (await job.rpc.blockNumber()) >= receipt.blockNumber + confirmations - 1;
  }

  async #unstick(job: Job): Promise<void> {
    const minedCount = await job.rpc.minedCount();
    if (minedCount <= job.nonce) return this.#raise(job);
    const range = { nonce: job.nonce, low: job.startBlock, high: await job.rpc.blockNumber() };
    const user = await transactionWithNonce(range, job.rpc);
    // One of ours is mined, and its receipt will come.
    if (user !== undefined && job.sent.includes(user)) job.outcome = "TAKEN";
    else await this.#takeNextNonce(job, minedCount);
  }

  /** A stranger took the nonce: none of ours can be mined any more, so the call may be sent with another. */
  async #takeNextNonce(job: Job, nonce: number): Promise<void> {
    this.#dependencies.logger.warn("another transaction took the nonce", { label: job.label, nonce: job.nonce });
    job.nonce = nonce;
    job.sent = [];
    await this.#submit(job);
  }

  /** Sends the call again with the same nonce, for more where the cap allows it; else the same again, in case it was lost. */
  async #raise(job: Job): Promise<void> {
    const { maximumFeePerGas, fallbackPriorityFee } = this.#options;
    const raised = raiseFees(job.fees, await job.rpc.feeMarket(fallbackPriorityFee), maximumFeePerGas);
    job.fees = raised ?? job.fees;
    const fields = { label: job.label, nonce: job.nonce, maxFeePerGas: job.fees.maxFeePerGas };
    if (raised === undefined)
      this.#dependencies.logger.warn("a transaction is stuck at the highest fee allowed", fields);
    else this.#dependencies.logger.info("replacing a transaction by one that pays more", fields);
    await this.#submit(job);
    // At the highest fee there is nothing to do but wait.
    if (raised === undefined && job.outcome === "UNDERPRICED") job.outcome = "TAKEN";
  }

  /** Runs what may fail for a while without harm: the transaction is out, and only time decides. */
  async #tolerate<T>(job: Job, operation: () => Promise<T>): Promise<T | undefined> {
    try {
      return await operation();
    } catch (error) {
      job.signal.throwIfAborted();
      const fields = { label: job.label, nonce: job.nonce, error: describeError(error) };
      this.#dependencies.logger.warn("the chain does not answer about a transaction; waiting all the same", fields);
      return undefined;
    }
  }

  #stuck(job: Job): KeeperError {
    const seconds = Math.round((this.#dependencies.clock.now() - job.startedMs) / 1_000);
    const message = `${job.label}: not mined after ${seconds} s with nonce ${job.nonce} at ${job.fees.maxFeePerGas} wei per gas`;
    return new KeeperError("TRANSACTION_STUCK", message, { retriable: true });
  }

  #unfunded(job: Job): KeeperError {
    const wei = job.gasLimit * job.fees.maxFeePerGas + (job.call.value ?? 0n);
    const message = `${job.label}: ${this.address} cannot pay for it: it needs up to ${wei} wei of the chain's currency`;
    return new KeeperError("INSUFFICIENT_FUNDS", message);
  }
}
