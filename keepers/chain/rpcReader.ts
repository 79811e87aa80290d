import { z } from "zod";

import { KeeperError } from "../core/errors.js";
import { backoffDelay } from "../core/retry.js";
import type { Hash } from "../protocol/bytes.js";
import { compareEvents, type ChainEvent } from "./chainEvent.js";
import type { BlockRef, ChainReader } from "./chainReader.js";
import type { Deployment } from "./deployment.js";
import { EventDecoder } from "./eventDecoder.js";
import { defaultRpcOptions, Rpc, type RpcDependencies, type RpcOptions } from "./rpc.js";
import { blockSchema, hexNumber, logsSchema, quantity, type RpcLog } from "./rpcSchemas.js";

export interface RpcReaderOptions {
  readonly deployment: Deployment;
  /** Blocks to stay behind the newest; 0 reads up to it, and leaves reorganisations to the follower. */
  readonly confirmations: number;
  /** Most blocks to ask for in one call for events; smaller when the server refuses. */
  readonly maximumRange: number;
  readonly rpc: RpcOptions;
}

export const defaultRpcReaderOptions = { confirmations: 0, maximumRange: 10_000, rpc: defaultRpcOptions } as const;

/** Blocks whose time is remembered while a range of events is read. */
const timestampCacheSize = 4_096;
const parallelCalls = 8;

/** Reads a chain over JSON-RPC. Failures that may pass are tried again; a server of another chain is refused. */
export class RpcReader implements ChainReader {
  readonly #options: RpcReaderOptions;
  readonly #dependencies: RpcDependencies;
  readonly #rpc: Rpc;
  readonly #decoder: EventDecoder;
  readonly #timestamps = new Map<Hash, number>();
  #range: number;
  #chainChecked = false;

  /** @throws KeeperError `DEPLOYMENT_INVALID` when the deployment lacks a contract */
  constructor(options: RpcReaderOptions, dependencies: RpcDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#rpc = new Rpc(options.rpc, dependencies);
    this.#decoder = new EventDecoder(options.deployment);
    this.#range = options.maximumRange;
  }

