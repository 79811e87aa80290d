import Fastify, { type FastifyInstance } from "fastify";
import { expect } from "chai";
import { SystemClock } from "../../../keepers/core/clock.js";
import { writeJson } from "../../../keepers/core/files.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { type NodeChain, openChain } from "../../../keepers/node/chainAccess.js";
import { type Signer, SigningKey } from "../../../keepers/protocol/signing.js";
import { AvailabilityRewards__factory, EpochLedger__factory } from "../../../typechain-types/index.js";
import { proofOf } from "./proofs.js";

const names = ["AccessManager", "R1", "NodeDeed", "MasterNodeDeed", "GenesisNodeDeed", "NodeDeedSale"];
names.push(
  "OperatorRegistry",
  "NodeRegistry",
  "OracleRegistry",
  "EpochLedger",
  "AvailabilityRewards",
  "ResourceCatalog",
  "JobEscrow",
);
names.push("LiquidityPool", "ExpensesPool", "MarketingPool", "GrantsPool", "SocialResponsibilityPool");
const addressAt = (index: number): string => `0x${(index + 1).toString(16).padStart(40, "0")}`;
const contracts = Object.fromEntries(names.map((name, index) => [name, addressAt(index)]));
const word = (value: bigint | number): string => `0x${value.toString(16).padStart(64, "0")}`;

interface Call {
  readonly to: string;
  readonly data: string;
}

/** A JSON-RPC endpoint on which a test scripts what it needs. */
class Endpoint {
  chainId = "0x7a69";
  down = false;
  readonly calls: Call[] = [];
  readonly estimates: Call[] = [];
  callAnswer = word(0);
  revertData = "0x";
  readonly #server: FastifyInstance = Fastify();

  async start(): Promise<string> {
    this.#server.post("/key-in-the-path", (request, reply) => {
      if (this.down) return reply.code(502).send("bad gateway");
      const { id, method, params } = request.body as { id: number; method: string; params: unknown[] };
      return { jsonrpc: "2.0", id, ...this.#answer(method, params) };
    });
    return `${await this.#server.listen({ host: "127.0.0.1", port: 0 })}/key-in-the-path`;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #answer(method: string, params: unknown[]): Record<string, unknown> {
    if (method === "eth_chainId") return { result: this.chainId };
    if (method === "eth_getBlockByNumber") return { result: blockOf(7) };
    if (method === "eth_call") {
      this.calls.push(params[0] as Call);
      return { result: this.callAnswer };
    }
    if (method !== "eth_estimateGas") return { error: { code: -32_601, message: `no ${method}` } };
    this.estimates.push(params[0] as Call);
    return { error: { code: 3, message: "execution reverted", data: this.revertData } };
  }
}

function blockOf(number: number): Record<string, unknown> {
  const zeros = { parentHash: word(0), miner: addressAt(98), extraData: "0x", nonce: "0x0000000000000000" };
  const numbers = { gasLimit: "0x1", gasUsed: "0x0", difficulty: "0x0", timestamp: "0x6553f100" };
  return { number: `0x${number}`, hash: word(99), transactions: [], ...zeros, ...numbers };
}

describe("a node's chain", () => {
  const clock = new SystemClock();
  let endpoint: Endpoint;
  let rpcUrl: string;
  let disk: MemoryDisk;
  let chain: NodeChain | undefined;

  beforeEach(async () => {
    endpoint = new Endpoint();
    rpcUrl = await endpoint.start();
    disk = new MemoryDisk();
    await writeJson(disk, "/deployment.json", { chainId: 31_337, contracts });
    chain = undefined;
  });

  afterEach(async () => {
    await chain?.close();
    await endpoint.close();
  });

  async function open(claimer?: Signer): Promise<NodeChain> {
    const dependencies = { disk, clock, random: new SeededRandom(1), logger: memoryLogger(clock).logger };
    chain = await openChain({ rpcUrl, deployment: "/deployment.json", timeoutMs: 5_000, claimer }, dependencies);
    return chain;
  }

  const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

  it("knows where the protocol stands, and the newest block", async () => {
    const opened = await open();
    expect(opened).to.include({ chainId: 31_337n, nodeRegistry: contracts["NodeRegistry"], claimer: undefined });
    expect(await opened.blocks.latest()).to.deep.equal({ number: 7, hash: word(99), timestamp: 1_700_000_000 });
  });

  it("reads roots and what can be claimed from the right contracts", async () => {
    const opened = await open();
    const { deed, root } = proofOf(5);
    endpoint.callAnswer = root;
    expect(await opened.roots.rootOf(7n)).to.equal(root);
    endpoint.callAnswer = word(12n);
    expect(await opened.rewards.claimable(deed, 7n, 105n)).to.equal(12n);
    const rewards = AvailabilityRewards__factory.createInterface();
    expect(endpoint.calls.map(({ to, data }) => [to, data])).to.deep.equal([
      [contracts["EpochLedger"], EpochLedger__factory.createInterface().encodeFunctionData("rootOf", [7n])],
      [contracts["AvailabilityRewards"], rewards.encodeFunctionData("claimable", [deed, 7n, 105n])],
    ]);
  });

  it("refuses an endpoint that serves another chain", async () => {
    endpoint.chainId = "0x1";
    const error = await caught(open());
    expect(error).to.include({ code: "CHAIN_MISMATCH" });
    expect((error as Error).message).to.equal("RPC_URL serves chain 1, but DEPLOYMENT is on chain 31337");
  });

  it("opens while the endpoint is down, and gives no block of another chain once it is up", async () => {
    endpoint.down = true;
    const opened = await open();
    const error = await caught(opened.blocks.latest());
    expect(error).to.include({ code: "RPC_FAILED", retriable: true });
    expect((error as Error).message).to.not.contain("key-in-the-path");
    endpoint.down = false;
    endpoint.chainId = "0x1";
    expect(await caught(opened.blocks.latest())).to.include({ code: "CHAIN_MISMATCH" });
    endpoint.chainId = "0x7a69";
    expect((await opened.blocks.latest()).number).to.equal(7);
  });

  it("claims with the proof, and tells a refusal of the contract as one that is not worth trying again", async () => {
    const opened = await open(new SigningKey(`0x${"43".repeat(32)}`));
    const rewards = AvailabilityRewards__factory.createInterface();
    endpoint.revertData = rewards.encodeErrorResult("AvailabilityRewards_InvalidProof", []);
    const { deed, epoch, cumulative, proof } = proofOf(5);
    const error = await caught(opened.claimer!.claim(proofOf(5)));
    expect(error).to.include({ contractError: "AvailabilityRewards_InvalidProof", retriable: false });
    expect(endpoint.estimates).to.have.length(1);
    expect(endpoint.estimates[0]).to.include({
      to: contracts["AvailabilityRewards"],
      data: rewards.encodeFunctionData("claim", [deed, epoch, cumulative, [...proof]]),
    });
  });
});
