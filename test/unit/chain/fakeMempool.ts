import { Transaction } from "ethers";

import type { RpcClient } from "../../../keepers/chain/rpc.js";
import { quantity } from "../../../keepers/chain/rpcSchemas.js";
import type { Clock } from "../../../keepers/core/clock.js";
import { address, hash } from "./fakeChain.js";

/** Where a call fails: before the node saw it, or after, so that only the answer is lost. */
export type Fault = "before" | "after" | undefined;

interface Mined {
  readonly nonce: number;
  readonly data: string;
  readonly hash: string;
  readonly atMs: number;
  readonly blockNumber: number;
  readonly status: number;
}

type Answer = (first: string, second: unknown) => unknown;

const rejected = (message: string): Error => Object.assign(new Error(message), { code: -32000 });

/** A node with one account's mempool, which mines when told to. */
export class FakeMempool implements RpcClient {
  readonly mined: Mined[] = [];
  readonly accepted: Transaction[] = [];
  readonly requests: string[] = [];
  baseFee = 1_000n;
  blockNumber = 100;
  balanceIsEnough = true;
  /** Milliseconds until a receipt can be seen. */
  receiptDelayMs = 0;
  /** Payloads that revert when they are mined; `refuses`, those that estimating refuses already. */
  reverts = (_data: string): boolean => false;
  refuses = (_data: string): boolean => false;
  fault: (method: string) => Fault = () => undefined;
  revertData = "0x";
  readonly #clock: Clock;
  #pending: Transaction | undefined;

  readonly #from: string;

  constructor(from: string, clock: Clock) {
    this.#from = from;
    this.#clock = clock;
  }

  get pending(): Transaction | undefined {
    return this.#pending;
  }

  async send(method: string, params: unknown[]): Promise<unknown> {
    this.requests.push(method);
    const fault = this.fault(method);
    if (fault === "before") throw new Error("connection reset");
    const answer = this.#answers[method];
    if (answer === undefined) throw new Error(`no ${method} here`);
    const value = answer(params[0] as string, params[1]);
    if (fault === "after") throw new Error("connection reset");
    return value;
  }

  /** Mines a block with what is pending, when it pays enough. */
  mine(): void {
    this.blockNumber += 1;
    const transaction = this.#pending;
    if (transaction === undefined || transaction.maxFeePerGas! < this.baseFee) return;
    this.#record(transaction.data, transaction.hash!, this.reverts(transaction.data) ? 0 : 1);
  }

  /** Mines one that was replaced: the node that mines never saw the other. */
  mineReplaced(transaction: Transaction): void {
    this.blockNumber += 1;
    this.#record(transaction.data, transaction.hash!, 1);
  }

  /** Another program sends with the same key, and is mined first. */
  mineStranger(): void {
    this.blockNumber += 1;
    this.#record("0x5742", hash(this.blockNumber), 1);
  }

  /** The node forgets what is pending. */
  drop(): void {
    this.#pending = undefined;
  }

  /** The last block goes, and what was mined in it is pending no more: the fork has something else. */
  unmine(): void {
    this.mined.pop();
  }

  readonly #answers: Record<string, Answer> = {
    eth_getTransactionCount: (_, block) => quantity(this.#countAt(block as string)),
    eth_blockNumber: () => quantity(this.blockNumber),
    eth_estimateGas: (parameter) => this.#estimate((parameter as unknown as { data: string }).data),
    eth_call: () => this.#revert(),
    eth_getBlockByNumber: (block) => ({
      baseFeePerGas: quantity(this.baseFee),
      transactions: this.#transactionsIn(Number(block)),
    }),
    eth_maxPriorityFeePerGas: () => "0x10",
    eth_sendRawTransaction: (raw) => this.#take(raw),
    eth_getTransactionReceipt: (transactionHash) => this.#receipt(transactionHash),
  };

  #countAt(block: string): number {
    if (block === "latest") return this.mined.length;
    return this.mined.filter(({ blockNumber }) => blockNumber <= Number(block)).length;
  }

  #transactionsIn(block: number): unknown[] {
    const others = [{ hash: hash(1), from: address(1), nonce: "0x0" }];
    const ours = this.mined.filter(({ blockNumber }) => blockNumber === block);
    return [...others, ...ours.map(({ hash, nonce }) => ({ hash, from: this.#from, nonce: quantity(nonce) }))];
  }

  #record(data: string, transactionHash: string, status: number): void {
    const { blockNumber } = this;
    const nonce = this.mined.length;
    this.mined.push({ nonce, data, hash: transactionHash, status, blockNumber, atMs: this.#clock.now() });
    this.#pending = undefined;
  }

  #take(raw: string): string {
    const transaction = Transaction.from(raw);
    if (!this.balanceIsEnough) throw rejected("insufficient funds for gas * price + value");
    if (transaction.nonce < this.mined.length) throw rejected("nonce too low");
    if (transaction.nonce > this.mined.length) throw rejected("nonce too high");
    const before = this.#pending;
    if (before?.hash === transaction.hash) throw rejected("already known");
    if (before !== undefined && transaction.maxFeePerGas! * 8n < before.maxFeePerGas! * 9n) {
      throw rejected("replacement transaction underpriced");
    }
    this.#pending = transaction;
    this.accepted.push(transaction);
    return transaction.hash!;
  }

  #receipt(transactionHash: string): unknown {
    const found = this.mined.find((one) => one.hash === transactionHash);
    if (found === undefined || this.#clock.now() < found.atMs + this.receiptDelayMs) return null;
    const { blockNumber, status } = found;
    return {
      transactionHash,
      blockNumber: quantity(blockNumber),
      blockHash: hash(blockNumber),
      status: quantity(status),
      gasUsed: "0x5208",
      logs: [],
    };
  }

  #estimate(data: string): string {
    return this.refuses(data) ? this.#revert() : quantity(50_000);
  }

  #revert(): never {
    throw Object.assign(new Error("execution reverted"), { code: 3, data: this.revertData });
  }
}
