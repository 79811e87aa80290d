/**
 * Who may do what, and what nobody may.
 *
 * Given every restricted function, as the compiler knows them
 * ├── the table in docs/governance.md is the one that the deployment makes
 * ├── no contract with restricted functions is left out, and no role is given a function that is not restricted
 * ├── each function opens to the role that the table says, and to nobody else, governance included
 * └── whatever a role calls, with whatever arguments: users keep their R1, their deeds and their jobs
 *     ├── also when governance has its manager call, or another manager takes over
 *     └── what a role can do is done, so that this is about something
 */
import { expect } from "chai";
import type { BaseContract, ParamType } from "ethers";
import { artifacts } from "hardhat";
import { readFile } from "node:fs/promises";

import { GRANTS } from "../../deploy/modules/roles.js";
import { artifactOf, GOVERNED } from "../../scripts/deployment/names.js";
import { restrictedFunctions } from "../../scripts/governance/restricted.js";
import { type Door, doors, MARKS, tableLines } from "../../scripts/governance/table.js";
import { type Account, type JobWorld, loadJobWorld } from "../helpers/jobWorld.js";
import { ethers, networkHelpers } from "../helpers/protocol.js";

const REFUSED = ethers.id("AccessManagedUnauthorized(address)").slice(0, 10);
const MOST = 2n ** 256n - 1n;
/** Numbers that mean something to somebody: no deed, the deeds that users have, all R1 of anybody. */
const NUMBERS = [0n, 1n, 2n, MOST];

/** A chain with users, and their jobs. */
async function withUsers() {
  const world = await loadJobWorld();
  const { escrow, oracles } = world.protocol;
  const [developer] = world.developers;
  const request = {
    specHash: ethers.id("spec"),
    class: 1,
    gpu: 0,
    nodes: 1,
    epochs: 5,
    maxDeposit: MOST,
    deadline: MOST,
  };
  await escrow.connect(developer).create(request);
  return { ...world, victims: [...world.developers, ...world.owners], oracle: (await oracles.oracles())[0]! };
}

type Users = Awaited<ReturnType<typeof withUsers>>;

function contractsOf({ protocol }: Pick<JobWorld, "protocol">): Record<string, BaseContract> {
  const [liquidity, expenses, marketing, grants, social] = protocol.pools;
  return {
    OperatorRegistry: protocol.operators,
    OracleRegistry: protocol.oracles,
    EpochLedger: protocol.ledger,
    NodeDeed: protocol.nodeDeed,
    MasterNodeDeed: protocol.masterDeed,
    GenesisNodeDeed: protocol.genesisDeed,
    NodeRegistry: protocol.nodes,
    NodeDeedSale: protocol.sale,
    ResourceCatalog: protocol.catalog,
    JobEscrow: protocol.escrow,
    LiquidityPool: liquidity!,
    ExpensesPool: expenses!,
    MarketingPool: marketing!,
    GrantsPool: grants!,
    SocialResponsibilityPool: social!,
  };
}

/** Sends, and tells whether the AccessManager was what refused. */
async function isRefused(sender: Account, to: string, data: string): Promise<boolean> {
  try {
    await sender.sendTransaction({ to, data, gasLimit: 5_000_000n });
    return false;
  } catch (error) {
    const data = (error as { data?: string }).data ?? "";
    return data.startsWith(REFUSED) || String(error).includes("AccessManagedUnauthorized");
  }
}

/** Every combination of values that the parameters can have, out of these addresses and `NUMBERS`. */
function hostileArguments(inputs: readonly ParamType[], addresses: readonly string[]): unknown[][] {
  return inputs.reduce<unknown[][]>(
    (lists, input) => lists.flatMap((list) => valuesOf(input, addresses).map((value) => [...list, value])),
    [[]],
  );
}

