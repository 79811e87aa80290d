import { expect } from "chai";
import type { Interface } from "ethers";

import type { BlockRef } from "../../../keepers/chain/chainReader.js";
import type { Deployment } from "../../../keepers/chain/deployment.js";
import { defaultRpcOptions } from "../../../keepers/chain/rpc.js";
import { RpcReader, type RpcReaderOptions } from "../../../keepers/chain/rpcReader.js";
import { quantity } from "../../../keepers/chain/rpcSchemas.js";
import { errorCode } from "../../../keepers/core/errors.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import {
  EpochLedger__factory,
  NodeDeed__factory,
  NodeRegistry__factory,
  OperatorRegistry__factory,
  OracleRegistry__factory,
} from "../../../typechain-types/index.js";
import { FakeChain, address, hash } from "./fakeChain.js";
import { FakeRpc, rawBlock, type RawLog } from "./fakeRpc.js";

const abis: Record<string, Interface> = {
  NodeRegistry: NodeRegistry__factory.createInterface(),
  OperatorRegistry: OperatorRegistry__factory.createInterface(),
  OracleRegistry: OracleRegistry__factory.createInterface(),
  EpochLedger: EpochLedger__factory.createInterface(),
  NodeDeed: NodeDeed__factory.createInterface(),
  MasterNodeDeed: NodeDeed__factory.createInterface(),
  GenesisNodeDeed: NodeDeed__factory.createInterface(),
};
const contracts = Object.fromEntries(Object.keys(abis).map((name, index) => [name, address(0xc0 + index)]));
const deployment: Deployment = { chainId: 31_337, contracts, fromBlock: 0 };

function setUp(overrides: Partial<RpcReaderOptions> = {}) {
  const clock = new VirtualClock();
  const chain = new FakeChain();
  const client = new FakeRpc(chain);
  const options = { deployment, confirmations: 0, maximumRange: 10, rpc: defaultRpcOptions, ...overrides };
  const reader = new RpcReader(options, { client, clock, random: new SeededRandom(1) });
  return { clock, chain, client, reader };
}

/** A log as a node gives it; mixed-case addresses are what they are on the wire. */
function logOf(contract: string, event: string, values: unknown[], block: BlockRef, index = 0): RawLog {
  const { data, topics } = abis[contract]!.encodeEventLog(event, values);
  return {
    address: contracts[contract]!,
    topics,
    data,
    blockNumber: quantity(block.number),
    blockHash: block.hash,
    transactionHash: hash(0x7777),
    logIndex: quantity(index),
  };
}

/** Lets time pass until the operation has ended. */
async function finish<T>(clock: VirtualClock, operation: Promise<T>): Promise<T> {
  let ended = false;
  const settled = operation.finally(() => {
    ended = true;
  });
  settled.catch(() => undefined);
  await clock.advanceUntil(() => ended, 600_000);
  return settled;
}

async function codeOf(clock: VirtualClock, operation: Promise<unknown>): Promise<string | undefined> {
  return finish(clock, operation).then(
    () => undefined,
    (error: unknown) => errorCode(error),
  );
}

