import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { KeeperError } from "../../keepers/core/errors.js";

/** What the guardian can pause, by the name that people type. */
export const PLACES = ["sale", "associations", "commits", "jobs"] as const;

/** The contract that stops when a place is paused. @throws KeeperError `PLACE_INVALID` */
export function placeOf({ nodeDeedSale, nodeRegistry, epochLedger, jobEscrow }: ProtocolContracts, name: string) {
  const places = { sale: nodeDeedSale, associations: nodeRegistry, commits: epochLedger, jobs: jobEscrow };
  const found = PLACES.find((place) => place === name);
  if (found !== undefined) return places[found];
  throw new KeeperError("PLACE_INVALID", `what: got ${JSON.stringify(name)}, want one of ${PLACES.join(", ")}`);
}
