/**
 * Base: the chain itself at `BASE_RPC_URL`, and without it a stand-in with the same chain id that carries contracts of the same kinds at the
 * addresses that this file names. R1 begin with a Chainlink feed, and get the price of a Uniswap pool against USDC once they exist.
 */
import { expect } from "chai";
import { AbiCoder, Contract, ContractFactory, getAddress, keccak256, toBeHex } from "ethers";
import { artifacts } from "hardhat";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { decodeContractError } from "../../keepers/chain/errors.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import { MockV3Aggregator__factory, TwapFeed__factory } from "../../typechain-types/index.js";
import type { Cast } from "./cast.js";
import { castOf } from "./cast.js";
import { type Chain, endow, NodeProcess, pass } from "./chain.js";
import type { Market } from "./history.js";
import type { Ground } from "./stage.js";
import { councilSends, DAY, mined, scheduleAsCouncil, type World } from "./world.js";

const CHAIN_ID = 8_453n;
/** ETH / USD of Chainlink, the dollar token of Circle, and the factory of Uniswap v3. */
const CHAINLINK = "0x71041dddad3595F9CEd3DcCFBe3D1F4b0a16Bb70";
const USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
const UNISWAP = "0x33128a8fC17869897dcE68Ed026d694621f6FDfD";

const FEE = 3_000;
const WINDOW = 1_800n;
const Q96 = 1n << 96n;
/** √(10¹⁸ wei of R1 for 10⁶ smallest units of USDC). */
const ROOT_OF_UNITS = 1_000_000n;
const ETHER_PRICE = 300_000_000_000n;
/** 8 decimals: more than an ether ever cost. */
const MOST = 100_000_000_000_000n;
const MOST_R1 = 10_000_000_000n;
const MAX_AGE = 3_600n;
const ONE_DOLLAR = 100_000_000n;
/** The storage slots in which the factory may keep which fees it allows. */
const SLOTS = 8;

const FACTORY_ABI = [
  "function createPool(address,address,uint24) returns (address)",
  "function getPool(address,address,uint24) view returns (address)",
];
const POOL_ABI = ["function initialize(uint160)", "function token0() view returns (address)"];
const TOKEN_ABI = ["function decimals() view returns (uint8)", "function symbol() view returns (string)"];

/** @param url of Base; undefined: a stand-in is started */
export async function baseGround(url: string | undefined): Promise<Ground> {
  const standIn = url === undefined ? await startStandIn() : undefined;
  const node = await NodeProcess.start(CHAIN_ID, "op", url ?? standIn?.url);
  return {
    ...{ node, market, fork: async () => Promise.resolve(node.asFork) },
    firstFeed: async () => Promise.resolve({ address: CHAINLINK, most: MOST }),
    opened: quotesByChainlink,
    close: async () => {
      await node.close();
      await standIn?.close();
    },
  };
}

/** Right after the deployment the price of Chainlink's proxy is the sale's, whatever it is. */
async function quotesByChainlink({ chain, contracts }: World): Promise<void> {
  const feed = MockV3Aggregator__factory.connect(CHAINLINK, chain.provider);
  const [{ answer }, decimals] = await Promise.all([feed.latestRoundData(), feed.decimals()]);
  const { dollars, payment } = await contracts.nodeDeedSale.quote(1);
  const scale = 10n ** (18n + decimals);
  expect(payment).to.equal((dollars * scale + answer - 1n) / answer);
}

