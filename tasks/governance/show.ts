import { action } from "../lib/action.js";
import { managerEvents, type Operation, roleName, waitingOperations } from "../lib/roles.js";
import type { CommonArguments } from "../lib/session.js";
import { table } from "../lib/table.js";
import { formatDuration, formatTime } from "../lib/times.js";

export default action<CommonArguments>(async (_args, session) => {
  const protocol = await session.protocol();
  const { accessManager } = protocol.contracts;
  const events = await session.terminal.during("reading the roles", (relabel) => managerEvents(protocol, relabel));
  const granted = new Map(
    events
      .filter(({ name }) => name === "RoleGranted")
      .map(({ args }) => [`${String(args["roleId"])} ${String(args["account"])}`, args]),
  );
  const members = await Promise.all(
    [...granted.values()].map(async (args) => {
      const [role, account] = [args["roleId"] as bigint, args["account"] as string];
      const [isMember, delay] = await accessManager.hasRole(role, account);
      return isMember ? [{ role: roleName(role), account, delay }] : [];
    }),
  );
  const holders = members.flat();
  const scheduled = await waitingOperations(protocol, events);
  const rows = holders.map(({ role, account, delay }) => [
    role,
    account,
    delay === 0n ? "at once" : formatDuration(delay),
  ]);
  return {
    json: { members: holders, scheduled },
    lines: [
      ...table(["role", "account", "acts after"], rows),
      "",
      ...(scheduled.length === 0 ? ["Nothing is scheduled."] : scheduled.flatMap(operationLines)),
    ],
  };
});

function operationLines({ id, caller, target, data, readyAt }: Operation): string[] {
  return [`${id}, from ${formatTime(readyAt)} on:`, `  by ${caller}`, `  to ${target}`, `  data ${data}`];
}
