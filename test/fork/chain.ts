/**
 * Chains that fork tests run on: a Hardhat node in a process of its own, which the project's deploy task deploys to, and forks of it,
 * or of a real chain, inside this process.
 */
import { fileURLToPath } from "node:url";

import { JsonRpcProvider, type Provider } from "ethers";
import { network } from "hardhat";
import type { ChainType } from "hardhat/types/network";

import { freePort, ServiceProcess } from "../helpers/services/serviceProcess.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HARDHAT = fileURLToPath(new URL("../../node_modules/.bin/hardhat", import.meta.url));
const CONFIG = "test/fork/node.config.ts";
const RICH = `0x${(10n ** 22n).toString(16)}`;

/** A chain whose clock and accounts a test can set. */
export interface Chain {
  readonly provider: Provider;
  readonly chainId: bigint;
  readonly send: (method: string, params: readonly unknown[]) => Promise<unknown>;
}

/** A chain that is forked from another one. */
export interface ForkedChain extends Chain {
  /** Takes a snapshot; what it gives goes back to it, as often as it is called. */
  snapshot(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** What a command of the project printed, and that it succeeded. */
interface Command {
  readonly output: string;
  readonly code: number | null;
}

/** A Hardhat node on loopback. */
export class NodeProcess implements Chain {
  readonly url: string;
  readonly chainId: bigint;
  readonly provider: JsonRpcProvider;
  readonly #process: ServiceProcess;

  private constructor(url: string, chainId: bigint, process: ServiceProcess) {
    this.url = url;
    this.chainId = chainId;
    this.#process = process;
    this.provider = new JsonRpcProvider(url, Number(chainId), {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 20,
    });
  }

  /** @param chainType "op" gives blocks as Base has them. @param origin URL of a chain that it forks. */
  static async start(chainId: bigint, chainType: ChainType = "l1", origin?: string): Promise<NodeProcess> {
    const port = await freePort();
    const args = ["--port", String(port), "--chain-id", chainId.toString(), "--chain-type", chainType];
    if (origin !== undefined) args.push("--fork", origin);
    const started = hardhat(["node", "--hostname", "127.0.0.1", ...args], {});
    await started.wrote(/Started HTTP and WebSocket JSON-RPC server/u);
    const node = new NodeProcess(`http://127.0.0.1:${port}`, chainId, started);
    if (origin !== undefined) await node.send("evm_mine", []);
    return node;
  }

  readonly send: Chain["send"] = (method, params) => this.provider.send(method, [...params]) as Promise<unknown>;

  /** This node as the fork that it is, when it has an origin. */
  get asFork(): ForkedChain {
    const { provider, chainId, send } = this;
    const snapshot = async () => {
      let id = await send("evm_snapshot", []);
      return async () => {
        await send("evm_revert", [id]);
        id = await send("evm_snapshot", []);
      };
    };
    return { provider, chainId, send, snapshot, close: async () => Promise.resolve() };
  }

  async close(): Promise<void> {
    this.provider.destroy();
    await this.#process.end("SIGKILL");
  }
}

/** Runs a task of the project in a process of its own, on the network `base` of the fork tests' configuration. */
export async function runTask(args: readonly string[], variables: Readonly<Record<string, string>>): Promise<Command> {
  const run = hardhat(["--network", "base", ...args], variables);
  const { code } = await run.ended;
  return { code, output: run.output };
}

function hardhat(args: readonly string[], variables: Readonly<Record<string, string>>): ServiceProcess {
  const environment = { ...process.env, ...variables, HARDHAT_DISABLE_TELEMETRY: "true" };
  return new ServiceProcess(process.execPath, [HARDHAT, "--config", `${ROOT}${CONFIG}`, ...args], environment);
}

/** A fork in this process. @param url of the chain to fork, at its newest block */
export async function fork(url: string): Promise<ForkedChain> {
  const source = new JsonRpcProvider(url, undefined, { staticNetwork: true });
  const [blockNumber, { chainId }] = await Promise.all([source.getBlockNumber(), source.getNetwork()]);
  source.destroy();
  const override = { chainId: Number(chainId), forking: { url, blockNumber } };
  const connection = await network.create({ network: "hardhat", override });
  // Calls need a block of this process: it does not know by which rules the others were made.
  await connection.networkHelpers.mine();
  return {
    provider: connection.ethers.provider,
    chainId,
    send: async (method, params): Promise<unknown> => connection.provider.request({ method, params: [...params] }),
    snapshot: async () => {
      const point = await connection.networkHelpers.takeSnapshot();
      return () => point.restore();
    },
    close: () => connection.close(),
  };
}

/** Unix seconds of the newest block. */
export async function timeOf({ provider }: Pick<Chain, "provider">): Promise<bigint> {
  const block = await provider.getBlock("latest");
  return BigInt(block!.timestamp);
}

/** Mines a block at that time, unless it is past already. */
export async function passUntil(chain: Chain, seconds: bigint): Promise<void> {
  if ((await timeOf(chain)) >= seconds) return;
  await chain.send("evm_setNextBlockTimestamp", [`0x${seconds.toString(16)}`]);
  await chain.send("evm_mine", []);
}

export async function pass(chain: Chain, seconds: bigint): Promise<void> {
  await passUntil(chain, (await timeOf(chain)) + seconds);
}

/** Ether for gas. */
export async function endow(chain: Chain, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) await chain.send("hardhat_setBalance", [address, RICH]);
}
