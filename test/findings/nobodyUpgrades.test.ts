import { expect } from "chai";
import { FunctionFragment, getBytes, Interface, type InterfaceAbi } from "ethers";
import * as contracts from "../../typechain-types/index.js";

/** Opcodes by which the code of an address changes, borrows another's, or disappears. */
const FORBIDDEN: Readonly<Record<number, string>> = { 0xf2: "CALLCODE", 0xf4: "DELEGATECALL", 0xff: "SELFDESTRUCT" };
/** Functions by which elsewhere somebody took over a contract, or lowered what protects it. */
const TAKING_OVER =
  /^(?:re)?initiali[sz]e|^upgrade|^migrate|^transferOwnership|^set(?:Implementation|Owner|Minter|Quorum|Threshold|Burner)/iu;
/** OpenZeppelin's: its `multicall` delegates to itself. It holds roles, and no tokens. */
const MANAGER = "AccessManager";
const [PUSH1, PUSH32] = [0x60, 0x7f];

interface Factory {
  readonly abi: InterfaceAbi;
  readonly bytecode: string;
}

function isFactory(value: unknown): value is Factory {
  return typeof value === "function" && "abi" in value && "bytecode" in value;
}

/** Those of the forbidden that a contract, or what it creates, has. (The contracts are compiled without a hash in their metadata.) */
function forbiddenIn(bytecode: string): string[] {
  const code = getBytes(bytecode);
  const found = new Set<string>();
  for (let at = 0; at < code.length; at += 1) {
    const opcode = code[at]!;
    const name = FORBIDDEN[opcode];
    if (name !== undefined) found.add(name);
    if (opcode >= PUSH1 && opcode <= PUSH32) at += opcode - PUSH1 + 1;
  }
  return [...found];
}

function takingOver(abi: InterfaceAbi): string[] {
  const functions = new Interface(abi).fragments.filter((each) => each instanceof FunctionFragment);
  return functions.map(({ name }) => name).filter((name) => TAKING_OVER.test(name));
}

/**
 * Found elsewhere: implementations behind proxies that anybody can initialise; owners that upgrade everything without delay; a quorum
 * that is a setting, and 1 by default.
 */
describe("finding: nobody replaces, initialises or weakens a contract", () => {
  const compiled = Object.entries(contracts).flatMap(([name, value]) =>
    isFactory(value) ? [{ name: name.replace(/__factory$/u, ""), abi: value.abi, bytecode: value.bytecode }] : [],
  );

  it("no contract has code that changes, or runs another's", () => {
    expect(compiled.map(({ name }) => name)).to.include.members([
      "R1",
      "NodeDeed",
      "JobEscrow",
      "EpochLedger",
      MANAGER,
    ]);
    for (const { name, bytecode } of compiled) {
      expect(forbiddenIn(bytecode), name).to.deep.equal(name === MANAGER ? ["DELEGATECALL"] : []);
    }
  });

  it("no contract can be initialised, upgraded, handed to an owner, or given another quorum", () => {
    for (const { name, abi } of compiled) expect(takingOver(abi), name).to.deep.equal([]);
  });
});
