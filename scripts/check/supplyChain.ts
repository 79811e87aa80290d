/**
 * `supplyChain.ts [--write]`: nothing is installed but what package-lock.json pins by its hash, no package runs a program while it is
 * installed but those that are known, and every licence is one that was agreed to; docs/licences.md lists them. Asks no registry.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { z } from "zod";
import { runMain } from "./runMain.js";
import { type LicensedPackage, licenceProblems, renderLicences } from "./supply/licences.js";
import { type LockedPackage, lockProblems, readLock } from "./supply/lockFile.js";

const LIST = "docs/licences.md";
const licenceSchema = z.object({
  license: z.union([z.string(), z.object({ type: z.string() })]).optional(),
  licenses: z.array(z.object({ type: z.string() })).optional(),
});

/** As the package itself says it, where it is installed; binaries of other platforms are not, and have their family's licence. */
function licenceOf(entry: LockedPackage, packages: readonly LockedPackage[]): string | undefined {
  const own = entry.license ?? installedLicence(entry);
  if (own !== undefined) return own;
  const [scope] = entry.name.split("/");
  const family = packages.find(({ path, name }) => name.startsWith(`${scope}/`) && existsSync(`${path}/package.json`));
  return entry.optional === true && family !== undefined ? (family.license ?? installedLicence(family)) : undefined;
}

function installedLicence({ path }: LockedPackage): string | undefined {
  const manifest = `${path}/package.json`;
  if (!existsSync(manifest)) return undefined;
  const { license, licenses } = licenceSchema.parse(JSON.parse(readFileSync(manifest, "utf8")));
  if (license !== undefined) return typeof license === "string" ? license : license.type;
  return licenses?.map(({ type }) => type).join(" OR ");
}

async function check(): Promise<boolean> {
  const packages = readLock(readFileSync("package-lock.json", "utf8"));
  const licensed: LicensedPackage[] = packages.map((entry) => ({ ...entry, licence: licenceOf(entry, packages) }));
  const page = await format(renderLicences(licensed), { ...(await resolveConfig(LIST)), filepath: LIST });
  if (process.argv.includes("--write")) writeFileSync(LIST, page);
  const problems = [...lockProblems(readFileSync("package.json", "utf8"), packages), ...licenceProblems(licensed)];
  if (!existsSync(LIST) || readFileSync(LIST, "utf8") !== page) {
    problems.push(`${LIST} is not current: node --import tsx scripts/check/supplyChain.ts --write`);
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write(`${packages.length} packages, all pinned and on agreed terms\n`);
  return problems.length === 0;
}

await runMain(check);
