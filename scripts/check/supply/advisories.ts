import { z } from "zod";
import type { AcceptedAdvisory } from "./policy.js";

const viaSchema = z.object({ title: z.string(), url: z.string(), severity: z.string(), range: z.string() });

const reportSchema = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), viaSchema])) })),
});

export interface AuditVerdict {
  /** Whether the registry said anything about weaknesses. */
  readonly isAnswered: boolean;
  readonly problems: readonly string[];
}

const ID = /GHSA-[\w-]+/u;

/**
 * What `npm audit --json` says, less what was accepted. What was accepted for too long is a problem even without an answer.
 * @param today `YYYY-MM-DD`
 */
export function judge(output: string, accepted: readonly AcceptedAdvisory[], today: string): AuditVerdict {
  const expired = accepted.filter(({ until }) => until <= today);
  const problems = expired.map(({ id, until }) => `${id} was accepted until ${until}: look at it again`);
  const report = parse(output);
  if (report === undefined) return { isAnswered: false, problems };
  const known = new Set(accepted.map(({ id }) => id));
  const found = new Map<string, string>();
  for (const [name, { via }] of Object.entries(report.vulnerabilities)) {
    for (const cause of via) {
      if (typeof cause === "string") continue;
      const id = ID.exec(cause.url)?.[0] ?? cause.url;
      if (!known.has(id)) found.set(id, `${id} (${cause.severity}) in ${name} ${cause.range}: ${cause.title}`);
    }
  }
  return { isAnswered: true, problems: [...problems, ...found.values()] };
}

function parse(output: string): z.infer<typeof reportSchema> | undefined {
  try {
    return reportSchema.parse(JSON.parse(output));
  } catch {
    return undefined;
  }
}
