import { ContractFactory } from "ethers";
import { artifacts } from "hardhat";

import { MockV3Aggregator__factory } from "../../typechain-types/index.js";
import { fork, NodeProcess } from "./chain.js";
import type { Market } from "./history.js";
import type { Ground } from "./stage.js";
import { mined } from "./world.js";

const LOCAL_CHAIN = 31_337n;
const ONE_DOLLAR = 100_000_000n;
const MOST = 10_000_000_000n;

/** A node of its own, and a feed that somebody keeps up to date. */
export async function localGround(): Promise<Ground> {
  const node = await NodeProcess.start(LOCAL_CHAIN);
  let feed = "";
  const market: Market = {
    open: async () => Promise.resolve({}),
    refresh: async ({ cast }) => {
      await mined(MockV3Aggregator__factory.connect(feed, cast.deployer).updateAnswer(ONE_DOLLAR));
    },
  };
  return {
    ...{ node, market, fork: () => fork(node.url) },
    firstFeed: async ({ cast }) => {
      const { abi, bytecode } = await artifacts.readArtifact("MockV3Aggregator");
      const made = await new ContractFactory(abi, bytecode, cast.deployer).deploy(8, ONE_DOLLAR);
      await made.waitForDeployment();
      feed = await made.getAddress();
      return { address: feed, most: MOST };
    },
    opened: async () => undefined,
    close: () => node.close(),
  };
}
