import { expect } from "chai";
import { makeError } from "ethers";
import { ContractReader, type ContractReaderDependencies } from "../../../keepers/deeploy/chain/contractReader.js";
import { addressOf, hash, owner } from "./world.js";

const magic = `0x1626ba7e${"00".repeat(28)}`;

function reader(answer: () => Promise<string>): ContractReader {
  const contracts = { jobEscrow: { rightsOf: answer }, resourceCatalog: { rateOf: answer } };
  return new ContractReader({ contracts, provider: { call: answer } } as unknown as ContractReaderDependencies);
}

describe("what Deeploy asks of the chain", () => {
  const ask = (answer: () => Promise<string>) =>
    reader(answer).isValidSignature(addressOf(owner), hash("d1"), "0xabcd");
  const reverts = async (): Promise<string> => {
    throw makeError("execution reverted", "CALL_EXCEPTION", {
      ...{ action: "call", data: "0x", reason: null, invocation: null, revert: null },
      transaction: { to: null, data: "0x" },
    });
  };
  const fails = async (): Promise<string> => {
    throw new Error("connection lost at https://user:key@rpc.example");
  };

  it("is a contract wallet's word for a signature, exactly as ERC-1271 has it", async () => {
    expect(await ask(async () => magic)).to.equal(true);
    // An account without code, another answer, a longer one, and a contract that refuses.
    expect(await ask(async () => "0x")).to.equal(false);
    expect(await ask(async () => `0xffffffff${"00".repeat(28)}`)).to.equal(false);
    expect(await ask(async () => `${magic}00`)).to.equal(false);
    expect(await ask(reverts)).to.equal(false);
  });

  it("fails, to be tried again, when the chain is away, and names no key of it", async () => {
    const failure = await ask(fails).catch((error: unknown) => error);
    expect(failure).to.include({ code: "RPC_FAILED", retriable: true });
    expect(String(failure)).not.to.include("user:key");
  });

  it("is no price when the catalog has none, and no right when the escrow names none", async () => {
    expect(await reader(reverts).rateOf(1, 0)).to.equal(undefined);
    expect(await reader(async () => "5").rightsOf("0x", "0x")).to.equal(5);
  });
});
