import { join } from "node:path";

import { z } from "zod";

import type { Disk } from "../core/disk.js";
import { KeeperError } from "../core/errors.js";
import { readJson } from "../core/files.js";
import { type Address } from "../protocol/bytes.js";

/** Where the protocol stands on one chain. */
export interface Deployment {
  readonly chainId: number;
  /** Contract name (`EpochLedger`, `LiquidityPool` …) → lower-case address. */
  readonly contracts: Readonly<Record<string, Address>>;
  /** First block that can hold an event of these contracts; 0 when it is not known, which only makes the first read longer. */
  readonly fromBlock: number;
}

const addressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "want an address: 0x and 40 hex digits")
  .transform((text) => text.toLowerCase());

const contractsSchema = z.record(z.string(), addressSchema);

/** What a plain deployment file holds. */
const deploymentSchema = z.strictObject({
  chainId: z.int().positive(),
  contracts: contractsSchema,
  fromBlock: z.int().nonnegative().default(0),
});

const receiptSchema = z.object({ receipt: z.object({ blockNumber: z.int().nonnegative() }) });
const folderPattern = /(?:^|[\\/])chain-(\d+)[\\/]*$/;

/**
 * Reads an Ignition deployment folder (its name ends with `chain-<id>`), or a JSON file `{chainId, contracts, fromBlock?}`.
 * @throws KeeperError `DEPLOYMENT_NOT_FOUND`, `DEPLOYMENT_INVALID`, or what `readJson` throws; each names the path
 */
export async function readDeployment(path: string, dependencies: { readonly disk: Disk }): Promise<Deployment> {
  const chainId = folderPattern.exec(path)?.[1];
  if (chainId !== undefined) return readIgnitionFolder(path, Number(chainId), dependencies.disk);
  return found(path, await readJson(dependencies.disk, path, deploymentSchema));
}

/**
 * A deployment from names and addresses as Ignition gives them: `Protocol#EpochLedger` is known as `EpochLedger`.
 * @throws KeeperError `DEPLOYMENT_INVALID` when two modules deployed one name at different addresses
 */
export function deploymentFrom(
  chainId: number,
  deployed: Readonly<Record<string, Address>>,
  fromBlock = 0,
): Deployment {
  const contracts: Record<string, Address> = {};
  for (const [id, address] of Object.entries(deployed)) {
    const name = id.slice(id.lastIndexOf("#") + 1);
    const lower = address.toLowerCase();
    const other = contracts[name];
    if (other !== undefined && other !== lower) {
      const message = `${name} stands at ${other} and at ${lower}: keep one of the modules in the deployment, not both`;
      throw new KeeperError("DEPLOYMENT_INVALID", message);
    }
    contracts[name] = lower;
  }
  return { chainId, contracts, fromBlock };
}

/** @throws KeeperError `DEPLOYMENT_INVALID` that lists what is there, when the deployment lacks the contract */
export function addressOf(deployment: Deployment, name: string): Address {
  const address = deployment.contracts[name];
  if (address !== undefined) return address;
  const names = Object.keys(deployment.contracts).sort().join(", ");
  const message = `the deployment on chain ${deployment.chainId} has no ${name}; it has ${names === "" ? "nothing" : names}`;
  throw new KeeperError("DEPLOYMENT_INVALID", message);
}

async function readIgnitionFolder(folder: string, chainId: number, disk: Disk): Promise<Deployment> {
  const path = join(folder, "deployed_addresses.json");
  const deployed = found(path, await readJson(disk, path, contractsSchema));
  return deploymentFrom(chainId, deployed, await firstBlock(join(folder, "journal.jsonl"), disk));
}

/** The lowest block of any transaction that Ignition noted; 0 without a journal. */
async function firstBlock(path: string, disk: Disk): Promise<number> {
  const journal = await disk.readFile(path);
  if (journal === undefined) return 0;
  const blocks = new TextDecoder().decode(journal).split("\n").flatMap(blockOfEntry);
  return blocks.length === 0 ? 0 : blocks.reduce((lowest, block) => Math.min(lowest, block));
}

/** A line that cannot be read is no receipt: the journal is Ignition's, and only makes the first read shorter. */
function blockOfEntry(line: string): number[] {
  try {
    const parsed = receiptSchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data.receipt.blockNumber] : [];
  } catch {
    return [];
  }
}

function found<T>(path: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new KeeperError(
    "DEPLOYMENT_NOT_FOUND",
    `${path} does not exist: want an Ignition folder named chain-<id>, or a JSON file {"chainId": …, "contracts": {name: address}}`,
  );
}
