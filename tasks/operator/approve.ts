import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";
import type { Session } from "../lib/session.js";
import { formatTime, parseTime } from "../lib/times.js";

interface ApproveArguments extends GovernorArguments {
  readonly operator: string;
  readonly kind: string;
  readonly days: number;
  readonly until: string | undefined;
}

/** As the registry numbers them. */
const VERIFICATIONS = new Map([
  ["person", 1],
  ["business", 2],
]);
const DAY = 86_400n;
const MOST_DAYS = 3_653;

export default action<ApproveArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const verification = VERIFICATIONS.get(args.kind.toLowerCase());
  if (verification === undefined) {
    throw new KeeperError("KIND_INVALID", `--kind: got ${JSON.stringify(args.kind)}, want person or business`);
  }
  const until = await untilOf(args, session);
  const { operatorRegistry } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `approving ${operator}`,
    transaction: await operatorRegistry.approve.populateTransaction(operator, until, verification),
    done: () => ({
      json: { operator, kind: args.kind.toLowerCase(), until },
      lines: [`Approved ${operator} as a ${args.kind.toLowerCase()} until ${formatTime(until)}.`],
    }),
  });
});

async function untilOf({ days, until }: ApproveArguments, session: Session): Promise<bigint> {
  if (until !== undefined) return parseTime(until, "--until");
  if (days < 1 || days > MOST_DAYS) {
    throw new KeeperError("DAYS_INVALID", `--days: got ${days}, want 1 to ${MOST_DAYS}`);
  }
  return (await session.time()) + BigInt(days) * DAY;
}
