import { z } from "zod";
import { INSTALL_SCRIPTS } from "./policy.js";

const entrySchema = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  link: z.boolean().optional(),
  license: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  optional: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  cpu: z.array(z.string()).optional(),
});

const lockSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), entrySchema) });

const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

/** One package that the lock file pins. */
export interface LockedPackage extends z.infer<typeof entrySchema> {
  /** Folder below the project, `node_modules/…`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
}

const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/u;
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/u;
const REGISTRY = "https://registry.npmjs.org/";

/** Every package of a lock file; what npm only notes as not installed anywhere is left out. Throws for another kind of lock file. */
export function readLock(text: string): LockedPackage[] {
  return Object.entries(lockSchema.parse(JSON.parse(text)).packages).flatMap(([path, entry]) => {
    const { version } = entry;
    if (path === "" || version === undefined) return [];
    return [{ ...entry, path, version, name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length) }];
  });
}

/** What keeps the lock file from saying, byte for byte, what is installed and from where. */
export function lockProblems(manifest: string, packages: readonly LockedPackage[]): string[] {
  return [...rangeProblems(manifest), ...packages.flatMap(packageProblems), ...staleScripts(packages)];
}

function rangeProblems(manifest: string): string[] {
  const { dependencies, devDependencies } = manifestSchema.parse(JSON.parse(manifest));
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, range]) => !EXACT.test(range))
    .map(([name, range]) => `package.json: ${name} is "${range}", want one exact version`);
}

function packageProblems(entry: LockedPackage): string[] {
  const { path, name, integrity, resolved, link, hasInstallScript } = entry;
  const problems: string[] = [];
  if (link === true) problems.push("is a link to a folder, want a package of the registry");
  if (resolved !== undefined && !resolved.startsWith(REGISTRY))
    problems.push(`comes from ${resolved}, want ${REGISTRY}`);
  if (integrity === undefined ? !isOtherPlatforms(entry) : !INTEGRITY.test(integrity)) {
    problems.push("has no sha512 integrity, so that anything could be installed in its name");
  }
  if (hasInstallScript === true && !(name in INSTALL_SCRIPTS)) {
    problems.push("runs a program while it is installed: look at it, then name it in scripts/check/supply/policy.ts");
  }
  return problems.map((problem) => `package-lock.json: ${path} ${problem}`);
}

/** npm notes no hash of a binary that it did not fetch, for another platform than that on which the lock file was made. */
function isOtherPlatforms({ optional, os, cpu }: LockedPackage): boolean {
  return optional === true && os !== undefined && cpu !== undefined && !(os.includes("linux") && cpu.includes("x64"));
}

function staleScripts(packages: readonly LockedPackage[]): string[] {
  const used = new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
  return Object.keys(INSTALL_SCRIPTS)
    .filter((name) => !used.has(name))
    .map((name) => `scripts/check/supply/policy.ts: ${name} runs no install script any more, take it out`);
}
