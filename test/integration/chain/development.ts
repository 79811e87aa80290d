import { readFile } from "node:fs/promises";

import { network } from "hardhat";
import { BrowserProvider } from "ethers";

import Development from "../../../deploy/modules/Development.js";
import { connectContracts } from "../../../keepers/chain/contracts.js";
import { deploymentFrom } from "../../../keepers/chain/deployment.js";

const parametersFile = new URL("../../../deploy/parameters/hardhat.json", import.meta.url);
const chainId = 31_337;

/** A chain of its own with the protocol on it; times and numbers are those of the development parameters. */
export async function deployProtocol() {
  const connection = await network.create<"l1">();
  const parameters = JSON.parse(await readFile(parametersFile, "utf8"), readBigints) as Record<string, never>;
  const deployed = await connection.ignition.deploy(Development, { parameters });
  const addresses = await Promise.all(
    Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
  );
  const deployment = deploymentFrom(chainId, Object.fromEntries(addresses));
  const provider = new BrowserProvider(connection.provider, chainId, { cacheTimeout: -1 });
  const accounts = await Promise.all([0, 1, 2, 3].map((index) => provider.getSigner(index)));
  const contracts = connectContracts(deployment, accounts[0]!);
  return { connection, provider, accounts, contracts, deployment };
}

function readBigints(_key: string, value: unknown): unknown {
  return typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}
