import { ZeroAddress } from "ethers";

import { kindSymbol } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount } from "../lib/amounts.js";
import { collectionOf, DEED_KINDS } from "../lib/deeds.js";
import { scanEvents } from "../lib/events.js";
import { parseAddress } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import type { CommonArguments, Session } from "../lib/session.js";
import { facts } from "../lib/table.js";
import { formatTime } from "../lib/times.js";

interface ShowArguments extends CommonArguments {
  readonly operator: string;
}

const VERIFICATIONS = ["none", "person", "business"];

export default action<ShowArguments>(async (args, session) => {
  const operator = parseAddress(args.operator, "operator");
  const protocol = await session.protocol();
  const { contracts } = protocol;
  const [record, approved, balance, price] = await Promise.all([
    contracts.operatorRegistry.operatorOf(operator),
    contracts.operatorRegistry.isApproved(operator),
    contracts.r1.balanceOf(operator),
    readPrice(protocol),
  ]);
  const counts = await Promise.all(DEED_KINDS.map((kind) => collectionOf(contracts, kind).balanceOf(operator)));
  const deeds = Object.fromEntries(DEED_KINDS.map((kind, i) => [kindSymbol(kind), counts[i] ?? 0n]));
  const verification = VERIFICATIONS[Number(record.verification)] ?? "unknown";
  const { approvedUntil, banned } = record;
  const payee = record.payee === ZeroAddress ? operator : record.payee;
  const banReason = banned ? await reasonOf(session, operator) : undefined;
  return {
    json: {
      operator,
      approved,
      approvedUntil,
      verification,
      banned,
      banReason: banReason ?? null,
      payee,
      deeds,
      balance,
    },
    lines: facts([
      ["operator", operator],
      ["approved", approvalText(approved, approvedUntil, verification)],
      ["banned", banned ? `yes: ${banReason ?? "the reason was not found"}` : "no"],
      ["rewards go to", payee === operator ? "itself" : payee],
      [
        "deeds",
        Object.entries(deeds)
          .map(([kind, count]) => `${count.toString()} ${kind}`)
          .join(", "),
      ],
      ["balance", formatAmount(balance, price)],
    ]),
  };
});

function approvalText(approved: boolean, until: bigint, verification: string): string {
  if (until === 0n) return "no";
  return `${approved ? "yes" : "not any more"}, as a ${verification}, until ${formatTime(until)}`;
}

/** The last ban's reason: it is in the event alone. */
async function reasonOf(session: Session, operator: string): Promise<string | undefined> {
  const protocol = await session.protocol();
  const registry = protocol.contracts.operatorRegistry;
  const filter = registry.filters.OperatorBanned(operator);
  const events = await session.terminal.during("looking for the ban", (relabel) =>
    scanEvents(protocol, (from, to) => registry.queryFilter(filter, from, to), relabel),
  );
  return events.at(-1)?.args.reason;
}
