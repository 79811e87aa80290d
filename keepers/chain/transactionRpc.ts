import { z } from "zod";

import type { Address, Hash } from "../protocol/bytes.js";
import { abortable } from "./abortable.js";
import { ContractError, decodeContractError, explainContractError } from "./errors.js";
import type { FeeMarket } from "./fees.js";
import type { Rpc } from "./rpc.js";
import { rejectionOf, type Rejection } from "./rpcErrors.js";
import { hash, hexBigint, hexNumber, quantity, receiptSchema, type MinedReceipt } from "./rpcSchemas.js";

/** A call of a contract that changes it. What `contract.method.populateTransaction(…)` gives fits. */
export interface TransactionCall {
  readonly to: Address;
  readonly data: string;
  /** Wei sent along; default 0. */
  readonly value?: bigint;
}

/** `TAKEN`, or why the node refused it. */
export type BroadcastOutcome = "TAKEN" | Exclude<Rejection, "ALREADY_KNOWN">;

const fullBlockSchema = z.object({ transactions: z.array(z.object({ hash, from: z.string(), nonce: hexNumber })) });
const marketBlockSchema = z.object({ baseFeePerGas: hexBigint.default(0n) });

/** What a node says about one account's transactions. Every call ends when the signal aborts. */
export class TransactionRpc {
  readonly #rpc: Rpc;
  readonly #from: Address;
  readonly #signal: AbortSignal;

  constructor(options: { readonly from: Address; readonly signal: AbortSignal }, dependencies: { readonly rpc: Rpc }) {
    this.#from = options.from;
    this.#signal = options.signal;
    this.#rpc = dependencies.rpc;
  }

  /** Transactions of the account that are mined, which is the nonce of the next one; now, or after a block. */
  minedCount(block?: number): Promise<number> {
    const tag = block === undefined ? "latest" : quantity(block);
    return this.#call("eth_getTransactionCount", [this.#from, tag], hexNumber);
  }

  /** The account's transactions in a block. */
  async sentInBlock(number: number): Promise<{ readonly hash: Hash; readonly nonce: number }[]> {
    const block = await this.#call("eth_getBlockByNumber", [quantity(number), true], fullBlockSchema);
    return block.transactions.filter(({ from }) => from.toLowerCase() === this.#from);
  }

  blockNumber(): Promise<number> {
    return this.#call("eth_blockNumber", [], hexNumber);
  }

  /** @throws ContractError when the call would revert */
  async estimateGas(call: TransactionCall): Promise<bigint> {
    try {
      return await this.#call("eth_estimateGas", [this.#parameters(call)], hexBigint);
    } catch (error) {
      throw explainContractError(error);
    }
  }

  /** @param fallbackPriorityFee Wei per gas, for nodes that suggest none. */
  async feeMarket(fallbackPriorityFee: bigint): Promise<FeeMarket> {
    const block = await this.#call("eth_getBlockByNumber", ["latest", false], marketBlockSchema);
    this.#signal.throwIfAborted();
    const priorityFee = await this.#rpc
      .callOnce("eth_maxPriorityFeePerGas", [], hexBigint)
      .catch(() => fallbackPriorityFee);
    return { baseFee: block.baseFeePerGas, priorityFee };
  }

  /** Hands a signed transaction to the node; handing it in again is `TAKEN` too. */
  async broadcast(signed: string): Promise<BroadcastOutcome> {
    try {
      await this.#call("eth_sendRawTransaction", [signed], hash);
      return "TAKEN";
    } catch (error) {
      const rejection = rejectionOf(error);
      if (rejection !== undefined) return rejection === "ALREADY_KNOWN" ? "TAKEN" : rejection;
      // A development node mines at once, and tells of the revert here; its receipt tells it again.
      if (decodeContractError(error) !== undefined) return "TAKEN";
      throw error;
    }
  }

  /** Undefined when the transaction is not mined. */
  async receipt(transaction: Hash): Promise<MinedReceipt | undefined> {
    return (await this.#call("eth_getTransactionReceipt", [transaction], z.nullable(receiptSchema))) ?? undefined;
  }

  /** Why a mined transaction reverted, as far as running it again on the state after its block can tell. */
  async revertReason(call: TransactionCall, { blockNumber, transactionHash }: MinedReceipt): Promise<ContractError> {
    const outcome = await this.#call("eth_call", [this.#parameters(call), quantity(blockNumber)], z.string()).catch(
      (error: unknown) => error,
    );
    const message = `transaction ${transactionHash} reverted, for a reason that has passed (or for lack of gas)`;
    return decodeContractError(outcome) ?? new ContractError("Unknown", [], message);
  }

  #parameters({ to, data, value }: TransactionCall): Record<string, string> {
    return { from: this.#from, to, data, value: quantity(value ?? 0n) };
  }

  #call<T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> {
    return abortable(this.#rpc.call(method, params, schema, this.#signal), this.#signal);
  }
}