  /** @throws KeeperError `CHAIN_MISMATCH`, not retriable, when the server serves another chain than the deployment's */
  async head(): Promise<BlockRef> {
    await this.#checkChain();
    const newest = await this.#readBlock("latest");
    if (newest === undefined) throw inconsistent("the server has no newest block");
    if (this.#options.confirmations === 0) return newest;
    const number = Math.max(0, newest.number - this.#options.confirmations);
    const block = await this.#readBlock(quantity(number));
    if (block === undefined)
      throw inconsistent(`the server's newest block is ${newest.number}, but it lacks ${number}`);
    return block;
  }

  async block(number: number): Promise<BlockRef | undefined> {
    const block = await this.#readBlock(quantity(number));
    if (block !== undefined && block.number !== number) {
      throw inconsistent(`the server answers block ${block.number} for block ${number}`);
    }
    return block;
  }

  async events(fromBlock: number, toBlock: number): Promise<ChainEvent[]> {
    const events: ChainEvent[] = [];
    let failures = 0;
    for (let from = fromBlock; from <= toBlock;) {
      const to = Math.min(toBlock, from + this.#range - 1);
      try {
        events.push(...(await this.#readRange(from, to)));
        from = to + 1;
        failures = 0;
        this.#range = Math.min(this.#options.maximumRange, this.#range * 2);
      } catch (error) {
        // Servers refuse large answers in many ways; asking for less is right for those and harmless for the others.
        this.#range = Math.max(1, Math.ceil((to - from + 1) / 2));
        failures = await this.#waitAfter(error, failures, to > from);
      }
    }
    return events;
  }

  async eventsOf(block: BlockRef): Promise<ChainEvent[]> {
    const logs = await this.#rpc.call("eth_getLogs", [{ blockHash: block.hash, ...this.#filter() }], logsSchema);
    if (logs.some(({ blockHash }) => blockHash !== block.hash)) {
      throw inconsistent(`the server answers logs of other blocks than ${block.hash}`);
    }
    return this.#decode(logs, () => block.timestamp);
  }

  async #readRange(from: number, to: number): Promise<ChainEvent[]> {
    const filter = { fromBlock: quantity(from), toBlock: quantity(to), ...this.#filter() };
    const logs = await this.#rpc.callOnce("eth_getLogs", [filter], logsSchema);
    if (logs.some(({ blockNumber }) => blockNumber < from || blockNumber > to)) {
      throw inconsistent(`the server answers logs from outside blocks ${from} to ${to}`);
    }
    await this.#learnTimestamps(logs);
    return this.#decode(logs, ({ blockHash }) => this.#timestamps.get(blockHash) as number);
  }

  #decode(logs: readonly RpcLog[], timestampOf: (log: RpcLog) => number): ChainEvent[] {
    const events = logs.flatMap((log): ChainEvent[] => {
      const body = this.#decoder.decode(log);
      const { blockNumber, blockHash, logIndex, transactionHash } = log;
      const place = { blockNumber, blockHash, logIndex, transactionHash, timestamp: timestampOf(log) };
      return body === undefined ? [] : [{ ...place, ...body }];
    });
    return events.sort(compareEvents);
  }

  /** Makes the time of every block in `logs` known; many servers say it in the log, the others are asked. */
  async #learnTimestamps(logs: readonly RpcLog[]): Promise<void> {
    if (this.#timestamps.size > timestampCacheSize) this.#timestamps.clear();
    for (const { blockHash, blockTimestamp } of logs) {
      if (blockTimestamp !== undefined) this.#timestamps.set(blockHash, blockTimestamp);
    }
    const unknown = new Map(logs.map((log) => [log.blockHash, log.blockNumber]));
    for (const hash of this.#timestamps.keys()) unknown.delete(hash);
    const entries = [...unknown];
    for (let at = 0; at < entries.length; at += parallelCalls) {
      await Promise.all(entries.slice(at, at + parallelCalls).map((entry) => this.#learnTimestamp(...entry)));
    }
  }

  async #learnTimestamp(hash: Hash, number: number): Promise<void> {
    const block = await this.block(number);
    if (block?.hash !== hash) throw inconsistent(`the server's logs are from another block ${number} than it has`);
    this.#timestamps.set(hash, block.timestamp);
  }

  async #waitAfter(error: unknown, failures: number, mayShrink: boolean): Promise<number> {
    const { attempts, backoffMs, maximumBackoffMs } = this.#options.rpc;
    // A range that shrinks makes progress by itself: only tries that could not get smaller count.
    const counted = mayShrink ? failures : failures + 1;
    if (counted >= attempts) throw unreachable(error);
    const backoff = { baseMs: backoffMs, maximumMs: maximumBackoffMs };
    await this.#dependencies.clock.sleep(backoffDelay(counted, backoff, this.#dependencies.random));
    return counted;
  }

  async #checkChain(): Promise<void> {
    if (this.#chainChecked) return;
    const expected = this.#options.deployment.chainId;
    const chainId = await this.#rpc.call("eth_chainId", [], hexNumber);
    if (chainId !== expected) {
      const message = `the RPC server serves chain ${chainId}, but the deployment is on chain ${expected}`;
      throw new KeeperError("CHAIN_MISMATCH", message);
    }
    this.#chainChecked = true;
  }

  async #readBlock(tag: string): Promise<BlockRef | undefined> {
    return (await this.#rpc.call("eth_getBlockByNumber", [tag, false], z.nullable(blockSchema))) ?? undefined;
  }

  #filter(): { address: readonly string[]; topics: readonly (readonly string[])[] } {
    return { address: this.#decoder.addresses, topics: [this.#decoder.topics] };
  }
}

function inconsistent(message: string): KeeperError {
  return new KeeperError("CHAIN_INCONSISTENT", message, { retriable: true });
}

function unreachable(cause: unknown): KeeperError {
  if (cause instanceof KeeperError) return cause;
  return new KeeperError("RPC_FAILED", "the server gives no events", { retriable: true, cause });
}