const market: Market = {
  open: async (world) => {
    const { contracts, cast } = world;
    const stale = await contracts.nodeDeedSale.quote(1).then(() => undefined, decodeContractError);
    expect(stale?.contractError, "Chainlink's price is days old by now").to.equal("PriceFeed_Stale");
    const feed = await openPool(world);
    const config = { feed, maxAge: MAX_AGE, least: 1_000_000n, most: MOST_R1 };
    const calls = [
      await contracts.nodeDeedSale.configureFeed.populateTransaction(config),
      await contracts.resourceCatalog.configureFeed.populateTransaction(config),
    ];
    for (const call of calls) await scheduleAsCouncil(world, call);
    await pass(world.chain, 2n * DAY);
    for (const call of calls) await councilSends(world, call);
    const { answer } = await TwapFeed__factory.connect(feed, cast.deployer).latestRoundData();
    // A tick is a hundredth of a per cent.
    expect(answer).to.be.within(ONE_DOLLAR - ONE_DOLLAR / 5_000n, ONE_DOLLAR + ONE_DOLLAR / 5_000n);
    return { feed, feedMost: `${MOST_R1}n` };
  },
  refresh: async () => undefined,
};

/** Uniswap's own factory makes the pool of R1 and USDC at a dollar; gives the time-weighted feed on it. */
async function openPool({ deployment, cast }: World): Promise<string> {
  const r1 = getAddress(addressOf(deployment, "R1"));
  expect(await new Contract(USDC, TOKEN_ABI, cast.deployer).getFunction("decimals")()).to.equal(6n);
  const factory = new Contract(UNISWAP, FACTORY_ABI, cast.deployer);
  await mined(factory.getFunction("createPool")(r1, USDC, FEE) as never);
  const address = (await factory.getFunction("getPool")(r1, USDC, FEE)) as string;
  const pool = new Contract(address, POOL_ABI, cast.deployer);
  const isToken0 = (await pool.getFunction("token0")()) === r1;
  await mined(pool.getFunction("initialize")(isToken0 ? Q96 / ROOT_OF_UNITS : Q96 * ROOT_OF_UNITS) as never);
  const { abi, bytecode } = await artifacts.readArtifact("TwapFeed");
  const feed = await new ContractFactory(abi, bytecode, cast.deployer).deploy(address, r1, WINDOW, 0);
  await feed.waitForDeployment();
  return feed.getAddress();
}

/** A chain that looks like Base as far as this file looks. */
async function startStandIn(): Promise<NodeProcess> {
  const node = await NodeProcess.start(CHAIN_ID, "op");
  const cast = castOf(node.provider);
  await endow(node, [cast.deployer.address]);
  await copyContract(node, cast, await artifacts.readArtifact("MockV3Aggregator"), [8, 1], CHAINLINK);
  await node.send("hardhat_setStorageAt", [CHAINLINK, toBeHex(0), toBeHex(8, 32)]);
  await mined(MockV3Aggregator__factory.connect(CHAINLINK, cast.deployer).updateAnswer(ETHER_PRICE));
  await copyContract(node, cast, await artifacts.readArtifact("MockUsd"), [], USDC);
  const original = await copyContract(node, cast, uniswapFactory(), [], UNISWAP);
  for (let slot = 0; slot < SLOTS; slot++) {
    const place = keccak256(AbiCoder.defaultAbiCoder().encode(["uint24", "uint256"], [FEE, slot]));
    await node.send("hardhat_setStorageAt", [UNISWAP, place, await node.provider.getStorage(original, place)]);
  }
  return node;
}

/** Code of a new contract at an address of our choice, as if it had been made there. */
async function copyContract(
  chain: Chain,
  { deployer }: Cast,
  { abi, bytecode }: { readonly abi: readonly unknown[]; readonly bytecode: string },
  args: readonly unknown[],
  target: string,
): Promise<string> {
  const made = await new ContractFactory(abi as string[], bytecode, deployer).deploy(...args);
  await made.waitForDeployment();
  const original = await made.getAddress();
  const code = await chain.provider.getCode(original);
  const moved = code.replaceAll(original.slice(2).toLowerCase(), target.slice(2).toLowerCase());
  await chain.send("hardhat_setCode", [target, moved]);
  return original;
}

function uniswapFactory(): { readonly abi: readonly unknown[]; readonly bytecode: string } {
  const path = "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json";
  const file = readFileSync(createRequire(import.meta.url).resolve(path), "utf8");
  return JSON.parse(file) as { abi: unknown[]; bytecode: string };
}
