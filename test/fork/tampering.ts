/**
 * check:deployment on a deployment that somebody changed: each change is found, by name, and nothing else is.
 */
import { AbiCoder, concat, keccak256, Interface, toBeHex } from "ethers";

import { addressOf } from "../../keepers/chain/deployment.js";
import { ROLES } from "../../deploy/modules/roles.js";
import { nodeKey } from "./cast.js";
import { pass } from "./chain.js";
import type { Stage } from "./stage.js";
import { councilSends, DAY, deployCouncil, governs, ND, type World } from "./world.js";

/** What is done to a deployment, and the lines that have to tell of it. */
export interface Tampering {
  readonly what: string;
  readonly done: (stage: Stage) => Promise<void>;
  readonly found: readonly string[];
}

/** No contract of the protocol has more slots before its mappings. */
const SLOTS = 24;
const WORD = 32;

export const TAMPERINGS: readonly Tampering[] = [
  {
    what: "code with a byte more",
    done: async ({ world }) => setCode(world, "NodeDeedSale", `${await codeOf(world, "NodeDeedSale")}00`),
    found: ["code: NodeDeedSale"],
  },
  {
    what: "a proxy in place of a pool",
    done: async ({ world }) => {
      const target = addressOf(world.deployment, "ExpensesPool").slice(2);
      await setCode(world, "GrantsPool", `0x363d3d373d3d3d363d73${target}5af43d82803e903d91602b57fd5bf3`);
    },
    found: ["code: GrantsPool", "parameters: unlock time of GrantsPool"],
  },
  {
    what: "another minter in the code of R1",
    done: async ({ world }) => {
      const [minter, thief] = [addressOf(world.deployment, "AvailabilityRewards"), world.cast.stranger.address];
      const code = await codeOf(world, "R1");
      await setCode(world, "R1", code.replaceAll(minter.slice(2), thief.slice(2).toLowerCase()));
    },
    found: ["code: R1, immutables", "wiring: R1.MINTER"],
  },
  {
    what: "another authority",
    done: async ({ world }) => {
      const { accessManager } = world.contracts;
      const other = await deployCouncil({ ...world.cast, deployer: world.cast.stranger });
      const target = addressOf(world.deployment, "OracleRegistry");
      await governs(world, await accessManager.updateAuthority.populateTransaction(target, other));
    },
    found: ["wiring: OracleRegistry.authority"],
  },
  {
    what: "one guardian more",
    done: async (stage) => grant(stage, ROLES.guardian, stage.world.cast.stranger.address),
    found: ["roles: members of guardian"],
  },
  {
    what: "the deployer as governance again",
    done: async (stage) => grant(stage, ROLES.governance, stage.world.cast.deployer.address),
    found: ["roles: members of governance", "roles: roles of the deployer"],
  },
  {
    what: "a role that nobody knows",
    done: async (stage) => grant(stage, 77n, stage.world.cast.stranger.address),
    found: ["roles: members of role 77"],
  },
  {
    what: "a shorter delay of governance, on its way",
    done: async ({ world }) => {
      const { accessManager } = world.contracts;
      await governs(world, await accessManager.grantRole.populateTransaction(ROLES.governance, world.council, 0));
    },
    found: ["roles: members of governance"],
  },
  {
    what: "no delay of the treasurer",
    done: async (stage) => {
      await grant(stage, ROLES.treasurer, stage.world.cast.treasurer.address);
      await pass(stage.world.chain, 30n * DAY);
    },
    found: ["roles: members of treasurer"],
  },
  {
    what: "a role with an administrator of its own",
    done: async ({ world }) =>
      governs(
        world,
        await world.contracts.accessManager.setRoleAdmin.populateTransaction(ROLES.compliance, ROLES.guardian),
      ),
    found: ["roles: settings of compliance"],
  },
  {
    what: "a treasury without a guardian",
    done: async ({ world }) =>
      governs(
        world,
        await world.contracts.accessManager.setRoleGuardian.populateTransaction(ROLES.treasurer, ROLES.governance),
      ),
    found: ["roles: settings of treasurer"],
  },
  {
    what: "a guardian who may lift pauses",
    done: async ({ world }) => mapFunction(world, "NodeDeedSale", "unpause()", ROLES.guardian),
    found: ["roles: functions of NodeDeedSale"],
  },
  {
    what: "oracles that compliance adds",
    done: async ({ world }) => mapFunction(world, "OracleRegistry", "addOracle(address)", ROLES.compliance),
    found: ["roles: functions of OracleRegistry"],
  },
  {
    what: "a contract closed to its roles",
    done: async ({ world }) =>
      governs(
        world,
        await world.contracts.accessManager.setTargetClosed.populateTransaction(
          addressOf(world.deployment, "EpochLedger"),
          true,
        ),
      ),
    found: ["roles: contracts are open to their roles"],
  },
  {
    what: "governance that is a key",
    done: async ({ world }) => {
      await world.chain.send("hardhat_setCode", [world.council, "0x"]);
    },
    found: ["roles: governance is a contract"],
  },
  {
    what: "another price list",
    done: async ({ world, history }) => {
      await pass(world.chain, 2n * DAY);
      await councilSends(world, history.scheduled);
    },
    found: ["parameters: class 1 (MICRO)"],
  },
  {
    what: "another age of the price",
    done: async ({ world }) => {
      const { nodeDeedSale } = world.contracts;
      const { feed, least, most } = await nodeDeedSale.feedConfig();
      await governs(
        world,
        await nodeDeedSale.configureFeed.populateTransaction({ feed, least, most, maxAge: 30n * DAY }),
      );
    },
    found: ["parameters: feed, age, least and most price of the sale"],
  },
  {
    what: "an escrow that has lost a deposit",
    done: async ({ world }) => {
      const escrow = addressOf(world.deployment, "JobEscrow");
      const balance = await world.contracts.r1.balanceOf(escrow);
      await setWord(world, "R1", await mappingSlot(world, "R1", escrow, balance), balance - 1n);
    },
    found: [
      "invariants: Σ balances of all who ever got R1",
      "invariants: the escrow holds what its jobs and held payments add up to",
    ],
  },
  {
    what: "R1 from nowhere",
    done: async ({ world }) => {
      const [minted, burned] = [await world.contracts.r1.totalMinted(), await world.contracts.r1.totalBurned()];
      const totals = (made: bigint): bigint => (burned << 128n) | made;
      await setWord(world, "R1", await plainSlot(world, "R1", totals(minted)), totals(minted + 1n));
    },
    found: ["invariants: Σ balances of all who ever got R1", "invariants: R1 minted = mined by 2 deeds"],
  },
  {
    what: "a node that serves two deeds",
    done: async ({ world }) => {
      const slot = await mappingSlot(world, "NodeRegistry", nodeKey(1).address, ND(1));
      await setWord(world, "NodeRegistry", slot, ND(2));
    },
    found: ["invariants: one node, one deed (9 deeds)"],
  },
  {
    what: "an oracle twice in the set",
    done: async ({ world }) => {
      const pointer = await world.contracts.oracleRegistry.setOf(5);
      const [one, , three, four] = world.cast.oracles.map(({ address }) => address);
      await world.chain.send("hardhat_setCode", [pointer, concat(["0x00", one!, three!, three!, four!])]);
    },
    found: ["invariants: owners of oracles, all different"],
  },
  {
    what: "oracles out of order",
    done: async ({ world }) => {
      const pointer = await world.contracts.oracleRegistry.setOf(5);
      const addresses = world.cast.oracles.map(({ address }) => address).reverse();
      await world.chain.send("hardhat_setCode", [pointer, concat(["0x00", ...addresses])]);
    },
    found: ["invariants: the oracle set ascends"],
  },
  {
    what: "a pool that released what is locked",
    done: async ({ world }) => {
      const released = await world.contracts.pools.liquidity.released();
      await setWord(world, "MarketingPool", await plainSlot(world, "LiquidityPool", released), 1n);
    },
    found: ["invariants: released by MarketingPool, at most what is unlocked"],
  },
];

