import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Interface } from "ethers";
import hre, { artifacts } from "hardhat";

/** What this file looks at in the compiler's syntax tree. */
interface Node {
  readonly nodeType: string;
  readonly id: number;
  readonly name?: string;
  readonly nodes?: readonly Node[];
  readonly linearizedBaseContracts?: readonly number[];
  readonly modifiers?: readonly { readonly modifierName: { readonly name: string } }[];
  readonly functionSelector?: string;
}

interface BuildOutput {
  readonly output: { readonly sources: Readonly<Record<string, { readonly ast: Node }>> };
}

const MODIFIER = "restricted";

/** Contracts of a build by their id in the syntax tree. */
type Contracts = ReadonlyMap<number, Node>;

const builds = new Map<string, Promise<Contracts>>();

/** Signatures of the functions of a contract that ask the AccessManager, inherited ones too, in alphabetical order. */
export async function restrictedFunctions(artifact: string): Promise<string[]> {
  const { abi, buildInfoId } = await artifacts.readArtifact(artifact);
  const contracts = await contractsOf(buildInfoId ?? "");
  const contract = [...contracts.values()].find(({ name }) => name === artifact);
  if (contract === undefined)
    throw new Error(`the build of ${artifact} has no syntax tree of it: run npx hardhat build`);
  const functions = (contract.linearizedBaseContracts ?? []).flatMap((id) => contracts.get(id)?.nodes ?? []);
  const selectors = functions.flatMap(({ modifiers = [], functionSelector }) =>
    functionSelector !== undefined && modifiers.some(({ modifierName: { name } }) => name === MODIFIER)
      ? [`0x${functionSelector}`]
      : [],
  );
  const interfaces = new Interface(abi);
  return [...new Set(selectors)].map((selector) => interfaces.getFunction(selector)?.format() ?? selector).sort();
}

function contractsOf(buildInfoId: string): Promise<Contracts> {
  const known = builds.get(buildInfoId) ?? readContracts(buildInfoId);
  builds.set(buildInfoId, known);
  return known;
}

async function readContracts(buildInfoId: string): Promise<Contracts> {
  const path = join(hre.config.paths.artifacts, "build-info", `${buildInfoId}.output.json`);
  const { output } = JSON.parse(await readFile(path, "utf8")) as BuildOutput;
  const nodes = Object.values(output.sources).flatMap(({ ast }) => ast.nodes ?? []);
  return new Map(nodes.filter(({ nodeType }) => nodeType === "ContractDefinition").map((node) => [node.id, node]));
}
