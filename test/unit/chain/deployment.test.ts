import { expect } from "chai";

import { connectContracts } from "../../../keepers/chain/contracts.js";
import { addressOf, deploymentFrom, readDeployment } from "../../../keepers/chain/deployment.js";
import { writeJson } from "../../../keepers/core/files.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { address } from "./fakeChain.js";

const folder = "/deployments/chain-8453";

async function diskWith(files: Record<string, unknown>): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  for (const [path, value] of Object.entries(files)) await writeJson(disk, path, value);
  return disk;
}

async function failure(operation: Promise<unknown>): Promise<KeeperError> {
  const error: unknown = await operation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(KeeperError);
  return error as KeeperError;
}

describe("deployment", () => {
  it("reads Ignition's folder: chain from its name, names without the module, lower-case addresses", async () => {
    const addresses = {
      "Protocol#EpochLedger": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
      "Protocol#LiquidityPool": address(2),
    };
    const disk = await diskWith({ [`${folder}/deployed_addresses.json`]: addresses });
    expect(await readDeployment(folder, { disk })).to.deep.equal({
      chainId: 8453,
      contracts: { EpochLedger: "0x5fbdb2315678afecb367f032d93f642f64180aa3", LiquidityPool: address(2) },
      fromBlock: 0,
    });
  });

  it("takes the lowest block of Ignition's receipts as the first", async () => {
    const disk = await diskWith({ [`${folder}/deployed_addresses.json`]: { "Protocol#R1": address(1) } });
    const lines = [
      { type: "DEPLOYMENT_INITIALIZE" },
      { type: "TRANSACTION_CONFIRM", receipt: { blockNumber: 120, status: "SUCCESS" } },
      { type: "TRANSACTION_CONFIRM", receipt: { blockNumber: 117, status: "SUCCESS" } },
    ].map((line) => JSON.stringify(line));
    const journal = await disk.open(`${folder}/journal.jsonl`);
    await journal.write(0, new TextEncoder().encode([...lines, '{"cut of'].join("\n")));
    await journal.close();
    expect((await readDeployment(`${folder}/`, { disk })).fromBlock).to.equal(117);
  });

  it("reads a plain file", async () => {
    const disk = await diskWith({ "/d.json": { chainId: 31337, contracts: { R1: address(1) }, fromBlock: 5 } });
    const expected = { chainId: 31337, contracts: { R1: address(1) }, fromBlock: 5 };
    expect(await readDeployment("/d.json", { disk })).to.deep.equal(expected);
  });

  it("says what it wants when there is nothing", async () => {
    const error = await failure(readDeployment("/nowhere.json", { disk: new MemoryDisk() }));
    expect(error.code).to.equal("DEPLOYMENT_NOT_FOUND");
    expect(error.message).to.contain("/nowhere.json").and.contain("chain-<id>");
  });

  const invalid: [string, unknown, string][] = [
    ["an address that is none", { chainId: 1, contracts: { R1: "0x12" } }, "contracts.R1"],
    ["no chain", { contracts: {} }, "chainId"],
    ["a chain that is no number", { chainId: "1", contracts: {} }, "chainId"],
    ["more than it knows", { chainId: 1, contracts: {}, block: 4 }, "block"],
  ];
  for (const [what, content, named] of invalid) {
    it(`refuses ${what}, naming file and place`, async () => {
      const disk = await diskWith({ "/d.json": content });
      expect((await failure(readDeployment("/d.json", { disk }))).message)
        .to.contain("/d.json")
        .and.contain(named);
    });
  }

  it("refuses two places for one name, and takes the same place twice", () => {
    const same = { "Protocol#R1": address(1), "Development#R1": address(1) };
    expect(deploymentFrom(1, same).contracts).to.deep.equal({ R1: address(1) });
    expect(() => deploymentFrom(1, { ...same, "Other#R1": address(2) })).to.throw(KeeperError, "R1 stands at");
  });

  it("names what is missing, and what is there", () => {
    const deployment = deploymentFrom(1, { R1: address(1), NodeDeed: address(2) });
    expect(addressOf(deployment, "R1")).to.equal(address(1));
    expect(() => addressOf(deployment, "EpochLedger")).to.throw("has no EpochLedger; it has NodeDeed, R1");
    expect(() => connectContracts(deployment, null)).to.throw("has no AccessManager");
  });
});
