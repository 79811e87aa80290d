/**
 * Writes vectors/*.json, the encodings that the contracts' tests and the keepers' tests both read.
 *
 *   node --import tsx scripts/vectors.ts            writes them
 *   node --import tsx scripts/vectors.ts --check    writes nothing; status 1 when one differs from what would be written
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { assignmentVectors } from "./vectors/assignments.js";
import { emissionVectors } from "./vectors/emission.js";
import { heartbeatVectors } from "./vectors/heartbeats.js";
import { leafFileVectors } from "./vectors/leafFiles.js";
import { leafVectors } from "./vectors/leaves.js";
import { linkVectors } from "./vectors/links.js";
import { associationVectors, epochReportVectors, sessionVectors } from "./vectors/signed.js";
import { treeVectors } from "./vectors/trees.js";

const FILES: Readonly<Record<string, () => object>> = {
  "leaves.json": leafVectors,
  "trees.json": treeVectors,
  "leafFiles.json": leafFileVectors,
  "heartbeats.json": heartbeatVectors,
  "links.json": linkVectors,
  "epochReports.json": epochReportVectors,
  "associations.json": associationVectors,
  "sessions.json": sessionVectors,
  "assignments.json": assignmentVectors,
  "emission.json": emissionVectors,
};

/** Amounts and ids as decimal strings: JSON's own numbers lose digits beyond 2^53. */
function toJson(vectors: object): string {
  return `${JSON.stringify(vectors, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 1)}\n`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function main(): Promise<void> {
  const checkOnly = process.argv.includes("--check");
  const stale: string[] = [];
  for (const [name, build] of Object.entries(FILES)) {
    const path = fileURLToPath(new URL(`../vectors/${name}`, import.meta.url));
    const wanted = toJson(build());
    if ((await readIfThere(path)) === wanted) continue;
    stale.push(`vectors/${name}`);
    if (!checkOnly) await writeFile(path, wanted);
  }
  process.stdout.write(report(checkOnly, stale));
  if (checkOnly && stale.length > 0) process.exitCode = 1;
}

function report(checkOnly: boolean, stale: readonly string[]): string {
  if (stale.length === 0) return `vectors: ${Object.keys(FILES).length} files up to date\n`;
  if (!checkOnly) return `vectors: wrote ${stale.join(", ")}\n`;
  return `vectors: ${stale.join(", ")} differ; run scripts/vectors.ts and read the difference before committing it\n`;
}

await main();