describe("RpcReader", () => {
  it("gives the newest block, or one so many confirmations behind it, never before the first", async () => {
    const { chain, reader } = setUp();
    chain.mineMany(5);
    expect(await reader.head()).to.deep.equal(chain.tip);
    const behind = setUp({ confirmations: 3 });
    expect(await behind.reader.head()).to.deep.equal(behind.chain.tip);
    behind.chain.mineMany(5);
    expect(await behind.reader.head()).to.deep.equal(behind.chain.blocks[2]);
  });

  it("gives blocks by number, and undefined for one that is not there", async () => {
    const { chain, reader } = setUp();
    chain.mineMany(2);
    expect(await reader.block(1)).to.deep.equal(chain.blocks[1]);
    expect(await reader.block(3)).to.equal(undefined);
  });

  it("refuses a server of another chain, at once", async () => {
    const { clock, client, reader } = setUp();
    client.chainId = 1;
    expect(await codeOf(clock, reader.head())).to.equal("CHAIN_MISMATCH");
  });

  it("decodes every event, in the order of the chain", async () => {
    const { clock, chain, client, reader } = setUp();
    const first = chain.mine();
    const second = chain.mine();
    const deed = (1n << 248n) | 5n;
    const [a, b] = [address(0xaa), address(0xbb)];
    const bytes = hash(9);
    client.logs.push(
      logOf("EpochLedger", "EpochCommitted", [4n, bytes, hash(1), hash(2), 7n, 5n, address(3)], second, 1),
      logOf("OracleRegistry", "OracleRemoved", [a, b, 1n, address(3)], second, 0),
      logOf("OracleRegistry", "OracleRemoved", [b, a, 4n, address(3)], second, 2),
      logOf("EpochLedger", "EpochDisproved", [4n, bytes, b], second, 3),
      logOf("OracleRegistry", "OracleChallenged", [a, b, 5_000n], second, 4),
      logOf("OracleRegistry", "OracleAnswered", [a, 5_000n], second, 5),
      logOf("OracleRegistry", "OracleAdded", [a, b, address(3)], first, 9),
      logOf("NodeRegistry", "NodeAssociated", [deed, a, b, 3n], first, 0),
      logOf("NodeRegistry", "NodeDissociated", [deed, a], first, 1),
      logOf("OperatorRegistry", "OperatorApproved", [a, 5_000, 2], first, 2),
      logOf("OperatorRegistry", "OperatorRevoked", [a], first, 3),
      logOf("OperatorRegistry", "OperatorBanned", [a, "fraud"], first, 4),
      logOf("OperatorRegistry", "OperatorUnbanned", [a], first, 5),
      logOf("NodeDeed", "DeedBanned", [5n, "stolen"], first, 6),
      logOf("MasterNodeDeed", "DeedBanned", [5n, "stolen"], first, 7),
      logOf("GenesisNodeDeed", "DeedUnbanned", [1n], first, 8),
    );
    const events = await finish(clock, reader.events(0, 2));
    const bodies = events.map(({ blockNumber: _, blockHash, logIndex, transactionHash: __, timestamp, ...body }) => {
      const block = blockHash === first.hash ? first : second;
      expect(timestamp).to.equal(block.timestamp);
      return [logIndex, body];
    });
    expect(bodies).to.deep.equal([
      [0, { type: "NodeAssociated", deed, node: a, owner: b, epoch: 3n }],
      [1, { type: "NodeDissociated", deed, node: a }],
      [2, { type: "OperatorApproved", operator: a, until: 5_000, verification: 2 }],
      [3, { type: "OperatorRevoked", operator: a }],
      [4, { type: "OperatorBanned", operator: a, reason: "fraud" }],
      [5, { type: "OperatorUnbanned", operator: a }],
      [6, { type: "DeedBanned", deed, reason: "stolen" }],
      [7, { type: "DeedBanned", deed: (2n << 248n) | 5n, reason: "stolen" }],
      [8, { type: "DeedUnbanned", deed: (3n << 248n) | 1n }],
      [9, { type: "OracleAdded", oracle: a, owner: b }],
      [0, { type: "OracleRemoved", oracle: a, owner: b, why: "lapsed" }],
      [
        1,
        {
          type: "EpochCommitted",
          epoch: 4n,
          root: bytes,
          previousRoot: hash(1),
          dataHash: hash(2),
          leafCount: 7n,
          signers: 5n,
        },
      ],
      [2, { type: "OracleRemoved", oracle: b, owner: a, why: "silent" }],
      [3, { type: "EpochDisproved", epoch: 4n, root: bytes, by: b }],
      [4, { type: "OracleChallenged", oracle: a, by: b, deadline: 5_000 }],
      [5, { type: "OracleAnswered", oracle: a, deadline: 5_000 }],
    ]);
    expect(await reader.eventsOf(first)).to.deep.equal(events.slice(0, 10));
  });

  it("leaves out logs of other contracts and other events", async () => {
    const { chain, client, reader } = setUp();
    const log = logOf("OperatorRegistry", "OperatorRevoked", [address(1)], chain.tip);
    client.logs.push(
      { ...log, address: address(0xff) },
      logOf("OperatorRegistry", "PayeeSet", [address(1), address(2)], chain.tip),
    );
    expect(await reader.eventsOf(chain.tip)).to.deep.equal([]);
  });

  it("asks no more blocks at a time than allowed, for our contracts and events only", async () => {
    const { chain, client, reader } = setUp();
    chain.mineMany(30);
    await reader.events(0, 25);
    const filters = client.requests.map(({ params }) => params[0] as Record<string, unknown>);
    expect(filters.map(({ fromBlock, toBlock }) => [Number(fromBlock), Number(toBlock)])).to.deep.equal([
      [0, 9],
      [10, 19],
      [20, 25],
    ]);
    expect(filters[0]!["address"]).to.deep.equal(Object.values(contracts));
    expect((filters[0]!["topics"] as string[][])[0]).to.have.length(14);
  });

  it("asks for less when the server refuses much, losing and repeating nothing", async () => {
    const { clock, chain, client, reader } = setUp();
    const blocks = Array.from({ length: 30 }, () => chain.mine());
    client.logs.push(
      ...blocks.map((block) => logOf("OperatorRegistry", "OperatorRevoked", [address(block.number)], block)),
    );
    client.intercept = (method, params) => {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      if (method === "eth_getLogs" && Number(toBlock) - Number(fromBlock) >= 3)
        throw new Error("query returned too much");
    };
    const events = await finish(clock, reader.events(1, 30));
    expect(events.map(({ blockNumber }) => blockNumber)).to.deep.equal(blocks.map(({ number }) => number));
  });

  it("takes the time from the log where a server gives it", async () => {
    const { chain, client, reader } = setUp();
    const block = chain.mine();
    const log = logOf("OperatorRegistry", "OperatorRevoked", [address(1)], block);
    client.logs.push({ ...log, blockTimestamp: quantity(block.timestamp) });
    const [event] = await reader.events(0, 1);
    expect(event?.timestamp).to.equal(block.timestamp);
    expect(client.count("eth_getBlockByNumber")).to.equal(0);
  });

  it("tries again what fails, and gives up after so many tries", async () => {
    const { clock, client, chain, reader } = setUp();
    let failures = defaultRpcOptions.attempts - 1;
    client.intercept = () => {
      failures -= 1;
      if (failures >= 0) throw new Error("503");
    };
    expect(await finish(clock, reader.block(0))).to.deep.equal(chain.tip);
    failures = 1_000;
    expect(await codeOf(clock, reader.block(0))).to.equal("RPC_FAILED");
    expect(await codeOf(clock, reader.eventsOf(chain.tip))).to.equal("RPC_FAILED");
    expect(await codeOf(clock, reader.events(0, 9))).to.equal("RPC_FAILED");
  });

  it("does not wait for a server that does not answer", async () => {
    const { clock, client, reader } = setUp();
    client.intercept = () => new Promise(() => undefined);
    const start = clock.now();
    expect(await codeOf(clock, reader.head())).to.equal("RPC_TIMEOUT");
    expect(clock.now() - start).to.be.within(50_000, 60_000);
    expect(clock.pending).to.equal(0);
  });

  const nonsense: Record<string, unknown> = {
    "a number": 5,
    "a block without a hash": { number: "0x0", timestamp: "0x1" },
    "a block with a bad number": { number: "12", hash: hash(1), parentHash: hash(0), timestamp: "0x1" },
  };
  for (const [what, answer] of Object.entries(nonsense)) {
    it(`refuses ${what} as a block`, async () => {
      const { clock, client, reader } = setUp();
      client.intercept = () => answer;
      expect(await codeOf(clock, reader.block(0))).to.equal("RPC_BAD_ANSWER");
    });
  }

  describe("a server that contradicts itself", () => {
    it("another block than asked for", async () => {
      const { clock, chain, client, reader } = setUp();
      chain.mineMany(3);
      client.intercept = () => rawBlock(chain.blocks[2]!);
      expect(await codeOf(clock, reader.block(1))).to.equal("CHAIN_INCONSISTENT");
    });

    it("logs of another block than asked for", async () => {
      const { clock, chain, client, reader } = setUp();
      client.intercept = () => [
        logOf("OperatorRegistry", "OperatorRevoked", [address(1)], { ...chain.tip, hash: hash(99) }),
      ];
      expect(await codeOf(clock, reader.eventsOf(chain.tip))).to.equal("CHAIN_INCONSISTENT");
      expect(await codeOf(clock, reader.events(5, 6))).to.equal("CHAIN_INCONSISTENT");
    });

    it("logs of a block that it does not have", async () => {
      const { clock, chain, client, reader } = setUp();
      client.logs.push(logOf("OperatorRegistry", "OperatorRevoked", [address(1)], { ...chain.tip, hash: hash(99) }));
      expect(await codeOf(clock, reader.events(0, 0))).to.equal("CHAIN_INCONSISTENT");
    });

    it("a log that is not what its topic says", async () => {
      const { clock, chain, client, reader } = setUp();
      client.logs.push({
        ...logOf("OperatorRegistry", "OperatorBanned", [address(1), "x"], chain.tip),
        data: "0x1234",
      });
      expect(await codeOf(clock, reader.eventsOf(chain.tip))).to.equal("LOG_INVALID");
    });
  });
});
