import type { RpcClient } from "../../../keepers/chain/rpc.js";
import { quantity } from "../../../keepers/chain/rpcSchemas.js";
import type { FakeChain } from "./fakeChain.js";
import type { BlockRef } from "../../../keepers/chain/chainReader.js";

export interface RawLog {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: string;
  readonly blockTimestamp?: string;
}

type Parameters = [unknown, ...unknown[]];
type Answer = (params: Parameters) => unknown;

interface LogFilter {
  readonly fromBlock?: string;
  readonly toBlock?: string;
  readonly blockHash?: string;
}

/** A JSON-RPC server over a chain that is written by hand; `intercept` may answer, or fail, in its place. */
export class FakeRpc implements RpcClient {
  readonly requests: { readonly method: string; readonly params: unknown[] }[] = [];
  readonly logs: RawLog[] = [];
  chainId = 31_337;
  /** Gives what to answer instead, or undefined; may throw. */
  intercept: (method: string, params: unknown[]) => unknown = () => undefined;
  readonly #chain: FakeChain;

  constructor(chain: FakeChain) {
    this.#chain = chain;
  }

  async send(method: string, params: unknown[]): Promise<unknown> {
    this.requests.push({ method, params });
    const instead = await this.intercept(method, params);
    if (instead !== undefined) return instead;
    const answers: Record<string, Answer> = {
      eth_chainId: () => quantity(this.chainId),
      eth_getBlockByNumber: ([tag]) => this.#block(tag as string),
      eth_getLogs: ([filter]) => this.#matching(filter as LogFilter),
    };
    const answer = answers[method];
    if (answer === undefined) throw new Error(`method ${method} is not supported`);
    return answer(params as Parameters);
  }

  count(method: string): number {
    return this.requests.filter((request) => request.method === method).length;
  }

  #block(tag: string): unknown {
    const block = tag === "latest" ? this.#chain.tip : this.#chain.blocks[Number(tag)];
    return block === undefined ? null : rawBlock(block);
  }

  #matching({ fromBlock, toBlock, blockHash }: LogFilter): RawLog[] {
    if (blockHash !== undefined) return this.logs.filter((log) => log.blockHash === blockHash);
    const within = (log: RawLog): boolean =>
      Number(log.blockNumber) >= Number(fromBlock) && Number(log.blockNumber) <= Number(toBlock);
    return this.logs.filter(within);
  }
}

export function rawBlock(block: BlockRef): Record<string, unknown> {
  const { hash, parentHash } = block;
  return { number: quantity(block.number), hash, parentHash, timestamp: quantity(block.timestamp), nonce: "0x0" };
}
