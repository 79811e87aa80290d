import { readFileSync } from "node:fs";
import { expect } from "chai";
import { FunctionFragment, Interface, type InterfaceAbi } from "ethers";
import * as contracts from "../../../typechain-types/index.js";

const VIEWS = ["view", "pure"];
/** Of others, or for development networks. */
const NOT_DEPLOYED = /^(?:Mock|AccessManager$|Multicall)/u;

interface Compiled {
  readonly abi: InterfaceAbi;
}

/** Contract → what the compiler says of it; not the abstract ones that others inherit. */
const FACTORIES = new Map(
  Object.entries(contracts).flatMap(([name, value]: [string, unknown]) =>
    isCompiled(value) ? [[name.replace(/__factory$/u, ""), value] as const] : [],
  ),
);

function isCompiled(value: unknown): value is Compiled {
  return typeof value === "function" && "abi" in value && "bytecode" in value;
}

/** Functions that change something. */
function compiled(contract: string): string[] {
  const factory = FACTORIES.get(contract);
  if (!factory) throw new Error(`there is no contract ${contract}`);
  const functions = new Interface(factory.abi).fragments.filter((each) => each instanceof FunctionFragment);
  const changing = functions.filter(({ stateMutability }) => !VIEWS.includes(stateMutability));
  return [...new Set(changing.map(({ name }) => name))].sort();
}

/** Contract → functions, of the list in the auditors' page. */
function listed(): Map<string, string[]> {
  const lines = readFileSync("docs/audit/README.md", "utf8").matchAll(/^- `(?<contract>\w+)`: (?<rest>[^\n]+)/gmu);
  return new Map(
    [...lines].map(({ groups }) => {
      const { contract = "", rest = "" } = groups ?? {};
      // What stands after a dash says who may call, and may name a contract.
      const names = rest.split(";").flatMap((part) => part.split(" – ")[0]!.match(/`\w+`/gu) ?? []);
      return [contract, names.map((name) => name.slice(1, -1)).sort()];
    }),
  );
}

describe("docs/audit/README.md", () => {
  it("lists every function of the deployed contracts that changes something", () => {
    const list = listed();
    for (const [contract, functions] of list) expect(functions, contract).to.deep.equal(compiled(contract));
    const deployed = [...FACTORIES.keys()].filter((name) => !NOT_DEPLOYED.test(name) && compiled(name).length > 0);
    expect(deployed.filter((name) => !list.has(name))).to.deep.equal([]);
  });
});
