import type { LogDescription } from "ethers";

import { ROLES } from "../../deploy/modules/roles.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { scanEvents } from "./events.js";
import type { Protocol } from "./protocol.js";

/** Reads the name of a role. @throws KeeperError `ROLE_INVALID` */
export function parseRole(name: string): bigint {
  const role = (ROLES as Readonly<Record<string, bigint>>)[name];
  if (role !== undefined) return role;
  throw new KeeperError(
    "ROLE_INVALID",
    `role: got ${JSON.stringify(name)}, want one of ${Object.keys(ROLES).join(", ")}`,
  );
}

export function roleName(role: bigint): string {
  return Object.entries(ROLES).find(([, id]) => id === role)?.[0] ?? `role ${role.toString()}`;
}

/** Everything that the AccessManager told since it was deployed, in the order of the chain. */
export async function managerEvents(
  protocol: Pick<Protocol, "provider" | "deployment" | "contracts">,
  relabel: (label: string) => void,
): Promise<LogDescription[]> {
  const address = addressOf(protocol.deployment, "AccessManager");
  const logs = await scanEvents(
    protocol,
    (fromBlock, toBlock) => protocol.provider.getLogs({ address, fromBlock, toBlock }),
    relabel,
  );
  return logs.flatMap((log) => protocol.contracts.accessManager.interface.parseLog(log) ?? []);
}

/** An operation that was scheduled, and neither done nor cancelled yet. */
export interface Operation {
  readonly id: string;
  readonly caller: string;
  readonly target: string;
  readonly data: string;
  /** Unix seconds. */
  readonly readyAt: bigint;
}

/** @param events All of the manager's. */
export async function waitingOperations(
  { contracts: { accessManager } }: Pick<Protocol, "contracts">,
  events: readonly LogDescription[],
): Promise<Operation[]> {
  const scheduled = events.filter(({ name }) => name === "OperationScheduled");
  const latest = new Map(scheduled.map(({ args }) => [args["operationId"] as string, args]));
  const operations = await Promise.all(
    [...latest].map(async ([id, args]) => ({
      id,
      caller: String(args["caller"]),
      target: String(args["target"]),
      data: String(args["data"]),
      readyAt: await accessManager.getSchedule(id),
    })),
  );
  return operations.filter(({ readyAt }) => readyAt !== 0n);
}
