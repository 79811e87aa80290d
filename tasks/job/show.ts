import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount, formatR1 } from "../lib/amounts.js";
import { readCatalog } from "../lib/catalog.js";
import { classText, dueAt, jobJson, phaseOf, readJob, readServices, type ServiceRecord } from "../lib/jobs.js";
import { deedName } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import type { CommonArguments } from "../lib/session.js";
import { facts, table } from "../lib/table.js";

interface ShowArguments extends CommonArguments {
  readonly job: number;
}

export default action<ShowArguments>(async (args, session) => {
  const protocol = await session.protocol();
  const job = await readJob(protocol, args.job);
  const services = await readServices(protocol, args.job, session.terminal);
  const [entries, price] = [await readCatalog(protocol, session.terminal), await readPrice(protocol)];
  const { epochLedger, jobEscrow } = protocol.contracts;
  const [now, term] = [await epochLedger.currentEpoch(), await jobEscrow.TERM()];
  const nodes = services.map((service) => ({ ...service, deed: nameOf(service), dueAt: dueAt(service, term) }));
  const rows = nodes.map(({ deed, isActive, from, to, dueAt: due }) => [
    deed,
    isActive ? "serves" : "left",
    from.toString(),
    (to - 1n).toString(),
    formatR1(job.rate * (to - from)),
    now > due ? "can be settled" : `can be settled after epoch ${due.toString()}`,
  ]);
  const list = table(["deed", "", "unsettled from", "to", "at most", ""], rows);
  return {
    json: { ...jobJson(job), phase: phaseOf(job, now), services: nodes },
    lines: [
      ...facts([
        ["job", `${job.jobId}: ${phaseOf(job, now)}`],
        ["owner", job.owner],
        ["specification", job.specHash],
        ["class", classText(job, entries)],
        ["nodes", `${job.nodes}, of which ${job.active} assigned`],
        ["epochs", job.epochs.toString()],
        ["rate", `${formatAmount(job.rate, price)} per epoch and node`],
        ["left", formatAmount(job.balance, price)],
        ["refundable", formatAmount(job.refundable, price)],
      ]),
      ...(rows.length === 0 ? [] : ["", ...list]),
    ],
  };
});

function nameOf({ tokenId }: ServiceRecord): string {
  return deedName(deedId(DeedKind.NODE, BigInt(tokenId)));
}
