import type { LockedPackage } from "./lockFile.js";
import { LICENCE_EXCEPTIONS, LICENCES } from "./policy.js";

/** A package with its licence as an SPDX expression; undefined: nobody says. */
export type LicensedPackage = Pick<LockedPackage, "name" | "version" | "dev" | "devOptional" | "optional"> & {
  readonly licence: string | undefined;
};

/** Packages whose terms nobody agreed to, and agreements about packages that are gone. */
export function licenceProblems(packages: readonly LicensedPackage[]): string[] {
  const refused = packages.filter(({ name, licence }) => !isAllowed(licence) && !(name in LICENCE_EXCEPTIONS));
  const names = new Set(packages.map(({ name }) => name));
  return [
    ...refused.map(
      ({ name, version, licence = "no licence at all" }) => `${name} ${version}: ${licence} is not agreed to`,
    ),
    ...Object.keys(LICENCE_EXCEPTIONS)
      .filter((name) => !names.has(name))
      .map((name) => `scripts/check/supply/policy.ts: ${name} is not used any more, take it out`),
  ];
}

/** Whether an SPDX expression allows at least one choice that is agreed to, in all its parts. */
export function isAllowed(licence: string | undefined): boolean {
  if (licence === undefined) return false;
  const bare = licence.trim().replace(/^\((?<inner>[^()]*)\)$/u, "$<inner>");
  return bare
    .split(/\s+OR\s+/u)
    .some((choice) => choice.split(/\s+AND\s+/u).every((part) => LICENCES.has(part.trim())));
}

/** The list as a page: what runs in production one by one, what only develops it by licence. */
export function renderLicences(packages: readonly LicensedPackage[]): string {
  const production = packages.filter(({ dev, devOptional }) => dev !== true && devOptional !== true);
  const development = packages.filter((entry) => !production.includes(entry));
  return `# Licences of what this project uses

Made by \`node --import tsx scripts/check/supplyChain.ts --write\` from \`package-lock.json\`; \`npm test\` checks that it is current, and that every
licence is one of those agreed to in \`scripts/check/supply/policy.ts\`. The project itself: MIT (\`LICENSE\`).

## What keepers and SDK need to run: ${production.length} packages

${table(["package", "version", "licence"], linesOf(production))}

## What only builds and tests them: ${development.length} packages

${table(["licence", "packages"], countsOf(development))}

## On other terms

${table(
  ["package", "why that is all right"],
  Object.entries(LICENCE_EXCEPTIONS).map(([name, why]) => [`\`${name}\``, why]),
)}
`;
}

function linesOf(packages: readonly LicensedPackage[]): string[][] {
  const lines = packages.map(({ name, version, licence = "" }) => [`\`${name}\``, version, licence]);
  const unique = new Map(lines.map((line) => [line.join(" "), line]));
  return [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}

function countsOf(packages: readonly LicensedPackage[]): string[][] {
  const counts = new Map<string, number>();
  for (const { licence = "" } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([licence, count]) => [licence, String(count)]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
