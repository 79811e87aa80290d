import type { ContractTransactionReceipt } from "ethers";

import { type Figures, OPERATIONS, type OperationKey } from "./operations.js";
import { calldataGas, type Expense, profile } from "./profile.js";
import { committing, SCENARIOS, type Scenario } from "./scenarios.js";
import { buildWorld, SMALL_SET, type World } from "./world.js";

const FEW_LEAVES = 100;

/**
 * Measures every operation, each from the same state of the world.
 * @throws Error when a commit costs more for a full network than for a small one
 */
export async function measure(): Promise<Figures> {
  return inWorld(async (world) => {
    await requireSizeIsFree(world);
    const figures: Partial<Record<OperationKey, number>> = {};
    for (const { key } of OPERATIONS) {
      figures[key] = await apart(world, SCENARIOS[key], (receipt) => Number(receipt.gasUsed));
    }
    return figures as Figures;
  });
}

/** Where the gas of one operation goes. */
export async function explain(key: OperationKey): Promise<readonly Expense[]> {
  return inWorld((world) => apart(world, SCENARIOS[key], (receipt) => profile(world.chain, receipt)));
}

async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const world = await buildWorld();
  try {
    return await work(world);
  } finally {
    await world.chain.close();
  }
}

/** Plays a scenario, looks at its receipt, and takes everything back that was done. */
async function apart<T>(
  world: World,
  scenario: Scenario,
  look: (receipt: ContractTransactionReceipt) => T | Promise<T>,
): Promise<T> {
  const before = await world.chain.networkHelpers.takeSnapshot();
  try {
    return await look(await scenario(world));
  } finally {
    await before.restore();
  }
}

/** Roots and signatures are other bytes, so the data's own price is left out: the execution costs the same to the gas. */
async function requireSizeIsFree(world: World): Promise<void> {
  const few = await apart(world, committing(SMALL_SET, FEW_LEAVES), executionGas);
  const full = await apart(world, committing(SMALL_SET), executionGas);
  if (few !== full) throw new Error(`a commit executes with ${few} gas for ${FEW_LEAVES} leaves and ${full} for all`);
}

async function executionGas(receipt: ContractTransactionReceipt): Promise<number> {
  const { data } = await receipt.getTransaction();
  return Number(receipt.gasUsed) - calldataGas(data);
}
