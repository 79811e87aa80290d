import { Interface, type ErrorFragment, type InterfaceAbi } from "ethers";

import * as contracts from "../../typechain-types/index.js";
import { KeeperError } from "../core/errors.js";
import { errorSentences, type ErrorArguments } from "./errorSentences.js";
import { revertDataOf } from "./rpcErrors.js";

/** A contract said no. `contractError` is the error's name on chain, `args` its values, the message says it in plain words. */
export class ContractError extends KeeperError {
  readonly contractError: string;
  readonly args: ErrorArguments;

  constructor(contractError: string, args: ErrorArguments, message: string, cause?: unknown) {
    super("CONTRACT_REVERTED", message, cause === undefined ? {} : { cause });
    this.name = "ContractError";
    this.contractError = contractError;
    this.args = args;
  }
}

/** Built-in errors of Solidity, and every custom error of every contract compiled here. */
const builtIn = new Interface(["error Error(string message)", "error Panic(uint256 code)"]);

/** Each custom error by its first four bytes. */
export const knownErrors: ReadonlyMap<string, ErrorFragment> = new Map(
  [builtIn, ...compiledInterfaces()].flatMap(errorsOf).map((fragment) => [fragment.selector, fragment]),
);

/** The contract's refusal inside an error of ethers or of a provider; undefined when there is none in it. */
export function decodeContractError(error: unknown): ContractError | undefined {
  if (error instanceof ContractError) return error;
  const data = revertDataOf(error);
  return data === undefined ? undefined : decodeRevertData(data);
}

/** What a contract's revert data says; data of no known error is shown as it is. */
export function decodeRevertData(data: string): ContractError {
  const fragment = knownErrors.get(data.slice(0, 10).toLowerCase());
  const args = fragment === undefined ? undefined : argumentsOf(fragment, data);
  if (fragment === undefined || args === undefined) return unknownRevert(data);
  const sentence = errorSentences[fragment.name]?.(args) ?? `the contract answers ${fragment.name}(${args.join(", ")})`;
  return new ContractError(fragment.name, args, sentence);
}

/** The contract's refusal when there is one in the error, else the error itself: for `throw explain(error)`. */
export function explainContractError(error: unknown): unknown {
  return decodeContractError(error) ?? error;
}

function unknownRevert(data: string): ContractError {
  const message =
    data === "0x"
      ? "the contract refused without a reason (wrong address, or a function it does not have?)"
      : `the contract refused with an error that is not known here: ${data.slice(0, 138)}`;
  return new ContractError("Unknown", [data], message);
}

/** Data that has a known selector by chance does not decode. */
function argumentsOf(fragment: ErrorFragment, data: string): ErrorArguments | undefined {
  try {
    return new Interface([fragment]).decodeErrorResult(fragment, data).toArray() as unknown[];
  } catch {
    return undefined;
  }
}

function compiledInterfaces(): Interface[] {
  return Object.values(contracts).flatMap((value) => (hasAbi(value) ? [new Interface(value.abi)] : []));
}

function hasAbi(value: unknown): value is { readonly abi: InterfaceAbi } {
  return typeof value === "function" && "abi" in value;
}

function errorsOf(contract: Interface): ErrorFragment[] {
  return contract.fragments.filter((fragment): fragment is ErrorFragment => fragment.type === "error");
}
