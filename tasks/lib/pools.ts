import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { KeeperError } from "../../keepers/core/errors.js";

export const POOL_NAMES = ["liquidity", "expenses", "marketing", "grants", "socialResponsibility"] as const;

/** A treasury pool by its name. @throws KeeperError `POOL_INVALID` */
export function poolOf({ pools }: ProtocolContracts, name: string) {
  const found = POOL_NAMES.find((pool) => pool === name);
  if (found !== undefined) return pools[found];
  throw new KeeperError("POOL_INVALID", `pool: got ${JSON.stringify(name)}, want one of ${POOL_NAMES.join(", ")}`);
}

/** A text that goes on chain. @throws KeeperError `TEXT_MISSING` */
export function publicText(text: string | undefined, what: string): string {
  const trimmed = text?.trim() ?? "";
  if (trimmed !== "") return trimmed;
  throw new KeeperError("TEXT_MISSING", `this needs ${what}: it is public and kept on chain`);
}
