/**
 * `npm run check:formal [-- --json] [--only Name,Name] [--seconds N]`: proves the properties of `formal/` for all inputs, with
 * the compiler's model checker and z3, and prints a table. Status 1 when one is not proved.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

import { type Proof, prove, SOLVER } from "./prove.js";
import { properties, type Property } from "./sources.js";

/** For one question to z3. None needs a tenth of it on an idle machine. */
const SECONDS = 180;

function chosen(only: string | undefined): Property[] {
  const all = properties();
  if (only === undefined) return all;
  return only.split(",").map((name) => {
    const found = all.find((property) => property.name === name);
    if (found === undefined) throw new Error(`no property is called ${name}: ${all.map((one) => one.name).join(", ")}`);
    return found;
  });
}

function render({ property, verdict, obligations, seconds, details }: Proof): string {
  const line = `${verdict.padEnd(9)}${property.name.padEnd(26)}${String(obligations).padStart(3)} ${seconds.toFixed(1).padStart(6)} s  ${property.claim}\n`;
  return line + details.map((detail) => `         ${detail}\n`).join("");
}

function main(): boolean {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, only: { type: "string" }, seconds: { type: "string" } },
  });
  const seconds = Number(values.seconds ?? SECONDS);
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error(`--seconds: got ${values.seconds}, want 1 or more`);
  const progress = values.json === true ? process.stderr : process.stdout;
  const proofs = chosen(values.only).map((property) => {
    const proof = prove(property, { seconds });
    progress.write(render(proof));
    return proof;
  });
  const proved = proofs.filter(({ verdict }) => verdict === "proved").length;
  if (values.json === true) {
    const solver = spawnSync(SOLVER, ["--version"]).stdout.toString().trim();
    const rows = proofs.map(({ property, ...rest }) => ({ ...property, ...rest }));
    process.stdout.write(`${JSON.stringify({ solver, proved, of: proofs.length, proofs: rows }, null, 2)}\n`);
  } else {
    progress.write(`${proved} of ${proofs.length} properties are proved.\n`);
  }
  return proved === proofs.length;
}

process.exitCode = main() ? 0 : 1;
