import { KeeperError } from "../../keepers/core/errors.js";
import type { Part } from "../world/keeper.js";
import type { Victims } from "./types.js";

export function partOf({ parts }: Victims, target: string): Part {
  return found(parts.get(target), target);
}

/** @throws KeeperError `NO_SUCH_PART`: the plan names what the world does not have */
export function found<T>(part: T | undefined, target: string): T {
  if (part === undefined)
    throw new KeeperError("NO_SUCH_PART", `${target} is no part of this network, or not of this kind`);
  return part;
}