type Name =
  "NodeDeedSale" | "GrantsPool" | "R1" | "NodeRegistry" | "MarketingPool" | "LiquidityPool" | "OracleRegistry";

async function grant({ world }: Stage, role: bigint, account: string): Promise<void> {
  await governs(world, await world.contracts.accessManager.grantRole.populateTransaction(role, account, 0));
}

async function mapFunction(world: World, name: Name, signature: string, role: bigint): Promise<void> {
  const { selector } = new Interface([`function ${signature}`]).getFunction(
    signature.slice(0, signature.indexOf("(")),
  )!;
  const target = addressOf(world.deployment, name);
  const { accessManager } = world.contracts;
  await governs(world, await accessManager.setTargetFunctionRole.populateTransaction(target, [selector], role));
}

async function codeOf({ chain, deployment }: World, name: Name): Promise<string> {
  return chain.provider.getCode(addressOf(deployment, name));
}

async function setCode({ chain, deployment }: World, name: Name, code: string): Promise<void> {
  await chain.send("hardhat_setCode", [addressOf(deployment, name), code]);
}

async function setWord({ chain, deployment }: World, name: Name, slot: string, value: bigint): Promise<void> {
  await chain.send("hardhat_setStorageAt", [addressOf(deployment, name), slot, toBeHex(value, WORD)]);
}

async function wordAt({ chain, deployment }: World, name: Name, slot: string): Promise<bigint> {
  return BigInt(await chain.provider.getStorage(addressOf(deployment, name), slot));
}

/** The first of the plain slots that holds `value`. */
async function plainSlot(world: World, name: Name, value: bigint): Promise<string> {
  return slotWith(world, name, value, (slot) => toBeHex(slot));
}

/** The slot of a mapping from addresses that holds `value` for `key`. */
async function mappingSlot(world: World, name: Name, key: string, value: bigint): Promise<string> {
  return slotWith(world, name, value, (slot) =>
    keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [key, slot])),
  );
}

async function slotWith(world: World, name: Name, value: bigint, place: (slot: number) => string): Promise<string> {
  for (let slot = 0; slot < SLOTS; slot++) {
    if ((await wordAt(world, name, place(slot))) === value) return place(slot);
  }
  throw new Error(`${name} keeps ${value} nowhere`);
}