function valuesOf(input: ParamType, addresses: readonly string[]): unknown[] {
  if (input.baseType === "tuple")
    return hostileArguments(input.components ?? [], addresses.slice(0, 1)).slice(0, NUMBERS.length);
  if (input.type === "address") return [...addresses];
  if (input.type === "string") return ["why"];
  if (input.type === "bool") return [true];
  const bits = Number(/\d+$/u.exec(input.type)?.[0] ?? 256);
  return [...new Set(NUMBERS.map((number) => number & (2n ** BigInt(bits) - 1n)))];
}

/** Wei of R1 that each user has: somebody may give them some. */
async function balances({ protocol, victims }: Users): Promise<bigint[]> {
  return Promise.all(victims.map(async ({ address }) => protocol.r1.balanceOf(address)));
}

/** What else users have: what they let others take of it, deeds and who may move them, payees, jobs and their money. */
async function holdings({ protocol, victims }: Users): Promise<string> {
  const { r1, nodeDeed, masterDeed, nodes, operators, escrow } = protocol;
  const people = await Promise.all(
    victims.map(async ({ address }) => [
      await r1.allowance(address, await escrow.getAddress()),
      await nodeDeed.balanceOf(address),
      (await operators.operatorOf(address)).payee,
    ]),
  );
  const deeds = await Promise.all(
    Array.from({ length: Number(await nodeDeed.totalSupply()) }, async (_, index) => [
      await nodeDeed.ownerOf(index + 1),
      await nodeDeed.getApproved(index + 1),
      (await nodeDeed.recordOf(index + 1)).claimed,
      await nodes.nodeOf((1n << 248n) | BigInt(index + 1)),
    ]),
  );
  const { owner, balance, rate } = await escrow.jobOf(1);
  const rest = [await masterDeed.ownerOf(1), await r1.balanceOf(await escrow.getAddress()), await escrow.heldOf(1)];
  return [people, deeds, owner, balance, rate, rest].flat(3).join(" ");
}

function keyOf({ protocol }: Users, { role }: Door): Account {
  return protocol.accounts[role];
}

