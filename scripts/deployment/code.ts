import { concat, getCreateAddress, id, Interface, keccak256, TypedDataEncoder } from "ethers";
import { artifacts } from "hardhat";

import { addressOf } from "../../keepers/chain/deployment.js";
import { mapAtMost } from "../../tasks/lib/parallel.js";
import { constructorArguments } from "./construction.js";
import { artifactOf, type ContractName, CONTRACTS } from "./names.js";
import { type Check, compare, demand, type Subject } from "./types.js";

type Artifact = Awaited<ReturnType<typeof artifacts.readArtifact>>;

/** A word of the code that a constructor wrote. Offset in bytes. */
interface Immutable {
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

/** Has never sent anything, so that what it makes stands at a known address. */
const NOBODY = `0x${id("check:deployment").slice(-40)}`;
const AT_A_TIME = 4;

const ADVICE =
  "this is not the contract that the local sources and the parameter file make: build the audited commit, check the file, and else stop using it";

/** EIP-712 names of the contracts that sign; all are version 1. */
const DOMAINS: Partial<Record<ContractName, string>> = {
  R1: "R1",
  OracleRegistry: "OracleRegistry",
  EpochLedger: "EpochLedger",
  NodeRegistry: "NodeRegistry",
  JobEscrow: "JobEscrow",
};

/**
 * The code of every contract, byte for byte. What it should be is made by the node itself: it runs the local build's creation
 * code with the constructor's arguments and gives the result back, immutables included. Only what depends on the address is
 * worked out here.
 */
export async function codeChecks(subject: Subject): Promise<Check[]> {
  const args = constructorArguments(subject);
  return mapAtMost(AT_A_TIME, CONTRACTS, async (name) => {
    subject.progress(`comparing the code of ${name}`);
    const artifact = await artifacts.readArtifact(artifactOf(name));
    const found = await subject.provider.getCode(addressOf(subject.deployment, name));
    try {
      return codeCheck(name, found, await expectedCode(subject, name, artifact, args[name]), artifact);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const expected = "code that the constructor makes of the parameters";
      return demand("code", name, {
        holds: false,
        expected,
        found: `the constructor refuses: ${reason}`,
        advice: ADVICE,
      });
    }
  });
}

function codeCheck(name: ContractName, found: string, expected: string, artifact: Artifact): Check {
  if (found === expected)
    return compare("code", name, { expected: hashOf(expected), found: hashOf(found), advice: ADVICE });
  const words = immutablesOf(artifact, found, expected).filter((word) => word.found !== word.expected);
  const only = words.length > 0 && withWords(found, words) === expected;
  if (!only) return compare("code", name, { expected: hashOf(expected), found: hashOf(found), advice: ADVICE });
  const list = (side: "expected" | "found") => words.map((word) => `byte ${word.offset}: ${word[side]}`).join(", ");
  return compare("code", `${name}, immutables`, { expected: list("expected"), found: list("found"), advice: ADVICE });
}

/** `found` with the expected words in it. */
function withWords(found: string, words: readonly Immutable[]): string {
  return words.reduce((code, { offset, expected }) => {
    const start = 2 + 2 * offset;
    return code.slice(0, start) + expected.slice(2) + code.slice(start + expected.length - 2);
  }, found);
}

async function expectedCode(
  { provider, deployment }: Subject,
  name: ContractName,
  { abi, bytecode }: Artifact,
  args: readonly unknown[],
): Promise<string> {
  const data = concat([bytecode, new Interface(abi).encodeDeploy(args)]);
  const code = await provider.call({ from: NOBODY, data });
  const nonce = await provider.getTransactionCount(NOBODY);
  const made = getCreateAddress({ from: NOBODY, nonce });
  const address = addressOf(deployment, name);
  const domain = DOMAINS[name];
  const moved = replaced(code, word(made), word(address));
  if (domain === undefined) return moved;
  const separator = (verifyingContract: string): string =>
    TypedDataEncoder.hashDomain({ name: domain, version: "1", chainId: deployment.chainId, verifyingContract });
  return replaced(moved, separator(made), separator(address));
}

function replaced(code: string, before: string, after: string): string {
  return code.replaceAll(before.slice(2).toLowerCase(), after.slice(2).toLowerCase());
}

function word(address: string): string {
  return `0x${"0".repeat(24)}${address.slice(2)}`;
}

function immutablesOf({ immutableReferences = {} }: Artifact, found: string, expected: string): Immutable[] {
  const places = Object.values(immutableReferences).flat();
  return places.map(({ start, length }) => {
    const part = (code: string): string => `0x${code.slice(2 + 2 * start, 2 + 2 * (start + length))}`;
    return { offset: start, found: part(found), expected: part(expected) };
  });
}

function hashOf(code: string): string {
  return code === "0x" ? "no code" : keccak256(code);
}
