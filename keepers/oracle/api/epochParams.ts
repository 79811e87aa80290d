import type { Commit } from "../../chain/protocolState.js";
import type { EpochReader, EpochSelector } from "./epochReader.js";

/** The epoch that a path names; the route's schema saw to its form. */
export function readSelector({ epoch }: { readonly epoch: string }): EpochSelector {
  return epoch === "latest" || epoch === "pending" ? epoch : BigInt(epoch);
}

/** A root that is not active yet can be looked at, and not claimed against. */
export function activationFields(
  commit: Commit,
  epochs: EpochReader,
): { readonly active: boolean; readonly activeFrom: number } {
  const { activeFrom, isActive: active } = epochs.activationOf(commit);
  return { active, activeFrom };
}
