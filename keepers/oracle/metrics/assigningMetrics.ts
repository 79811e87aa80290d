import type { Sample } from "../../core/metrics.js";
import type { Assigning } from "../parts/assigning.js";
import type { OracleMetrics } from "./oracleMetrics.js";

/** Has what is known about the assigning of jobs read when somebody asks; nothing before it has begun. */
export function readAssigningMetrics(metrics: OracleMetrics, assigning: () => Assigning | undefined): void {
  const read = (name: Parameters<OracleMetrics["read"]>[0], samples: (from: Assigning) => Sample[]): void =>
    metrics.read(name, () => {
      const from = assigning();
      return from === undefined ? [] : samples(from);
    });
  read("r1_adverts_total", ({ adverts }) => byVerdict(adverts.tally.entries));
  read("r1_assignment_messages_total", ({ assigner }) => byVerdict(assigner.tally.entries));
  read("r1_assignments_signed_total", ({ assigner }) => [{ value: assigner.status.signed }]);
  read("r1_assigning_abstained_total", ({ assigner }) => [{ value: assigner.status.abstained }]);
  read("r1_jobs_unplaced", ({ assigner }) => [{ value: assigner.status.unplaced }]);
  read("r1_assignments_total", ({ assigner }) =>
    Object.entries(assigner.dispatch.outcomes).map(([outcome, value]) => ({ value, labels: { outcome } })),
  );
}

function byVerdict(entries: readonly (readonly [string, number])[]): Sample[] {
  return entries.map(([verdict, value]) => ({ value, labels: { verdict } }));
}
