import type { ContractName } from "../model/state.js";
import { Refused } from "../model/refusal.js";

/** A function that anybody may read, and what it has to say. */
export interface View {
  readonly contract: ContractName;
  readonly call: string;
  readonly args: readonly unknown[];
  /** Its results, or the name of the error that it reverts with. */
  readonly expected: readonly unknown[] | string;
}

export function view(contract: ContractName, call: string, args: readonly unknown[], ...expected: unknown[]): View {
  return { contract, call, args, expected };
}

/** For what the model refuses at times. */
export function viewOr(contract: ContractName, call: string, args: readonly unknown[], model: () => unknown[]): View {
  try {
    return { contract, call, args, expected: model() };
  } catch (error) {
    if (error instanceof Refused) return { contract, call, args, expected: error.reason };
    throw error;
  }
}
