import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { formatR1 } from "../lib/amounts.js";
import { readCatalog } from "../lib/catalog.js";
import { classText, jobJson, phaseOf, readJobs } from "../lib/jobs.js";
import { parseAddress } from "../lib/names.js";
import type { CommonArguments } from "../lib/session.js";
import { table } from "../lib/table.js";

interface ListArguments extends CommonArguments {
  readonly owner: string | undefined;
  readonly limit: number;
}

export default action<ListArguments>(async ({ owner, limit }, session) => {
  if (limit < 1) throw new KeeperError("LIMIT_INVALID", `--limit: got ${limit}, want 1 or more`);
  const protocol = await session.protocol();
  const whose = owner === undefined ? undefined : parseAddress(owner, "--owner");
  const { jobs, total } = await readJobs(protocol, { owner: whose, limit }, session.terminal);
  const entries = await readCatalog(protocol, session.terminal);
  const now = await protocol.contracts.epochLedger.currentEpoch();
  const rows = jobs.map((job) => [
    job.jobId.toString(),
    job.owner,
    classText(job, entries),
    job.nodes.toString(),
    job.epochs.toString(),
    formatR1(job.balance),
    formatR1(job.refundable),
    phaseOf(job, now),
  ]);
  const header = ["job", "owner", "class", "nodes", "epochs", "left", "refundable", ""];
  const more = total > jobs.length ? [`${total - jobs.length} older: raise --limit, or choose with --owner.`] : [];
  return {
    json: { jobs: jobs.map((job) => ({ ...jobJson(job), phase: phaseOf(job, now) })), total },
    lines: jobs.length === 0 ? ["No jobs."] : [...table(header, rows), ...more],
  };
});