describe("Governance", () => {
  let all: Door[];
  let users: Users;

  before(async () => {
    all = await doors();
  });

  beforeEach(async () => {
    users = await networkHelpers.loadFixture(withUsers);
  });

  it("is what docs/governance.md says", async () => {
    const text = await readFile("docs/governance.md", "utf8");
    const [begin, end] = MARKS;
    const written = text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trim();
    expect(written, "run node --import tsx scripts/governanceTable.ts").to.equal((await tableLines()).join("\n"));
  });

  it("covers every contract with restricted functions, and gives roles no function that is not restricted", async () => {
    const names = [...(await artifacts.getAllFullyQualifiedNames())].filter((name) => name.startsWith("contracts/"));
    const ours = names.map((name) => name.slice(name.lastIndexOf(":") + 1));
    const governed = new Set<string>(GOVERNED.map((name) => artifactOf(name)));
    for (const name of ours) {
      const { bytecode } = await artifacts.readArtifact(name);
      if (bytecode === "0x" || governed.has(name)) continue;
      expect(await restrictedFunctions(name), name).to.deep.equal([]);
    }
    const granted = Object.entries(GRANTS).flatMap(([role, grants]) =>
      grants.flatMap(({ contract, functions }) => functions.map((signature) => `${contract}.${signature} ${role}`)),
    );
    const known = all.map(({ contract, signature, role }) => `${contract}.${signature} ${role}`);
    expect(granted.filter((door) => !known.includes(door))).to.deep.equal([]);
  });

  it("opens each function to its role and to nobody else", async () => {
    const { accounts } = users.protocol;
    const callers = { ...accounts, stranger: accounts.others.at(-1)! };
    const contracts = contractsOf(users);
    for (const { contract, signature, role } of all) {
      const target = contracts[contract]!;
      const fragment = target.interface.getFunction(signature)!;
      const [args] = hostileArguments(fragment.inputs, [users.victims[0]!.address]);
      const data = target.interface.encodeFunctionData(fragment, args);
      for (const name of ["governance", "guardian", "compliance", "treasurer", "stranger"] as const) {
        const refused = await isRefused(callers[name], await target.getAddress(), data);
        expect(refused, `${contract}.${signature} by ${name}`).to.equal(name !== role);
      }
    }
    expect(all).to.have.length(35);
  });

  describe("moves nothing of a user's", () => {
    /** Every door with every argument. @returns how many calls went through */
    async function attack(keyFor: (door: Door) => Account): Promise<number> {
      const thief = users.protocol.accounts.others.at(-1)!.address;
      const contracts = contractsOf(users);
      const [before, richBefore] = [await holdings(users), await balances(users)];
      let done = 0;
      for (const door of all) {
        const target = contracts[door.contract]!;
        const fragment = target.interface.getFunction(door.signature)!;
        const to = await target.getAddress();
        const addresses = [users.victims[0]!.address, users.victims[2]!.address, users.oracle, thief];
        for (const args of hostileArguments(fragment.inputs, addresses)) {
          const data = target.interface.encodeFunctionData(fragment, args);
          const receipt = await keyFor(door)
            .sendTransaction({ to, data, gasLimit: 5_000_000n })
            .then(
              (sent) => sent.wait(),
              () => null,
            );
          if (receipt === null) continue;
          done += 1;
          const call = `${door.contract}.${door.signature}(${args.join(", ")})`;
          expect(await holdings(users), call).to.equal(before);
          const rich = await balances(users);
          expect(
            rich.every((balance, index) => balance >= richBefore[index]!),
            call,
          ).to.equal(true);
        }
      }
      return done;
    }

    it("by any restricted function, called by its role with hostile arguments", async () => {
      expect(await attack((door) => keyOf(users, door))).to.be.greaterThan(40);
    });

    it("by another manager that takes over, whose owner may call everything", async () => {
      const { manager, accounts } = users.protocol;
      const thief = accounts.others.at(-1)!;
      const { abi, bytecode } = await artifacts.readArtifact("AccessManager");
      const theirs = await new ethers.ContractFactory(abi, bytecode, thief).deploy(thief.address);
      for (const contract of Object.values(contractsOf(users))) {
        await manager.updateAuthority(await contract.getAddress(), await theirs.getAddress());
      }
      expect(await attack(() => thief)).to.be.greaterThan(40);
    });

    it("by the manager itself, which calls for governance whatever it is told", async () => {
      const { manager, r1, nodeDeed, masterDeed, escrow, nodes, operators } = users.protocol;
      const [victim, , owner] = users.victims as [Account, Account, Account];
      const thief = users.protocol.accounts.others.at(-1)!.address;
      const [before, richBefore] = [await holdings(users), await balances(users)];
      const calls: readonly (readonly [BaseContract, string, readonly unknown[]])[] = [
        [r1, "transferFrom", [victim.address, thief, 1n]],
        [r1, "burnFrom", [victim.address, 1n]],
        [r1, "mint", [thief, 1n]],
        [nodeDeed, "transferFrom", [owner.address, thief, 1n]],
        [nodeDeed, "issue", [thief, 1n]],
        [nodeDeed, "recordClaim", [1n, 1n, 1n]],
        [masterDeed, "transferFrom", [await masterDeed.ownerOf(1), thief, 1n]],
        [nodes, "dissociate", [(1n << 248n) | 1n]],
        [escrow, "close", [1n]],
        [escrow, "changeSpec", [1n, ethers.id("theirs")]],
      ];
      for (const [target, name, args] of calls) {
        const data = target.interface.encodeFunctionData(name, [...args]);
        await expect(manager.execute(await target.getAddress(), data), name).to.be.revert(ethers);
        expect([await holdings(users), await balances(users)], name).to.deep.equal([before, richBefore]);
      }
      await manager.execute(await operators.getAddress(), operators.interface.encodeFunctionData("setPayee", [thief]));
      expect(await holdings(users), "the manager's own payee is not a user's").to.equal(before);
    });
  });
});
